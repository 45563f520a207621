// SPDX-License-Identifier: MIT
#include "schema/metric_data.h"

#include "schema/json_fields.h"
#include "schema/member_names.h"
#include "schema/metric_data_scan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace jobledger::schema {
namespace {

constexpr std::int32_t kLastPercentile = 99;

constexpr std::string_view kScopedNames[] = {"unit", "timestep", "series", "statisticsSeries",
                                             "startTime"};
constexpr MemberNames kScopedMembers(kScopedNames);

constexpr std::string_view kSeriesNames[] = {"hostname", "id", "statistics", "data"};
constexpr MemberNames kSeriesMembers(kSeriesNames);

constexpr std::string_view kStatisticsNames[] = {"min", "avg", "max"};
constexpr MemberNames kStatisticsMembers(kStatisticsNames);

constexpr std::string_view kStatisticsSeriesNames[] = {"percentiles", "mean", "median", "min",
                                                       "max"};
constexpr MemberNames kStatisticsSeriesMembers(kStatisticsSeriesNames);

// A value beyond the type's range is as good as missing.
template <class Real>
Result<void> read_samples(JsonValue value, std::vector<Real>& out) {
  constexpr Real kNone = std::numeric_limits<Real>::quiet_NaN();
  constexpr double kLargest = std::numeric_limits<Real>::max();
  out.clear();
  if (value.is_null()) return {};
  out.reserve(value.size());
  return value.each_element([&out](std::size_t, JsonValue element) -> Result<void> {
    double sample = kNone;
    TRY(read_field(element, sample));
    out.push_back(std::abs(sample) <= kLargest ? static_cast<Real>(sample) : kNone);
    return {};
  });
}

Result<void> read_statistics(JsonValue value, SeriesStatistics& out, UnknownMembers* unknown) {
  if (value.is_null()) return {};
  return value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kStatisticsMembers.find(name)) {
      case 0:
        return read_field(member, out.min);
      case 1:
        return read_field(member, out.avg);
      case 2:
        return read_field(member, out.max);
      default:
        note_unknown(unknown, "statistics.", name);
        return {};
    }
  });
}

Result<void> read_series(JsonValue value, Series& out, UnknownMembers* unknown) {
  return value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kSeriesMembers.find(name)) {
      case 0:
        return read_field(member, out.hostname);
      case 1:
        out.id.reset();
        if (member.is_null()) return {};
        return read_field(member, out.id.emplace());
      case 2:
        return read_statistics(member, out.statistics, unknown);
      case 3:
        return read_samples(member, out.data);
      default:
        note_unknown(unknown, "series.", name);
        return {};
    }
  });
}

Result<void> read_percentiles(JsonValue value, StatisticsSeries& out) {
  out.percentiles.clear();
  if (value.is_null()) return {};
  TRY(value.each_member([&out](std::string_view name, JsonValue member) -> Result<void> {
    std::int32_t percentile = 0;
    const auto [end, status] = std::from_chars(name.data(), name.data() + name.size(), percentile);
    if (status != std::errc{} || end != name.data() + name.size() || percentile < 1 ||
        percentile > kLastPercentile)
      return invalid(fmt::format("a percentile is from 1 to {}", kLastPercentile));
    return read_samples(member, out.percentiles.emplace_back(percentile, 0).second);
  }));
  sort_last_wins(out.percentiles, [](const auto& entry) { return std::to_string(entry.first); });
  return {};
}

Result<void> read_optional_samples(JsonValue value, std::optional<std::vector<double>>& out) {
  out.reset();
  if (value.is_null()) return {};
  return read_samples(value, out.emplace());
}

Result<void> read_statistics_series(JsonValue value, std::optional<StatisticsSeries>& out,
                                    UnknownMembers* unknown) {
  out.reset();
  if (value.is_null()) return {};
  StatisticsSeries& to = out.emplace();
  return value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kStatisticsSeriesMembers.find(name)) {
      case 0:
        return read_percentiles(member, to);
      case 1:
        return read_optional_samples(member, to.mean);
      case 2:
        return read_optional_samples(member, to.median);
      case 3:
        return read_optional_samples(member, to.min);
      case 4:
        return read_optional_samples(member, to.max);
      default:
        note_unknown(unknown, "statisticsSeries.", name);
        return {};
    }
  });
}

Result<void> read_series_list(JsonValue value, std::vector<Series>& out, UnknownMembers* unknown) {
  out.clear();
  if (value.is_null()) return {};
  out.reserve(value.size());
  return value.each_element([&](std::size_t, JsonValue element) -> Result<void> {
    return read_series(element, out.emplace_back(), unknown);
  });
}

Result<void> read_scope(JsonValue value, ScopedMetric& out, UnknownMembers* unknown) {
  TRY(value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kScopedMembers.find(name)) {
      case 0:
        return read_field(member, out.unit);
      case 1:
        return read_field(member, out.timestep);
      case 2:
        return read_series_list(member, out.series, unknown);
      case 3:
        return read_statistics_series(member, out.statistics_series, unknown);
      case 4:
        return read_field(member, out.start_time.emplace());
      default:
        note_unknown(unknown, "metric.", name);
        return {};
    }
  }));
  if (out.timestep < 1)
    return invalid(fmt::format(".timestep: expected 1 or more seconds, found {}", out.timestep));
  return {};
}

Result<void> read_metric(JsonValue value, MetricSamples& out, UnknownMembers* unknown) {
  if (value.is_null()) return {};
  TRY(value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    const std::optional<MetricScope> scope = parse_metric_scope(name);
    if (!scope) return invalid("not a metric scope");
    ScopedMetric& scoped = out.scopes.emplace_back();
    scoped.scope = *scope;
    return read_scope(member, scoped, unknown);
  }));
  sort_last_wins(out.scopes, [](const ScopedMetric& entry) { return to_string(entry.scope); });
  return {};
}

}  // namespace

const ScopedMetric* MetricData::find(std::string_view metric, MetricScope scope) const {
  const auto named = std::lower_bound(
      metrics.begin(), metrics.end(), metric,
      [](const MetricSamples& entry, std::string_view wanted) { return entry.name < wanted; });
  if (named == metrics.end() || named->name != metric) return nullptr;
  const auto scoped =
      std::find_if(named->scopes.begin(), named->scopes.end(),
                   [scope](const ScopedMetric& entry) { return entry.scope == scope; });
  return scoped == named->scopes.end() ? nullptr : &*scoped;
}

Result<MetricData> parse_metric_data(std::string_view json, UnknownMembers* unknown,
                                     const JsonLimits& limits) {
  if (json.size() <= limits.max_bytes) {
    if (auto data = scan_metric_data(json)) return *std::move(data);
  }
  return read_metric_data(json, unknown, limits);
}

Result<MetricData> read_metric_data(std::string_view json, UnknownMembers* unknown,
                                    const JsonLimits& limits) {
  JsonReader reader(limits);
  TRY(const JsonValue document, reader.parse(json));
  MetricData data;
  TRY(document.each_member([&](std::string_view name, JsonValue value) -> Result<void> {
    if (name == "filesystems" && value.type() == JsonType::array) {
      note_unknown(unknown, "", name);
      return {};
    }
    MetricSamples& metric = data.metrics.emplace_back();
    metric.name = name;
    return read_metric(value, metric, unknown);
  }));
  sort_last_wins(data.metrics,
                 [](const MetricSamples& entry) -> std::string_view { return entry.name; });
  return data;
}

}  // namespace jobledger::schema
