// SPDX-License-Identifier: MIT
#include "archive/job_samples.h"

#include "archive/job_path.h"
#include "archive/job_span.h"
#include "archive/large_data.h"
#include "archive/marking.h"
#include "base/log.h"
#include "schema/node_synthesis.h"
#include "schema/series_statistics.h"
#include "sources/query_size.h"
#include "sources/read_plan.h"
#include "sources/stored_metrics.h"

#include <algorithm>
#include <utility>

namespace jobledger::archive {
namespace {

bool has_scope(const schema::MetricSamples& metric, schema::MetricScope scope) {
  return std::any_of(metric.scopes.begin(), metric.scopes.end(),
                     [&](const schema::ScopedMetric& scoped) { return scoped.scope == scope; });
}

void tell(const MissingSamples& missing, const schema::Job& job) {
  static LogGate gate;
  if (missing.count == 0) return;
  const long held = gate.pass();
  if (held < 0) return;
  LOG(warning, "archive",
      "some samples of a job are missing cluster={} job={} metric={} host={} reason={} more={} "
      "held_back={}",
      job.cluster, job.job_id, missing.first.metric, missing.first.hostname, missing.first.reason,
      missing.count - 1, held);
}

void tell(const std::vector<sources::ReadNote>& notes, const schema::Job& job) {
  static LogGate gate;
  if (notes.empty()) return;
  const long held = gate.pass();
  if (held < 0) return;
  LOG(warning, "archive",
      "cluster.json does not explain all of a job cluster={} job={} metric={} what={} more={} "
      "held_back={}",
      job.cluster, job.job_id, notes[0].metric, notes[0].text, notes.size() - 1, held);
}

// What is to be archived of the job; nothing: its cluster is not known, and that is told.
std::optional<sources::MetricQuery> archive_query(const schema::Job& job,
                                                  const schema::Clusters& clusters,
                                                  const schema::ArchiveScopeConfig& scopes) {
  const schema::Cluster* cluster = clusters.find(job.cluster);
  if (cluster == nullptr) {
    const sources::ReadNote note{"", "the cluster is not there, so its samples cannot be read"};
    tell(std::vector{note}, job);
    return std::nullopt;
  }
  sources::MetricQuery query = job_query(job, *cluster);
  query.metrics = metrics_of(query);
  query.as_sent = query.all_elements = true;
  query.scopes = schema::archive_scopes(job, scopes);
  return query;
}

Result<schema::MetricData> read_whole(sources::MetricSource& source,
                                      const sources::MetricQuery& query,
                                      const sources::ReadContext& context,
                                      MissingSamples& missing) {
  TRY(sources::MetricAnswer answer, source.read(query, context));
  missing.add(std::move(answer.failures));
  for (schema::MetricSamples& metric : answer.data.metrics) {
    if (!schema::has_synthetic_node_scope(metric.name)) continue;
    if (!has_scope(metric, schema::MetricScope::node)) schema::synthesize_node_scope(metric);
  }
  return std::move(answer.data);
}

// Tells what a source failed by from what the archive did.
class WatchedSource : public sources::MetricSource {
 public:
  explicit WatchedSource(sources::MetricSource& source) : source_(source) {}

  bool is_own() const override { return source_.is_own(); }
  Result<sources::MetricAnswer> read(const sources::MetricQuery& query,
                                     const sources::ReadContext& context) override {
    auto answer = source_.read(query, context);
    failed_ = failed_ || !answer;
    return answer;
  }
  Result<std::vector<std::string>> hosts(std::string_view cluster, std::int64_t from,
                                         std::int64_t to,
                                         const sources::ReadContext& context) override {
    return source_.hosts(cluster, from, to, context);
  }
  Result<std::vector<sources::HostHealth>> health(const sources::HealthQuery& query,
                                                  const sources::ReadContext& context) override {
    return source_.health(query, context);
  }
  bool failed() const { return failed_; }

