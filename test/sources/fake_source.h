// SPDX-License-Identifier: MIT
// Sources that answer what a test put into them.
#pragma once

#include "schema/series_statistics.h"
#include "sources/metric_source.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::sources {

// Holds series by metric and scope, minute by minute; answers exactly those scopes that it holds.
// Knows no topology.
class FakeSource : public MetricSource {
 public:
  struct Held {
    std::string metric;
    schema::MetricScope scope = schema::MetricScope::node;
    std::string hostname;
    std::string id;  // empty: none
    std::int64_t begin = 0;
    std::vector<float> values;
  };
  static constexpr std::int32_t kStep = 60;

  void hold(Held series) { held_.push_back(std::move(series)); }
  void set_unit(const std::string& metric, schema::Unit unit) { units_[metric] = std::move(unit); }

  Result<MetricAnswer> read(const MetricQuery& query, const ReadContext& context) override {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(query);
    }
    if (on_read) on_read();
    if (context.stop.asked()) return Error{ErrorKind::cancelled, "stopped"};
    if (broken) return *broken;
    MetricAnswer answer;
    answer.failures = failures;
    std::set<std::string> metrics(query.metrics.begin(), query.metrics.end());
    for (const std::string& metric : metrics) {
      schema::MetricSamples samples{metric, {}};
      for (const schema::MetricScope scope : by_text(query.scopes)) add(samples, scope, query);
      if (!samples.scopes.empty()) answer.data.metrics.push_back(std::move(samples));
    }
    return answer;
  }

  Result<std::vector<std::string>> hosts(std::string_view, std::int64_t, std::int64_t,
                                         const ReadContext&) override {
    if (broken) return *broken;
    std::set<std::string> names;
    for (const Held& series : held_) names.insert(series.hostname);
    return std::vector<std::string>(names.begin(), names.end());
  }

  // Metrics of which it holds nothing are missing; those whose last sample is a gap are degraded.
  Result<std::vector<HostHealth>> health(const HealthQuery& query, const ReadContext&) override {
    if (broken) return *broken;
    std::vector<HostHealth> out;
    for (const std::string& hostname : query.hostnames) {
      HostHealth& host = out.emplace_back();
      host.hostname = hostname;
      for (const schema::MetricConfig& metric : query.cluster->metric_config) {
        const auto held = std::find_if(held_.begin(), held_.end(), [&](const Held& series) {
          return series.metric == metric.name && series.hostname == hostname;
        });
        if (held == held_.end()) host.missing.push_back(metric.name);
        if (held != held_.end() && std::isnan(held->values.back())) {
          host.degraded.push_back(metric.name);
        }
      }
    }
    return out;
  }

  std::vector<MetricQuery> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  std::optional<Error> broken;        // answers nothing but this
  std::vector<ReadFailure> failures;  // of every answer
  std::function<void()> on_read;      // called by each, before it answers

 private:
  static std::vector<schema::MetricScope> by_text(std::vector<schema::MetricScope> scopes) {
    std::sort(scopes.begin(), scopes.end(),
              [](auto a, auto b) { return to_string(a) < to_string(b); });
    return scopes;
  }

  void add(schema::MetricSamples& samples, schema::MetricScope scope, const MetricQuery& query) {
    const auto unit = units_.find(samples.name);
    schema::ScopedMetric metric{scope, {}, kStep, {}, {}};
    if (unit != units_.end()) metric.unit = unit->second;
    for (const schema::Resource& host : query.hosts)
      for (const Held& series : held_)
        if (series.metric == samples.name && series.scope == scope &&
            series.hostname == host.hostname)
          add(metric, series, query);
    if (!metric.series.empty()) samples.scopes.push_back(std::move(metric));
  }

  static void add(schema::ScopedMetric& metric, const Held& held, const MetricQuery& query) {
    const auto held_end = held.begin + static_cast<std::int64_t>(held.values.size()) * kStep;
    if (query.to <= held.begin || query.from >= held_end) return;
    const auto points = static_cast<std::size_t>((query.to - query.from + kStep - 1) / kStep);
    std::vector<float> data(points, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < held.values.size(); ++i) {
      const std::int64_t time = held.begin + static_cast<std::int64_t>(i) * kStep;
      if (time < query.from || time >= query.to) continue;
      data[static_cast<std::size_t>((time - query.from) / kStep)] = held.values[i];
    }
    const auto summary = schema::summarize(data);
    if (summary.count == 0) return;
    schema::Series series;
    series.hostname = held.hostname;
    if (!held.id.empty()) series.id = held.id;
    series.statistics = schema::statistics_of(summary);
    series.coverage = schema::coverage_of(summary.count, points);
    if (query.values) series.data = std::move(data);
    metric.series.push_back(std::move(series));
  }

  std::vector<Held> held_;
  std::map<std::string, schema::Unit> units_;
  mutable std::mutex mutex_;
  std::vector<MetricQuery> asked_;
};

// One source for all, but where another was set.
class FakeMap : public SourceMap {
 public:
  explicit FakeMap(MetricSource& all) : all_(&all) {}

  MetricSource& source_of(std::string_view cluster, std::string_view sub_cluster) const override {
    const auto found = others_.find({std::string(cluster), std::string(sub_cluster)});
    return found != others_.end() ? *found->second : *all_;
  }
  void set(std::string cluster, std::string sub_cluster, MetricSource& source) {
    others_[{std::move(cluster), std::move(sub_cluster)}] = &source;
  }

 private:
  MetricSource* all_;
  std::map<std::pair<std::string, std::string>, MetricSource*> others_;
};

}  // namespace jobledger::sources
