// SPDX-License-Identifier: MIT
#include "archive/job_metrics.h"

#include "archive/job_samples.h"
#include "schema/node_synthesis.h"
#include "schema/resample.h"
#include "schema/series_statistics.h"
#include "schema/statistics_series.h"
#include "sources/answer_builder.h"
#include "sources/query_size.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace jobledger::archive {
namespace {

using schema::MetricData;
using schema::MetricSamples;
using schema::MetricScope;
using schema::ScopedMetric;

std::string name_of(const schema::Job& job) { return "job " + std::to_string(job.id); }

template <class T>
bool contains(const std::vector<T>& list, const T& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

std::size_t longest(const ScopedMetric& metric) {
  std::size_t samples = 0;
  for (const schema::Series& series : metric.series)
    samples = std::max(samples, series.data.size());
  return samples;
}

bool wants_node(const JobMetricsQuery& query) {
  return query.scopes && contains(*query.scopes, MetricScope::node);
}

// Those of the metric's scopes that are delivered. A metric of the file; the job's data live as
// long as `data`.
std::vector<const ScopedMetric*> select_scopes(const MetricSamples& metric,
                                               const JobMetricsQuery& query) {
  std::vector<const ScopedMetric*> asked, all;
  for (const ScopedMetric& scoped : metric.scopes) {
    all.push_back(&scoped);
    if (query.scopes && contains(*query.scopes, scoped.scope)) asked.push_back(&scoped);
  }
  return asked.empty() ? all : asked;
}

// Of a series with so many, of a job that lasted so many seconds: what follows the last sample of
// a file is missing, too.
std::uint64_t expected_samples(std::size_t samples, std::int32_t timestep, std::int64_t duration) {
  const std::int64_t steps = timestep > 0 ? duration / timestep : 0;
  return std::max<std::uint64_t>(samples,
                                 static_cast<std::uint64_t>(std::max<std::int64_t>(steps, 0)));
}

// Files do not say it: it is what their samples show.
void set_coverage(MetricData& data, std::int64_t duration) {
  for (MetricSamples& metric : data.metrics) {
    for (ScopedMetric& scoped : metric.scopes) {
      for (schema::Series& series : scoped.series) {
        const auto known = std::count_if(series.data.begin(), series.data.end(),
                                         [](float value) { return std::isfinite(value); });
        series.coverage =
            schema::coverage_of(static_cast<std::uint64_t>(known),
                                expected_samples(series.data.size(), scoped.timestep, duration));
      }
    }
  }
}

// Node scope from the coarsest of these, none of which is node itself.
std::shared_ptr<const ScopedMetric> synthesize(const std::vector<const ScopedMetric*>& scopes,
                                               std::int64_t duration) {
  const auto coarsest = std::min_element(
      scopes.begin(), scopes.end(),
      [](const ScopedMetric* a, const ScopedMetric* b) { return a->scope < b->scope; });
  if (coarsest == scopes.end() || (*coarsest)->scope == MetricScope::node) return nullptr;
  MetricSamples parts;
  parts.scopes.push_back(**coarsest);
  if (!schema::synthesize_node_scope(parts)) return nullptr;
  const auto node = std::find_if(parts.scopes.begin(), parts.scopes.end(), [](const auto& scoped) {
    return scoped.scope == MetricScope::node;
  });
  for (schema::Series& series : node->series) {  // known of the time until the last sample
    const auto expected = expected_samples(series.data.size(), node->timestep, duration);
    if (!series.coverage) continue;
    *series.coverage *= static_cast<float>(series.data.size()) / static_cast<float>(expected);
  }
  return std::make_shared<const ScopedMetric>(std::move(*node));
}

// What the query selects of a job's decoded file; shares its samples.
std::vector<JobMetric> select(const DataCache::Data& data, const schema::Job& job,
                              const JobMetricsQuery& query) {
  std::vector<JobMetric> out;
  for (const MetricSamples& metric : data->metrics) {
    if (query.metrics && !contains(*query.metrics, metric.name)) continue;
    const auto scopes = select_scopes(metric, query);
    const std::size_t first = out.size();
    const auto coverage = [&job](const ScopedMetric& scoped) {
      return schema::coverage_over(scoped.series, job.resources.size());
    };
    for (const ScopedMetric* scoped : scopes)
      out.push_back(
          {metric.name, std::shared_ptr<const ScopedMetric>(data, scoped), coverage(*scoped)});
    if (!wants_node(query) || !schema::has_synthetic_node_scope(metric.name)) continue;
    if (auto node = synthesize(scopes, job.duration)) {
      const auto after = std::find_if(
          out.begin() + static_cast<std::ptrdiff_t>(first), out.end(), [](const JobMetric& one) {
            return to_string(one.data->scope) > to_string(MetricScope::node);
          });
      const auto known = coverage(*node);
      out.insert(after, {metric.name, std::move(node), known});
    }
  }
  return out;
}

Result<void> check_size(const std::vector<JobMetric>& metrics, std::uint64_t limit) {
  std::uint64_t samples = 0;
  for (const JobMetric& metric : metrics)
    for (const schema::Series& series : metric.data->series) samples += series.data.size();
  if (samples <= limit) return {};
  return Error{ErrorKind::too_large, std::to_string(samples) + " samples, more than " +
                                         std::to_string(limit) + ": ask for fewer metrics"};
}

std::vector<std::string> names_of(const std::vector<schema::MetricConfig>& metrics) {
  std::vector<std::string> names;
  for (const schema::MetricConfig& metric : metrics) names.push_back(metric.name);
  return names;
}

Result<sources::MetricQuery> live_query(const schema::Job& job, const schema::Clusters& clusters,
                                        const JobMetricsQuery& query) {
  const schema::Cluster* cluster = clusters.find(job.cluster);
  if (cluster == nullptr) {
    return Error{ErrorKind::not_found,
                 name_of(job) + ": its cluster \"" + job.cluster + "\" is not configured"};
  }
  sources::MetricQuery out = job_query(job, *cluster);
  out.metrics = query.metrics ? *query.metrics
                              : names_of(out.sub_cluster != nullptr ? out.sub_cluster->metric_config
                                                                    : out.cluster->metric_config);
  out.scopes = query.scopes ? *query.scopes : std::vector{MetricScope::node};
  if (job.is_running()) out.to = query.now;
  out.values = query.values;
  return out;
}

// One summary per host, for the formula of the whole job: each host counts once.
std::vector<schema::SeriesSummary> host_summaries(const ScopedMetric& metric) {
  std::vector<schema::SeriesSummary> hosts;
  for (const schema::Series& series : metric.series) {
    if (series.coverage && *series.coverage == 0) continue;
    const schema::SeriesStatistics& one = series.statistics;
    hosts.push_back({1, one.min, one.max, one.avg});
  }
  return hosts;
}

}  // namespace

bool Presentation::changes(const ScopedMetric& metric) const {
  if (statistics_series && !metric.statistics_series &&
      metric.series.size() >= schema::kMinStatisticsSeries)
    return true;
  return schema::plan_resampling(longest(metric), metric.timestep, resolution, resampling).factor >
         1;
}

void Presentation::apply(ScopedMetric& metric) const {
  if (statistics_series) schema::add_statistics_series(metric);
  schema::resample(metric, resolution, resampling);
}

JobMetrics::JobMetrics(const Tree& tree, const sources::SourceMap* sources, Telemetry& telemetry)
    : tree_(tree),
      sources_(sources),
      cache_(tree.config().data_cache_bytes, telemetry),
      failures_(telemetry) {}

bool JobMetrics::is_live(const schema::Job& job) {
  return job.is_running() ||
         job.monitoring_status == schema::MonitoringStatus::running_or_archiving;
}

Result<std::vector<JobMetric>> JobMetrics::read(const JobVersion& version,
                                                const JobMetricsQuery& query,
                                                const sources::ReadContext& context) {
  return is_live(*version.job) ? read_live(*version.job, query, context)
                               : read_archived(version, query, context);
}

Result<MetricData> JobMetrics::ask_source(const schema::Job& job, const JobMetricsQuery& query,
                                          const sources::ReadContext& context) {
  if (sources_ == nullptr) return MetricData();
  TRY(const sources::MetricQuery ask, live_query(job, *tree_.clusters(), query));
  if (ask.to <= ask.from || ask.metrics.empty() || ask.scopes.empty()) return MetricData();
  TRY(sources::check_size(ask, query.max_samples));
  sources::MetricSource& source = sources_->source_of(job.cluster, job.sub_cluster);
  return failures_.accept(source.read(ask, context), name_of(job));
}

Result<std::vector<JobMetric>> JobMetrics::read_live(const schema::Job& job,
                                                     const JobMetricsQuery& query,
                                                     const sources::ReadContext& context) {
  TRY(MetricData data, ask_source(job, query, context));
  std::vector<JobMetric> out;
  std::vector<ScopedMetric*> samples;
  for (MetricSamples& metric : data.metrics) {
    for (ScopedMetric& scoped : metric.scopes) {
      const auto coverage = schema::coverage_over(scoped.series, job.resources.size());
      auto own = std::make_shared<ScopedMetric>(std::move(scoped));
      samples.push_back(own.get());
      out.push_back({metric.name, std::move(own), coverage});
    }
  }
  sources::for_each(context, samples.size(),
                    [&](std::size_t i) { query.presentation.apply(*samples[i]); });
  return out;
}

Result<std::vector<JobMetric>> JobMetrics::read_archived(const JobVersion& version,
                                                         const JobMetricsQuery& query,
                                                         const sources::ReadContext& context) {
  const schema::Job& job = *version.job;
  auto data = cache_.get({job.id, version.revision}, context.stop, [&]() -> Result<MetricData> {
    TRY(MetricData read, tree_.read_data({job.cluster, job.job_id, job.start_time}));
    set_coverage(read, job.duration);
    return read;
  });
  if (!data) {
    if (data.error().kind != ErrorKind::not_found) return std::move(data).error();
    // Not monitored, or never archived: there is nothing, and nothing is broken.
    if (job.monitoring_status != schema::MonitoringStatus::archived)
      return std::vector<JobMetric>();
    return Error{ErrorKind::not_found, name_of(job) + ": the archive has no metric data of it"};
  }
  std::vector<JobMetric> out = select(*data, job, query);
  TRY(check_size(out, query.max_samples));
  sources::for_each(context, out.size(), [&](std::size_t i) {
    if (!query.presentation.changes(*out[i].data)) return;
    auto own = std::make_shared<ScopedMetric>(*out[i].data);
    query.presentation.apply(*own);
    out[i].data = std::move(own);
  });
  return out;
}

Result<JobMetrics::Statistics> JobMetrics::statistics(const schema::Job& job,
                                                      const JobMetricsQuery& query,
                                                      const sources::ReadContext& context) {
  Statistics out;
  if (!query.metrics) return out;
  out.resize(query.metrics->size());
  if (!is_live(job)) {
    if (!job.statistics) return out;
    for (std::size_t i = 0; i < out.size(); ++i)
      for (const schema::JobStatistic& one : *job.statistics)
        if (one.metric == (*query.metrics)[i]) out[i] = one;
    return out;
  }
  JobMetricsQuery nodes = query;
  nodes.scopes = std::vector{MetricScope::node};
  nodes.values = false;
  TRY(const MetricData data, ask_source(job, nodes, context));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string& name = (*query.metrics)[i];
    const ScopedMetric* metric = data.find(name, MetricScope::node);
    if (metric != nullptr)
      out[i] = schema::job_statistic(name, metric->unit, host_summaries(*metric));
  }
  return out;
}

}  // namespace jobledger::archive
