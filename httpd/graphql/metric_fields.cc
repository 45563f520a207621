// SPDX-License-Identifier: MIT
#include "httpd/graphql/metric_fields.h"

#include "httpd/graphql/bindings.h"
#include "schema/resample.h"
#include "schema/sample_text.h"
#include "schema/series_statistics.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_set>

namespace jobledger::httpd {
using archive::JobMetric;
using graphql::Context;
using graphql::Value;
using graphql::Writer;
using schema::Series;
using schema::SeriesStatistics;
using schema::StatisticsSeries;

std::optional<std::vector<std::string>> text_list(const Value& list) {
  if (list.is_null()) return std::nullopt;
  std::vector<std::string> texts;
  std::unordered_set<std::string_view> seen;
  for (const Value& text : list.list())
    if (seen.insert(text.string()).second) texts.push_back(text.string());
  return texts;
}

std::optional<std::vector<schema::MetricScope>> scope_list(const Value& list) {
  const auto texts = text_list(list);
  if (!texts) return std::nullopt;
  std::vector<schema::MetricScope> scopes;
  for (const std::string& text : *texts)
    if (const auto scope = schema::parse_metric_scope(text)) scopes.push_back(*scope);
  return scopes;
}

std::vector<NamedStats> named_stats(const archive::JobMetricsQuery& query,
                                    const archive::JobMetrics::Statistics& statistics) {
  std::vector<NamedStats> stats;
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    NamedStats& entry = stats.emplace_back(NamedStats{query.metrics->at(i), {}});
    if (const auto& one = statistics[i]) entry.data = {one->min, one->avg, one->max};
  }
  return stats;
}

std::int64_t wanted_resolution(const Value& argument, const Answer& answer) {
  std::optional<std::int64_t> asked;
  if (!argument.is_null()) asked = argument.integer();
  return schema::resolution_for(asked, *answer.resampling);
}

MetricWish metric_wish(const Context& context, std::string_view path, std::int64_t resolution) {
  const auto selects = [&](std::string_view field) {
    return context.selects(std::string(path).append(field));
  };
  MetricWish wish;
  wish.presentation.statistics_series = selects("metric.statisticsSeries");
  wish.presentation.resolution = resolution;
  wish.presentation.resampling = *answer_of(context).resampling;
  // The time step depends on the number of samples once they are resampled.
  wish.values = wish.presentation.statistics_series || selects("metric.series.data") ||
                (resolution > 0 && selects("metric.timestep"));
  return wish;
}

namespace {

// Four decimals; what is not complete never reads 1.
std::optional<double> shown_coverage(std::optional<float> coverage) {
  if (!coverage) return std::nullopt;
  constexpr double kScale = 1e4;
  const double rounded = std::round(static_cast<double>(*coverage) * kScale) / kScale;
  return *coverage < 1 ? std::min(rounded, 1 - 1 / kScale) : rounded;
}

const std::vector<double>& or_empty(const std::optional<std::vector<double>>& list) {
  static const std::vector<double> kNone;
  return list ? *list : kNone;
}

std::vector<ScopedStats> scoped_stats(const ScopedMetricStats& metric) {
  std::vector<ScopedStats> stats;
  for (const Series& series : metric.metric.data->series) {
    SeriesStatistics data = series.statistics;
    if (metric.round)
      data = {schema::round2(data.min), schema::round2(data.avg), schema::round2(data.max)};
    stats.push_back({&series, data});
  }
  return stats;
}

void bind_samples(graphql::Binder& binder) {
  binder.scalar("NullableFloat")
      .list_output<float>([](std::span<const float> samples, Writer& out) {
        schema::write_samples(out.buffer(), samples);
      })
      .list_output<double>([](std::span<const double> samples, Writer& out) {
        schema::write_samples(out.buffer(), samples);
      });
  binder.type<JobMetric>("JobMetricWithName")
      .field("name", &JobMetric::name)
      .field("scope", [](const JobMetric& metric) { return metric.data->scope; })
      .field("metric", [](const JobMetric& metric) -> const JobMetric& { return metric; });
  binder.type<JobMetric>("JobMetric")
      .field("unit",
             [](const JobMetric& metric) -> const schema::Unit& { return metric.data->unit; })
      .field("timestep", [](const JobMetric& metric) { return metric.data->timestep; })
      .field(
          "series", [](const JobMetric& metric) -> const auto& { return metric.data->series; })
      .field("statisticsSeries",
             [](const JobMetric& metric) {
               const auto& series = metric.data->statistics_series;
               return series ? &*series : nullptr;
             })
      .field("coverage", [](const JobMetric& metric) { return shown_coverage(metric.coverage); });
  binder.type<Series>("Series")
      .field("hostname", &Series::hostname)
      .field("id", &Series::id)
      .field("statistics", &Series::statistics)
      .field("data", &Series::data)
      .field("coverage", [](const Series& series) { return shown_coverage(series.coverage); });
}

void bind_statistics(graphql::Binder& binder) {
  const auto list = [](auto member) {
    return [member](const StatisticsSeries& series) -> const auto& {
      return or_empty(series.*member);
    };
  };
  binder.type<StatisticsSeries>("StatsSeries")
      .field("mean", list(&StatisticsSeries::mean))
      .field("median", list(&StatisticsSeries::median))
      .field("min", list(&StatisticsSeries::min))
      .field("max", list(&StatisticsSeries::max));
  binder.type<SeriesStatistics>("MetricStatistics")
      .field("avg", &SeriesStatistics::avg)
      .field("min", &SeriesStatistics::min)
      .field("max", &SeriesStatistics::max);
  binder.type<NamedStats>("NamedStats")
      .field("name", &NamedStats::name)
      .field("data", &NamedStats::data);
  binder.type<ScopedMetricStats>("NamedStatsWithScope")
      .field(
          "name", [](const ScopedMetricStats& stats) -> const auto& { return stats.metric.name; })
      .field("scope", [](const ScopedMetricStats& stats) { return stats.metric.data->scope; })
      .field("stats", scoped_stats);
  binder.type<ScopedStats>("ScopedStats")
      .field(
          "hostname",
          [](const ScopedStats& stats) -> const auto& { return stats.series->hostname; })
      .field(
          "id", [](const ScopedStats& stats) -> const auto& { return stats.series->id; })
      .field("data", &ScopedStats::data);
}

}  // namespace

void bind_metric_fields(graphql::Binder& binder) {
  bind_samples(binder);
  bind_statistics(binder);
  // For the complexity limit: series of a metric, in an answer of moderate size.
  binder.list_size("JobMetric", "series", {"", 16, 16});
  binder.list_size("NamedStatsWithScope", "stats", {"", 16, 16});
}

}  // namespace jobledger::httpd