 private:
  sources::MetricSource& source_;
  bool failed_ = false;
};

// Memory while a job's samples are read, turned into text and packed, for each of them.
constexpr std::uint64_t kBytesPerSample = 32;
constexpr std::size_t kLeastBytes = 64u << 10;  // for a job, however small
// A job may have so much of the budget: 1 / kShares. Of its share a spool has a quarter, and a tile
// kTileBytes for each of its samples, as answers of other stores come as text.
constexpr std::size_t kShares = 4;
constexpr std::size_t kTileBytes = 64;

// One job on its way.
class JobFinish {
 public:
  JobFinish(const schema::Job& job, const sources::ReadContext& context,
            const FinishOptions& options)
      : job_(job), context_(context), options_(options) {}

  // Fills in all but the record; statistics go to `measured`.
  Result<void> read(const schema::Clusters& clusters, sources::MetricSource& source,
                    schema::Job& measured, FinishedJob& out);

 private:
  Result<void> lease(std::uint64_t bytes, FinishedJob& out) const;
  Result<void> read_small(sources::MetricSource& source, const sources::MetricQuery& query,
                          schema::Job& measured, FinishedJob& out);
  Result<void> read_large(sources::MetricSource& source, const sources::MetricQuery& query,
                          schema::Job& measured, FinishedJob& out);

