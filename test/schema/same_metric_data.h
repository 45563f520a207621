// SPDX-License-Identifier: MIT
// Equality of metric data to the last bit, gaps being equal to gaps.
#pragma once

#include "schema/metric_data.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace jobledger::test {

inline bool same(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}
inline bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
inline bool same(const schema::Series& a, const schema::Series& b);
inline bool same(const schema::StatisticsSeries& a, const schema::StatisticsSeries& b);
inline bool same(const schema::ScopedMetric& a, const schema::ScopedMetric& b);
inline bool same(const schema::MetricSamples& a, const schema::MetricSamples& b);
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b);
template <class T>
bool same(const std::optional<T>& a, const std::optional<T>& b) {
  return a.has_value() == b.has_value() && (!a || same(*a, *b));
}
inline bool same(const schema::Series& a, const schema::Series& b) {
  const auto& x = a.statistics;
  const auto& y = b.statistics;
  return a.hostname == b.hostname && a.id == b.id && same(x.min, y.min) && same(x.avg, y.avg) &&
         same(x.max, y.max) && same(a.data, b.data);
}
inline bool same(const schema::StatisticsSeries& a, const schema::StatisticsSeries& b) {
  const auto both = [](const auto& x, const auto& y) {
    return x.first == y.first && same(x.second, y.second);
  };
  return same(a.mean, b.mean) && same(a.median, b.median) && same(a.min, b.min) &&
         same(a.max, b.max) &&
         std::equal(a.percentiles.begin(), a.percentiles.end(), b.percentiles.begin(),
                    b.percentiles.end(), both);
}
inline bool same(const schema::ScopedMetric& a, const schema::ScopedMetric& b) {
  return a.scope == b.scope && a.unit == b.unit && a.timestep == b.timestep &&
         same(a.series, b.series) && same(a.statistics_series, b.statistics_series);
}
inline bool same(const schema::MetricSamples& a, const schema::MetricSamples& b) {
  return a.name == b.name && same(a.scopes, b.scopes);
}
inline bool same(const schema::MetricData& a, const schema::MetricData& b) {
  return same(a.metrics, b.metrics);
}
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& x, const T& y) { return same(x, y); });
}

}  // namespace jobledger::test
