// SPDX-License-Identifier: MIT
#include "schema/series_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace jobledger::schema {

SeriesSummary& SeriesSummary::operator+=(const SeriesSummary& more) {
  if (more.count == 0) return *this;
  min = count == 0 ? more.min : std::min(min, more.min);
  max = count == 0 ? more.max : std::max(max, more.max);
  sum += more.sum;
  count += more.count;
  return *this;
}

SeriesSummary summarize(std::span<const float> data) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  SeriesSummary out;
  float min = kInfinity, max = -kInfinity;
  for (const float sample : data) {
    if (!std::isfinite(sample)) continue;
    ++out.count;
    out.sum += static_cast<double>(sample);
    min = std::min(min, sample);
    max = std::max(max, sample);
  }
  if (out.count == 0) return {};
  out.min = static_cast<double>(min);
  out.max = static_cast<double>(max);
  return out;
}

SeriesStatistics statistics_of(const SeriesSummary& summary) {
  if (summary.count == 0) return {};
  return {summary.min, summary.sum / static_cast<double>(summary.count), summary.max};
}

SeriesStatistics rounded_statistics_of(const SeriesSummary& summary) {
  const SeriesStatistics exact = statistics_of(summary);
  return {round2(exact.min), round2(exact.avg), round2(exact.max)};
}

double round2(double value) {
  const double scaled = std::round(value * 100.0);
  return std::isfinite(scaled) ? scaled / 100.0 : value;
}

std::optional<float> coverage_of(std::uint64_t there, std::uint64_t expected) {
  if (expected == 0) return std::nullopt;
  return static_cast<float>(
      std::min(static_cast<double>(there) / static_cast<double>(expected), 1.0));
}

std::optional<float> coverage_over(std::span<const Series> series, std::size_t hosts) {
  struct Sum {
    double coverage = 0;
    std::size_t series = 0;
  };
  std::map<std::string_view, Sum> by_host;
  for (const Series& one : series) {
    if (!one.coverage) return std::nullopt;
    Sum& sum = by_host[one.hostname];
    sum.coverage += static_cast<double>(*one.coverage);
    ++sum.series;
  }
  const std::size_t asked = std::max(hosts, by_host.size());
  if (asked == 0) return std::nullopt;
  double sum = 0;
  for (const auto& [host, own] : by_host) sum += own.coverage / static_cast<double>(own.series);
  return static_cast<float>(sum / static_cast<double>(asked));
}

std::optional<JobStatistic> job_statistic(std::string_view metric, const Unit& unit,
                                          std::span<const SeriesSummary> hosts) {
  SeriesSummary over_hosts;
  for (const SeriesSummary& host : hosts) {
    if (host.count == 0) continue;
    const SeriesStatistics one = rounded_statistics_of(host);
    over_hosts += {1, one.min, one.max, one.avg};
  }
  if (over_hosts.count == 0) return std::nullopt;
  const SeriesStatistics all = rounded_statistics_of(over_hosts);
  return JobStatistic{std::string(metric), unit, all.avg, all.min, all.max};
}

void set_job_statistics(Job& job, const MetricData& data) {
  job.statistics.emplace();
  std::vector<SeriesSummary> hosts;
  for (const MetricSamples& metric : data.metrics) {
    const ScopedMetric* nodes = data.find(metric.name, MetricScope::node);
    if (nodes == nullptr) continue;
    hosts.clear();
    for (const Series& series : nodes->series) {
      const SeriesStatistics& known = series.statistics;
      hosts.push_back(series.data.empty() ? SeriesSummary{1, known.min, known.max, known.avg}
                                          : summarize(series.data));
    }
    if (auto statistic = job_statistic(metric.name, nodes->unit, hosts))
      job.statistics->push_back(*std::move(statistic));
  }
}

}  // namespace jobledger::schema