  const schema::Job& job_;
  const sources::ReadContext& context_;
  const FinishOptions& options_;
  std::optional<std::int64_t> start_time_;  // of the grid, where it is not the job's
  MissingSamples missing_;
};

Result<void> JobFinish::lease(std::uint64_t bytes, FinishedJob& out) const {
  auto leased = options_.budget.lease(std::max<std::uint64_t>(bytes, kLeastBytes),
                                      [this] { return context_.stop.asked(); });
  if (!leased) return Error{ErrorKind::cancelled, "archiving was stopped"};
  out.memory = *std::move(leased);
  return {};
}

Result<void> JobFinish::read(const schema::Clusters& clusters, sources::MetricSource& source,
                             schema::Job& measured, FinishedJob& out) {
  auto query = archive_query(job_, clusters, options_.config.scopes);
  if (!query) return {};
  tell(settle(job_, *query, &source, context_.snapshot), job_);
  TRY(const auto span,
      find_span(source, *query, context_,
                std::chrono::duration_cast<std::chrono::seconds>(options_.config.max_gap_at_ends)));
  if (!span) return {};
  if (span->from != query->from) start_time_ = span->from;
  query->from = span->from;
  query->to = span->to;
  const std::uint64_t samples = sources::most_samples(*query);
  const std::size_t share = options_.budget.total() / kShares;
  const auto done = samples <= share / kBytesPerSample ? read_small(source, *query, measured, out)
                                                       : read_large(source, *query, measured, out);
  tell(missing_, job_);
  return done;
}

Result<void> JobFinish::read_small(sources::MetricSource& source, const sources::MetricQuery& query,
                                   schema::Job& measured, FinishedJob& out) {
  TRY(lease(sources::most_samples(query) * kBytesPerSample, out));
  TRY(out.samples, read_whole(source, query, context_, missing_));
  for (schema::MetricSamples& metric : out.samples.metrics)
    for (schema::ScopedMetric& scoped : metric.scopes) scoped.start_time = start_time_;
  out.measured = !out.samples.metrics.empty();
  if (out.measured) schema::set_job_statistics(measured, out.samples);
  return {};
}

Result<void> JobFinish::read_large(sources::MetricSource& source, const sources::MetricQuery& query,
                                   schema::Job& measured, FinishedJob& out) {
  const std::size_t share = options_.budget.total() / kShares;
  TRY(lease(share, out));
  TRY(StagedFile file, options_.tree.create_data());
  out.file = std::make_unique<StagedFile>(std::move(file));
  SampleSpool spool(options_.tree.staging_folder(), share / 4);
  const LargeData data{
      source, query, context_, start_time_, std::max<std::uint64_t>(share / kTileBytes, 1), spool};
  TRY(auto statistics, write_large_data(data, *out.file, missing_));
  TRY(out.file->finish());
  out.measured = statistics.has_value();
  if (out.measured) measured.statistics = std::move(statistics);
  return {};
}

}  // namespace

std::vector<std::string> metrics_of(const sources::MetricQuery& query,
                                    bool (*wanted)(const schema::MetricConfig&)) {
  std::vector<std::string> names;
  const auto add = [&](const std::vector<schema::MetricConfig>& metrics) {
    for (const schema::MetricConfig& metric : metrics) {
      const bool known = std::find(names.begin(), names.end(), metric.name) != names.end();
      if (!known && (wanted == nullptr || wanted(metric))) names.push_back(metric.name);
    }
  };
  if (query.sub_cluster != nullptr) {
    add(query.sub_cluster->metric_config);
    return names;
  }
  for (const schema::SubCluster& sub : query.cluster->sub_clusters) add(sub.metric_config);
  add(query.cluster->metric_config);
  return names;
}

std::vector<sources::ReadNote> settle(const schema::Job& job, sources::MetricQuery& query,
                                      const sources::MetricSource* source,
                                      const storage::Snapshot* snapshot) {
  std::vector<sources::ReadNote> notes;
  if (source != nullptr && source->is_own() && snapshot != nullptr) {
    const auto stored = sources::StoredMetrics::of(query, *snapshot);
    notes = sources::ReadPlan::make(query, &stored).settle(query);
  }
  if (query.sub_cluster != nullptr) return notes;
  notes.insert(notes.begin(),
               {"", "its sub-cluster " + job.sub_cluster +
                        " is not in cluster.json any more; each node counts as it is "
                        "configured now"});
  return notes;
}

sources::MetricQuery job_query(const schema::Job& job, const schema::Cluster& cluster) {
  sources::MetricQuery query;
  query.cluster = &cluster;
  // None: it was renamed or taken away since, and each host counts as it is configured by now.
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
  auto query = archive_query(job, clusters, scopes);
  if (!query) return schema::MetricData();
  auto& source = sources.source_of(job.cluster, job.sub_cluster);
  tell(settle(job, *query, &source, context.snapshot), job);
  MissingSamples missing;
  auto data = read_whole(source, *query, context, missing);
  tell(missing, job);
  return data;
}

JobData FinishedJob::data() {
  if (!measured) return NoMetrics{};
  if (file) return file.get();
  return &samples;
}

Result<FinishedJob> finish_job(const schema::Job& job, const schema::Clusters& clusters,
                               const sources::SourceMap* sources,
                               const sources::ReadContext& context, const FinishOptions& options) {
  FinishedJob finished;
  schema::Job measured = job;
  if (sources != nullptr) {
    WatchedSource source(sources->source_of(job.cluster, job.sub_cluster));
    auto done = JobFinish(job, context, options).read(clusters, source, measured, finished);
    if (!done) {
      Error& error = done.error();
      if (!source.failed() || error.kind == ErrorKind::cancelled) return std::move(error);
      finished = FinishedJob();
      measured = job;
      if (!options.last_try) {
        finished.unread = std::move(error).in("metrics");
        return finished;
      }
      LOG(error, "archive", "archived without metrics, which cannot be read job={} reason={}",
          job_path(job), error.detail);
    }
  }
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
  query.metrics = metrics_of(query, [](const schema::MetricConfig& metric) {
    return metric.footprint != schema::StatisticKind::none ||
           metric.energy == schema::EnergyKind::power;
  });
  query.scopes = {schema::MetricScope::node};
  query.to = now;
  query.values = false;
  auto& source = sources.source_of(job.cluster, job.sub_cluster);
  TRY(sources::MetricAnswer answer, source.read(query, context));
  return std::move(answer.data);
}

}  // namespace jobledger::archive
