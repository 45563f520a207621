// SPDX-License-Identifier: MIT
#include "schema/resample.h"

#include "schema/enum_names.h"
#include "schema/series_statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace jobledger::schema {
namespace {

constexpr std::array<std::string_view, 2> kAlgorithms = {"lttb", "min_max"};
constexpr float kNoSample = std::numeric_limits<float>::quiet_NaN();

struct Point {
  double x = 0, y = 0;
};

Point point_at(std::span<const float> data, std::size_t index) {
  return {static_cast<double>(index), static_cast<double>(data[index])};
}

// The middle of the samples from `first` to `last`, both included. NaN when one of them is missing,
// and, as 0 / 0, when there is none: with three points left the last bucket has no follower.
Point centroid(std::span<const float> data, std::size_t first, std::size_t last) {
  Point sum;
  double count = 0;
  for (std::size_t i = first; i <= last; ++i) {
    const Point point = point_at(data, i);
    sum.x += point.x;
    sum.y += point.y;
    ++count;
  }
  return {sum.x / count, sum.y / count};
}

// Of the samples [first, end) the one that makes the largest triangle with `before` and `after`. Of
// equal ones the first; where areas are NaN, the last of those.
std::size_t largest_triangle(std::span<const float> data,
                             std::pair<std::size_t, std::size_t> bucket, Point before,
                             Point after) {
  double largest = -1;
  std::size_t chosen = bucket.first;
  for (std::size_t i = bucket.first; i < bucket.second; ++i) {
    const Point point = point_at(data, i);
    const double area = std::abs((before.x - point.x) * (after.y - before.y) -
                                 (before.x - after.x) * (point.y - before.y)) *
                        0.5;
    if (area > largest || std::isnan(area)) {
      largest = area;
      chosen = i;
    }
  }
  return chosen;
}

// Buckets and borders are those of the peer, the clamped end of the last follower included.
std::vector<float> lttb(std::span<const float> data, std::size_t points) {
  if (data.size() < 2) return {data.begin(), data.end()};
  std::vector<float> out = {data.front()};
  const double width = (static_cast<double>(data.size()) - 2) / (static_cast<double>(points) - 2);
  const auto border = [width](std::size_t bucket) {
    return static_cast<std::size_t>(std::floor(static_cast<double>(bucket) * width)) + 1;
  };
  std::size_t chosen = 0, low = 1, middle = points > 2 ? border(1) : 0;
  for (std::size_t i = 0; i + 2 < points; ++i) {
    std::size_t high = border(i + 2);
    if (high >= data.size() - 1) high = data.size() - 2;
    chosen =
        largest_triangle(data, {low, middle}, point_at(data, chosen), centroid(data, middle, high));
    out.push_back(data[chosen]);
    low = std::exchange(middle, high);
  }
  out.push_back(data.back());
  return out;
}

// Where the smallest and the largest sample of [first, end) stand; {end, end} when none is there.
std::pair<std::size_t, std::size_t> extremes(std::span<const float> data, std::size_t first,
                                             std::size_t end) {
  std::size_t least = end, most = end;
  for (std::size_t i = first; i < end; ++i) {
    if (!std::isfinite(data[i])) continue;
    if (least == end || data[i] < data[least]) least = i;
    if (most == end || data[i] > data[most]) most = i;
  }
  return {least, most};
}

// The one point of a place on its own.
float single_point(std::span<const float> data, std::size_t first, std::size_t end, double mean) {
  const auto [least, most] = extremes(data, first, end);
  if (least == end) return kNoSample;
  const double low = static_cast<double>(data[least]), high = static_cast<double>(data[most]);
  return mean - low > high - mean ? data[least] : data[most];
}

std::vector<float> min_max(std::span<const float> data, std::size_t points, std::size_t factor) {
  std::vector<float> out;
  const double mean = statistics_of(summarize(data)).avg;
  const auto end_of = [&](std::size_t place) {
    return place + 1 >= points ? data.size() : (place + 1) * factor;
  };
  for (std::size_t place = 0; place < points; place += 2) {
    const std::size_t first = place * factor, middle = end_of(place), end = end_of(place + 1);
    const float one = single_point(data, first, middle, mean);
    if (place + 1 == points) {
      out.push_back(one);
      break;
    }
    const float other = single_point(data, middle, end, mean);
    const auto [least, most] = extremes(data, first, end);
    const bool both = !std::isnan(one) && !std::isnan(other);
    out.push_back(both ? data[std::min(least, most)] : one);
    out.push_back(both ? data[std::max(least, most)] : other);
  }
  return out;
}

std::size_t points_of(std::size_t samples, std::size_t factor) {
  return samples == 0 ? 0 : std::max<std::size_t>(samples / factor, 1);
}

enum class Keep { least, largest, mean };

double reduced(std::span<const double> place, Keep keep) {
  double least = kNoSample, largest = kNoSample, sum = 0, count = 0;
  for (const double value : place) {
    if (!std::isfinite(value)) continue;
    least = std::fmin(least, value);
    largest = std::fmax(largest, value);
    sum += value;
    ++count;
  }
  if (keep == Keep::least) return least;
  return keep == Keep::largest ? largest : sum / count;
}

void reduce(std::vector<double>& values, std::size_t factor, Keep keep) {
  const std::size_t points = points_of(values.size(), factor);
  std::vector<double> out;
  for (std::size_t i = 0; i < points; ++i) {
    const std::size_t end = i + 1 == points ? values.size() : (i + 1) * factor;
    out.push_back(reduced(std::span(values).subspan(i * factor, end - i * factor), keep));
  }
  values = std::move(out);
}

void reduce(StatisticsSeries& series, std::size_t factor) {
  for (auto& [percentile, values] : series.percentiles) reduce(values, factor, Keep::mean);
  if (series.mean) reduce(*series.mean, factor, Keep::mean);
  if (series.median) reduce(*series.median, factor, Keep::mean);
  if (series.min) reduce(*series.min, factor, Keep::least);
  if (series.max) reduce(*series.max, factor, Keep::largest);
}

}  // namespace

