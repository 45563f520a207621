// SPDX-License-Identifier: MIT
// The daemon's own numbers, as Prometheus reads them. The only door to prometheus-cpp.
//
// Names follow its conventions: jobledger_<what>_<unit>[_total]. Handles live as long as the
// Telemetry; asking again for the same name and labels gives the same handle.
// Executor: any thread; updating a handle is lock-free.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace jobledger {

class Counter {
 public:
  void add(double n = 1);

 private:
  friend class Telemetry;
  explicit Counter(void* counter) : counter_(counter) {}
  void* counter_;
};

class Gauge {
 public:
  void set(double value);

 private:
  friend class Telemetry;
  explicit Gauge(void* gauge) : gauge_(gauge) {}
  void* gauge_;
};

class LatencyHistogram {
 public:
  void observe_seconds(double seconds);

 private:
  friend class Telemetry;
  explicit LatencyHistogram(void* histogram) : histogram_(histogram) {}
  void* histogram_;
};

class Telemetry {
 public:
  using Labels = std::map<std::string, std::string>;

  Telemetry();
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // Buckets from 100 us to 10 s.
  LatencyHistogram latency(const std::string& name, const std::string& help,
                           const Labels& labels = {});

  // Called before each rendering, to set gauges that are read rather than counted. Lifetime: what
  // the callback touches must outlive this object's last text().
  void before_scrape(std::function<void()> refresh);

  std::string text();  // Prometheus exposition format 0.0.4

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger
