// SPDX-License-Identifier: MIT
#include "archive/job_metrics.h"

#include "archive/data_file.h"
#include "archive/file_selection.h"
#include "archive/job_samples.h"
#include "archive/streamed_metrics.h"
#include "schema/resample.h"
#include "schema/series_statistics.h"
#include "schema/statistics_series.h"
#include "sources/answer_builder.h"
#include "sources/query_size.h"

#include <algorithm>
#include <utility>

namespace jobledger::archive {
namespace {

using schema::MetricData;
using schema::MetricSamples;
using schema::MetricScope;
using schema::ScopedMetric;

// A file is decoded as a whole up to 1 / kWholeShares of the memory for all; every byte of it may
// take kDecodeBytes, as unusual spellings need a tree of values (schema/metric_data.h).
constexpr std::size_t kWholeShares = 16, kDecodeBytes = 12;

std::string name_of(const schema::Job& job) { return "job " + std::to_string(job.id); }

std::size_t longest(const ScopedMetric& metric) {
  std::size_t samples = 0;
  for (const schema::Series& series : metric.series)
    samples = std::max(samples, series.data.size());
  return samples;
}

void set_all_coverages(MetricData& data, std::int64_t duration) {
  for (MetricSamples& metric : data.metrics)
    for (ScopedMetric& scoped : metric.scopes)
      for (schema::Series& series : scoped.series) set_coverage(series, scoped.timestep, duration);
}

// What the query selects of a job's decoded file; shares its samples.
std::vector<JobMetric> select(const DataCache::Data& data, const schema::Job& job,
                              const JobMetricsQuery& query) {
  std::vector<JobMetric> out;
  for (const MetricSamples& metric : data->metrics) {
    if (!is_asked(metric.name, query)) continue;
    std::vector<MetricScope> there, selected;
    for (const ScopedMetric& scoped : metric.scopes) there.push_back(scoped.scope);
    const std::size_t first = out.size();
    const auto coverage = [&job](const ScopedMetric& scoped) {
      return schema::coverage_over(scoped.series, job.resources.size());
    };
    for (const std::size_t place : select_scopes(there, query)) {
      const ScopedMetric& scoped = metric.scopes[place];
      selected.push_back(scoped.scope);
      out.push_back(
          {metric.name, std::shared_ptr<const ScopedMetric>(data, &scoped), coverage(scoped)});
    }
    const auto source = synthesis_source(metric.name, selected, query);
    if (!source) continue;
    if (auto node = synthesize(*out[first + *source].data, job.duration)) {
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

Result<sources::MetricQuery> live_query(const schema::Job& job, const schema::Clusters& clusters,
                                        const JobMetricsQuery& query) {
  const schema::Cluster* cluster = clusters.find(job.cluster);
  if (cluster == nullptr) {
    return Error{ErrorKind::not_found,
                 name_of(job) + ": its cluster \"" + job.cluster + "\" is not configured"};
  }
  sources::MetricQuery out = job_query(job, *cluster);
  out.metrics = query.metrics ? *query.metrics : metrics_of(out);
  out.as_sent = !query.metrics;
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
      budget_(tree.config().read_bytes),
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
  const bool nothing = ask.metrics.empty() && !ask.as_sent;
  if (ask.to <= ask.from || nothing || ask.scopes.empty()) return MetricData();
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

// The whole file, decoded; `too_large`: it has to be read piece by piece.
Result<MetricData> JobMetrics::load(const schema::Job& job, const sources::Stop& stop) {
  const schema::NaturalKey key{job.cluster, job.job_id, job.start_time};
  const std::size_t most = budget_.total() / kWholeShares;
  std::uint64_t bytes = 0;
  if (auto file = DataFileReader::open(tree_.config(), key))
    bytes = file->least_bytes();
  else if (file.error().kind != ErrorKind::not_found)
    return std::move(file).error();  // of what is not found the tree knows why
  if (bytes > most) return Error{ErrorKind::too_large, "too long to be decoded as a whole"};
  const auto memory = budget_.lease(bytes * kDecodeBytes, [&stop] { return stop.asked(); });
  if (!memory) return Error{ErrorKind::cancelled, "reading metrics was stopped"};
  TRY(MetricData read, tree_.read_data(key, most));
  set_all_coverages(read, job.duration);
  return read;
}

Result<std::vector<JobMetric>> JobMetrics::read_large(const schema::Job& job,
                                                      const JobMetricsQuery& query,
                                                      const sources::ReadContext& context) {
  TRY(DataFileReader file,
      DataFileReader::open(tree_.config(), {job.cluster, job.job_id, job.start_time}));
  return read_streamed(file, job, query, {budget_, context.stop});
}

Result<JobMetrics::Notes> JobMetrics::notes(const JobVersion& version, std::int64_t now,
                                            const sources::ReadContext& context) {
  const schema::Job& job = *version.job;
  JobMetricsQuery all;
  all.now = now;
  auto query = live_query(job, *tree_.clusters(), all);
  if (!query) return Notes{{"", query.error().detail}};
  if (is_live(job)) {
    const sources::MetricSource* source =
        sources_ != nullptr ? &sources_->source_of(job.cluster, job.sub_cluster) : nullptr;
    query->all_elements = true;
    return settle(job, *query, source, context.snapshot);
  }
  const auto data =
      cache_.get({job.id, version.revision}, context.stop, [&] { return load(job, context.stop); });
  if (data) return archived_notes(job, *query, **data);
  // Of a file that is too long to be decoded as a whole only the sub-cluster is judged.
  const bool absent = data.error().kind == ErrorKind::not_found;
  if (!absent && data.error().kind != ErrorKind::too_large) return data.error();
  return settle(job, *query, nullptr, nullptr);
}

JobMetrics::Notes JobMetrics::archived_notes(const schema::Job& job,
                                             const sources::MetricQuery& query,
                                             const MetricData& data) const {
  Notes notes;
  for (const MetricSamples& metric : data.metrics) {
    const auto known = [&metric](const schema::SubCluster& sub) {
      return sub.find_metric(metric.name) != nullptr;
    };
    const auto& subs = query.cluster->sub_clusters;
    if (std::none_of(subs.begin(), subs.end(), known))
      notes.push_back({metric.name, "cluster.json does not have it any more; shown as archived"});
  }
  sources::MetricQuery same = query;
  const Notes first = settle(job, same, nullptr, nullptr);
  notes.insert(notes.begin(), first.begin(), first.end());
  return notes;
}

Result<std::vector<JobMetric>> JobMetrics::read_archived(const JobVersion& version,
                                                         const JobMetricsQuery& query,
                                                         const sources::ReadContext& context) {
  const schema::Job& job = *version.job;
  auto data =
      cache_.get({job.id, version.revision}, context.stop, [&] { return load(job, context.stop); });
  if (!data && data.error().kind == ErrorKind::too_large) return read_large(job, query, context);
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