std::string_view to_string(ResampleAlgorithm algorithm) {
  return kAlgorithms.at(static_cast<std::size_t>(algorithm));
}

std::optional<ResampleAlgorithm> parse_resample_algorithm(std::string_view text) {
  return find_enum<ResampleAlgorithm>(kAlgorithms, text);
}

std::int64_t resolution_for(std::optional<std::int64_t> asked, const ResampleConfig& config) {
  if (asked) return *asked;
  const auto largest = std::max_element(config.resolutions.begin(), config.resolutions.end());
  return largest == config.resolutions.end() ? 0 : *largest;
}

ResamplePlan plan_resampling(std::size_t samples, std::int32_t timestep, std::int64_t resolution,
                             const ResampleConfig& config) {
  ResamplePlan plan{config.algorithm, timestep, 1};
  if (timestep < 1 || resolution <= timestep || samples < config.minimum_points) return plan;
  const std::int64_t factor = (resolution - 1) / timestep + 1;
  if (static_cast<std::uint64_t>(factor) > samples) return plan;
  if (factor > std::numeric_limits<std::int32_t>::max() / timestep) return plan;
  plan.factor = static_cast<std::size_t>(factor);
  plan.timestep = static_cast<std::int32_t>(factor) * timestep;
  return plan;
}

std::vector<float> resample(std::span<const float> data, const ResamplePlan& plan) {
  const std::size_t points = points_of(data.size(), plan.factor);
  if (plan.factor <= 1 || points == data.size()) return {data.begin(), data.end()};
  if (plan.algorithm == ResampleAlgorithm::min_max) return min_max(data, points, plan.factor);
  return lttb(data, points);
}

void resample(ScopedMetric& metric, std::int64_t resolution, const ResampleConfig& config) {
  std::size_t longest = 0;
  for (const Series& series : metric.series) longest = std::max(longest, series.data.size());
  const ResamplePlan plan = plan_resampling(longest, metric.timestep, resolution, config);
  if (plan.factor <= 1) return;
  metric.timestep = plan.timestep;
  for (Series& series : metric.series) series.data = resample(series.data, plan);
  if (metric.statistics_series) reduce(*metric.statistics_series, plan.factor);
}

}  // namespace jobledger::schema
