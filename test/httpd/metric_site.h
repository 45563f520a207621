// SPDX-License-Identifier: MIT
// The HTTP side of a daemon over a metric store with known samples.
#pragma once

#include "sources/metric_source.h"
#include "test/httpd/httpd_runner.h"
#include "test/storage/metric_world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::test {
using storage::test::Measured;

inline constexpr std::int64_t kBegin = 1'700'000'040;  // a multiple of 120

// A daemon's HTTP side over a store with the cluster of metric_world.h.
class MetricSite {
 public:
  explicit MetricSite(httpd::Config config = {}) {
    services_.version = "test";
    services_.store = [this] { return visible ? &*store : nullptr; };
    services_.clusters = [this] { return clusters; };
    services_.readiness = [] { return httpd::Readiness{true, {}}; };
    services_.now = [this] { return now; };
    runner_ = std::make_unique<HttpdRunner>(std::move(config), services_, telemetry_);
  }

  // One tick after the other; all of it is sealed where a window is full.
  void put(const std::vector<Measured>& samples, std::int64_t log_time) {
    storage::test::put(*store, samples, log_time);
    now = log_time;
  }
  Answer query(std::string_view body, std::string_view headers = {}) const {
    return runner_->ask("GET", "/api/query?version=v2", body, headers);
  }
  std::string results(std::string_view body) const {
    const Answer answer = query(body);
    CHECK_MESSAGE(answer.status == 200, answer.body);
    return answer.body;
  }
  Answer ask(std::string_view method, std::string_view target, std::string_view body = {},
             std::string_view headers = {}) const {
    return runner_->ask(method, target, body, headers);
  }
  Answer control(std::string_view method, std::string_view target,
                 std::string_view body = {}) const {
    return runner_->control(method, target, body);
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", runner_->port()); }

  storage::TestStore store;
  std::shared_ptr<const schema::Clusters> clusters =
      std::make_shared<const schema::Clusters>(storage::test::metric_clusters());
  std::int64_t now = kBegin;
  std::atomic<bool> visible = true;

 private:
  Telemetry telemetry_;
  httpd::Services services_;
  std::unique_ptr<HttpdRunner> runner_;
};

inline Measured load(const std::string& host, int tick, float value) {
  return {host, "load", "", "", "", "", kBegin + tick * 60 + 3, value};
}

inline Measured element(const std::string& host, const std::string& metric, const std::string& type,
                        const std::string& id, int tick, float value) {
  return {host, metric, type, id, "", "", kBegin + tick * 60 + 3, value};
}

// Ten minutes of m1 and m2: flops of thread t is t + 1, ipc the same, bw of socket s 10 (s + 1),
// power of accelerator a 100 (a + 1); thread 3 of m2 says nothing.
inline void fill(MetricSite& site) {
  std::vector<Measured> samples;
  for (int tick = 0; tick < 10; ++tick) {
    for (const std::string host : {"m1", "m2"}) {
      samples.push_back(load(host, tick, host == "m1" ? 1.F : 2.F));
      for (int t = 0; t < 8; ++t) {
        if (host == "m2" && t == 3) continue;
        const auto value = static_cast<float>(t + 1);
        samples.push_back(element(host, "flops", "hwthread", std::to_string(t), tick, value));
        samples.push_back(element(host, "ipc", "hwthread", std::to_string(t), tick, value));
      }
      samples.push_back(element(host, "bw", "socket", "0", tick, 10));
      samples.push_back(element(host, "bw", "socket", "1", tick, 20));
      samples.push_back(element(host, "power", "accelerator", "00:01.0", tick, 100));
      samples.push_back(element(host, "power", "accelerator", "00:02.0", tick, 200));
    }
  }
  site.put(samples, kBegin + 600);
}

inline std::string request(const std::string& queries, int from = 0, int to = 600,
                           const std::string& more = "") {
  return fmt::format(R"({{"cluster":"big","from":{},"to":{},{}"queries":[{}]}})", kBegin + from,
                     kBegin + to, more, queries);
}

inline std::string times(int from, int to, int resolution = 60) {
  return fmt::format(R"("from":{},"to":{},"resolution":{})", kBegin + from, kBegin + to,
                     resolution);
}

}  // namespace jobledger::test
