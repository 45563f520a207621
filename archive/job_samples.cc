// SPDX-License-Identifier: MIT
#include "archive/job_samples.h"

#include "archive/job_path.h"
#include "archive/marking.h"
#include "base/log.h"
#include "schema/node_synthesis.h"
#include "schema/series_statistics.h"

#include <algorithm>
#include <utility>

namespace jobledger::archive {
namespace {

bool has_scope(const schema::MetricSamples& metric, schema::MetricScope scope) {
  return std::any_of(metric.scopes.begin(), metric.scopes.end(),
                     [&](const schema::ScopedMetric& scoped) { return scoped.scope == scope; });
}

void tell(const std::vector<sources::ReadFailure>& failures, const schema::Job& job) {
  static LogGate gate;
  if (failures.empty()) return;
  const long held = gate.pass();
  if (held < 0) return;
  LOG(warning, "archive",
      "some samples of a job are missing cluster={} job={} metric={} host={} reason={} more={} "
      "held_back={}",
      job.cluster, job.job_id, failures[0].metric, failures[0].hostname, failures[0].reason,
      failures.size() - 1, held);
}

}  // namespace

sources::MetricQuery job_query(const schema::Job& job, const schema::Cluster& cluster) {
  sources::MetricQuery query;
  query.cluster = &cluster;
  query.sub_cluster = cluster.find_sub_cluster(job.sub_cluster);
  query.hosts = job.resources;
  if (job.num_acc <= 0) {
    for (schema::Resource& host : query.hosts) host.accelerators.clear();
  }
  query.from = job.start_time;
  query.to = job.start_time + job.duration;
  return query;
}

Result<schema::MetricData> read_job_samples(const schema::Job& job,
                                            const schema::Clusters& clusters,
                                            const sources::SourceMap& sources,
                                            const sources::ReadContext& context,
                                            const schema::ArchiveScopeConfig& scopes) {
  const schema::Cluster* cluster = clusters.find(job.cluster);
  if (cluster == nullptr) return schema::MetricData();
  sources::MetricQuery query = job_query(job, *cluster);
  if (query.sub_cluster == nullptr) return schema::MetricData();
  for (const schema::MetricConfig& metric : query.sub_cluster->metric_config) {
    query.metrics.push_back(metric.name);
  }
  query.scopes = schema::archive_scopes(job, scopes);
  auto& source = sources.source_of(job.cluster, job.sub_cluster);
  TRY(sources::MetricAnswer answer, source.read(query, context));
  tell(answer.failures, job);
  for (schema::MetricSamples& metric : answer.data.metrics) {
    if (!schema::has_synthetic_node_scope(metric.name)) continue;
    if (!has_scope(metric, schema::MetricScope::node)) schema::synthesize_node_scope(metric);
  }
  return std::move(answer.data);
}

Result<FinishedJob> finish_job(const schema::Job& job, const schema::Clusters& clusters,
                               const sources::SourceMap* sources,
                               const sources::ReadContext& context, const FinishOptions& options) {
  FinishedJob finished;
  schema::Job measured = job;
  if (sources != nullptr) {
    auto samples = read_job_samples(job, clusters, *sources, context, options.scopes);
    if (samples) {
      finished.samples = *std::move(samples);
    } else if (!options.last_try || samples.error().kind == ErrorKind::cancelled) {
      return Error{ErrorKind::io, "metrics: " + samples.error().detail};
    } else {
      LOG(error, "archive", "archived without metrics, which cannot be read job={} reason={}",
          job_path(job), samples.error().detail);
    }
  }
  finished.measured = !finished.samples.metrics.empty();
  if (finished.measured) schema::set_job_statistics(measured, finished.samples);
  finished.record = finished_form(measured, clusters);
  return finished;
}

Result<schema::MetricData> read_footprint_statistics(const schema::Job& job, std::int64_t now,
                                                     const schema::Clusters& clusters,
                                                     const sources::SourceMap& sources,
                                                     const sources::ReadContext& context) {
  const schema::Cluster* cluster = clusters.find(job.cluster);
  if (cluster == nullptr) return schema::MetricData();
  sources::MetricQuery query = job_query(job, *cluster);
  if (query.sub_cluster == nullptr) return schema::MetricData();
  for (const schema::MetricConfig& metric : query.sub_cluster->metric_config) {
    const bool wanted = metric.footprint != schema::StatisticKind::none ||
                        metric.energy == schema::EnergyKind::power;
    if (wanted) query.metrics.push_back(metric.name);
  }
  query.scopes = {schema::MetricScope::node};
  query.to = now;
  query.values = false;
  auto& source = sources.source_of(job.cluster, job.sub_cluster);
  TRY(sources::MetricAnswer answer, source.read(query, context));
  return std::move(answer.data);
}

}  // namespace jobledger::archive
