// SPDX-License-Identifier: MIT
#include "base/telemetry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace jobledger {

struct Telemetry::Impl {
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  std::mutex mutex;  // guards refreshes
  std::vector<std::function<void()>> refreshes;
};

Telemetry::Telemetry() : impl_(std::make_unique<Impl>()) {}
Telemetry::~Telemetry() = default;

Counter Telemetry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
  return Counter(&family.Add(labels));
}

Gauge Telemetry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
  return Gauge(&family.Add(labels));
}

LatencyHistogram Telemetry::latency(const std::string& name, const std::string& help,
                                    const Labels& labels) {
  static const prometheus::Histogram::BucketBoundaries kSeconds = {
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
      0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
  return LatencyHistogram(&family.Add(labels, kSeconds));
}

void Telemetry::before_scrape(std::function<void()> refresh) {
  std::lock_guard lock(impl_->mutex);
  impl_->refreshes.push_back(std::move(refresh));
}

std::string Telemetry::text() {
  {
    std::lock_guard lock(impl_->mutex);
    for (const auto& refresh : impl_->refreshes) refresh();
  }
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

void Counter::add(double n) { static_cast<prometheus::Counter*>(counter_)->Increment(n); }
void Gauge::set(double value) { static_cast<prometheus::Gauge*>(gauge_)->Set(value); }
void LatencyHistogram::observe_seconds(double seconds) {
  static_cast<prometheus::Histogram*>(histogram_)->Observe(seconds);
}

}  // namespace jobledger
