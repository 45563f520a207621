// SPDX-License-Identifier: MIT
#include "schema/statistics_series.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace jobledger::schema {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// Reorders the values, of which there is at least one.
double median_of(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const double upper = static_cast<double>(*middle);
  if (values.size() % 2 != 0) return upper;
  return (static_cast<double>(*std::max_element(values.begin(), middle)) + upper) / 2;
}

void collect_step(std::span<const Series> series, std::size_t step, std::vector<float>& out) {
  out.clear();
  for (const Series& one : series)
    if (step < one.data.size() && std::isfinite(one.data[step])) out.push_back(one.data[step]);
}

}  // namespace

StatisticsSeries statistics_over(std::span<const Series> series) {
  std::size_t steps = 0;
  for (const Series& one : series) steps = std::max(steps, one.data.size());
  std::vector<double> mean(steps, kUnknown), median(mean), min(mean), max(mean);
  std::vector<float> values;
  for (std::size_t step = 0; step < steps; ++step) {
    collect_step(series, step, values);
    if (values.size() < kMinStatisticsValues) continue;
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    min[step] = static_cast<double>(*least);
    max[step] = static_cast<double>(*most);
    mean[step] =
        std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    median[step] = median_of(values);
  }
  StatisticsSeries out;
  out.mean = std::move(mean);
  out.median = std::move(median);
  out.min = std::move(min);
  out.max = std::move(max);
  return out;
}

void add_statistics_series(ScopedMetric& metric) {
  if (metric.statistics_series || metric.series.size() < kMinStatisticsSeries) return;
  metric.statistics_series = statistics_over(metric.series);
}

}  // namespace jobledger::schema
