// SPDX-License-Identifier: MIT
// Metrics over many jobs: jobsMetricStats, jobsFootprints, rooflineHeatmap.
#include "base/turn.h"
#include "httpd/graphql/answer.h"
#include "httpd/graphql/bindings.h"
#include "httpd/graphql/filter_input.h"
#include "httpd/graphql/job_fields.h"
#include "httpd/graphql/metric_fields.h"
#include "httpd/graphql/roofline.h"
#include "sources/answer_builder.h"

#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

namespace jobledger::httpd {
using archive::JobMetrics;
using archive::JobMetricsQuery;
using archive::JobVersion;
using graphql::Args;
using graphql::Context;
using schema::Job;
using storage::JobPtr;

namespace {

struct JobStats {
  JobPtr job;
  std::int64_t duration = 0;  // seconds, live
  std::vector<NamedStats> stats;
};

struct MetricFootprints {
  std::string metric;
  std::vector<double> data;  // by job; NaN where nothing is known
};
// Node minutes and so on, by job, whatever they are called.
struct TimeWeights {
  std::vector<double> node_hours, acc_hours, core_hours;
};
struct Footprints {
  TimeWeights weights;
  std::vector<MetricFootprints> metrics;
};

std::string name_of(const Job& job) { return "job " + std::to_string(job.id); }

// What cannot be read is left out and noted; only a stop ends it all.
using JobResults = std::vector<std::optional<JobMetrics::Statistics>>;
Result<JobResults> read_statistics(const std::vector<JobVersion>& jobs,
                                   const JobMetricsQuery& query, const Answer& answer) {
  TRY(JobMetrics* const metrics, answer.job_metrics());
  JobResults results(jobs.size());
  sources::for_each(answer.reading, jobs.size(), [&](std::size_t i) {
    yield_turn();
    if (answer.reading.stop.asked()) return;
    auto found = metrics->statistics(*jobs[i].job, query, answer.reading);
    if (found) {
      results[i] = *std::move(found);
    } else {
      metrics->failures().note(name_of(*jobs[i].job), found.error().detail);
    }
  });
  if (answer.reading.stop.asked()) return Error{ErrorKind::cancelled, "reading was stopped"};
  return results;
}

JobMetricsQuery statistics_query(const Args& args, const Answer& answer) {
  JobMetricsQuery query;
  query.metrics = text_list(args["metrics"]);
  query.max_samples = answer.limits->max_samples;
  query.now = answer.now;
  return query;
}

// Whether anything was ever measured for it.
bool has_metrics(const Job& job) {
  return job.monitoring_status != schema::MonitoringStatus::disabled &&
         job.monitoring_status != schema::MonitoringStatus::archiving_failed;
}

Result<std::vector<JobStats>> jobs_metric_stats(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(const auto jobs, answer.read_jobs(job_filters(args["filter"], answer.now),
                                        answer.limits->max_stats_jobs, "jobsMetricStats"));
  const JobMetricsQuery query = statistics_query(args, answer);
  TRY(const JobResults results, read_statistics(jobs, query, answer));
  std::vector<JobStats> out;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = *jobs[i].job;
    if (!results[i] || (!JobMetrics::is_live(job) && !job.statistics)) continue;
    out.push_back({jobs[i].job, live_duration(job, answer.now), named_stats(query, *results[i])});
  }
  return out;
}

double minutes(std::int64_t duration, std::int32_t count, double if_none) {
  if (count == 0) return if_none;
  return static_cast<double>(duration) / 60 * static_cast<double>(count);
}

void add_weights(TimeWeights& weights, const Job& job, std::int64_t now) {
  const std::int64_t duration = live_duration(job, now);
  weights.node_hours.push_back(minutes(duration, job.num_nodes, 0));
  weights.acc_hours.push_back(minutes(duration, job.num_acc, 1));
  weights.core_hours.push_back(minutes(duration, job.num_hwthreads, 1));
}

Result<std::vector<JobVersion>> footprint_jobs(const Args& args, const Answer& answer,
                                               std::string_view field) {
  TRY(auto jobs, answer.read_jobs(job_filters(args["filter"], answer.now),
                                  answer.limits->max_footprint_jobs, field));
  std::erase_if(jobs, [](const JobVersion& version) { return !has_metrics(*version.job); });
  return jobs;
}

Result<Footprints> jobs_footprints(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(const auto jobs, footprint_jobs(args, answer, "jobsFootprints"));
  const JobMetricsQuery query = statistics_query(args, answer);
  TRY(const JobResults results, read_statistics(jobs, query, answer));
  Footprints out;
  for (const std::string& metric : *query.metrics) out.metrics.push_back({metric, {}});
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    add_weights(out.weights, *jobs[i].job, answer.now);
    for (std::size_t m = 0; m < out.metrics.size(); ++m) {
      const bool known = results[i] && (*results[i])[m];
      out.metrics[m].data.push_back(known ? (*results[i])[m]->avg
                                          : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return out;
}

// Adds one job. Jobs that lack one of both metrics add nothing.
Result<void> add_job(Roofline& roofline, const JobVersion& version, JobMetrics& metrics,
                     const Answer& answer) {
  JobMetricsQuery query;
  query.metrics = std::vector<std::string>{"flops_any", "mem_bw"};
  query.scopes = std::vector{schema::MetricScope::node};
  query.max_samples = answer.limits->max_samples;
  query.now = answer.now;
  TRY(const auto found, metrics.read(version, query, answer.reading));
  const schema::ScopedMetric *flops = nullptr, *bandwidth = nullptr;
  for (const archive::JobMetric& metric : found) {
    if (metric.data->scope != schema::MetricScope::node) continue;
    (metric.name == "flops_any" ? flops : bandwidth) = metric.data.get();
  }
  if (flops != nullptr && bandwidth != nullptr) roofline.add(*flops, *bandwidth);
  return {};
}

Roofline::Shape roofline_shape(const Args& args) {
  Roofline::Shape shape;
  shape.rows = args["rows"].integer();
  shape.cols = args["cols"].integer();
  shape.min_x = args.get<double>("minX");
  shape.max_x = args.get<double>("maxX");
  shape.min_y = args.get<double>("minY");
  shape.max_y = args.get<double>("maxY");
  return shape;
}

Result<std::vector<std::vector<double>>> roofline_heatmap(const Args& args,
                                                          const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(const Roofline empty, Roofline::make(roofline_shape(args), answer.limits->max_heatmap_tiles));
  TRY(const auto jobs, footprint_jobs(args, answer, "rooflineHeatmap"));
  TRY(JobMetrics* const metrics, answer.job_metrics());
  Roofline sum = empty;
  std::mutex mutex;  // of sum
  sources::for_each(answer.reading, jobs.size(), [&](std::size_t i) {
    yield_turn();
    if (answer.reading.stop.asked()) return;
    Roofline one = empty;
    const auto added = add_job(one, jobs[i], *metrics, answer);
    if (!added) return metrics->failures().note(name_of(*jobs[i].job), added.error().detail);
    const std::lock_guard lock(mutex);
    sum.add(one);
  });
  if (answer.reading.stop.asked()) return Error{ErrorKind::cancelled, "reading was stopped"};
  return sum.tiles();
}

void bind_job_stats(graphql::Binder& binder) {
  const auto of_job = [](auto member) {
    return [member](const JobStats& stats) -> const auto& { return (*stats.job).*member; };
  };
  binder.type<JobStats>("JobStats")
      .field("id", of_job(&Job::id))
      .field("jobId", [](const JobStats& stats) { return std::to_string(stats.job->job_id); })
      .field("startTime", of_job(&Job::start_time))
      .field("duration", &JobStats::duration)
      .field("cluster", of_job(&Job::cluster))
      .field("subCluster", of_job(&Job::sub_cluster))
      .field("numNodes", of_job(&Job::num_nodes))
      .field("numHWThreads", of_job(&Job::num_hwthreads))
      .field("numAccelerators", of_job(&Job::num_acc))
      .field("stats", &JobStats::stats);
}

void bind_footprints(graphql::Binder& binder) {
  binder.type<Footprints>("Footprints")
      .field("timeWeights", &Footprints::weights)
      .field("metrics", &Footprints::metrics);
  binder.type<TimeWeights>("TimeWeights")
      .field("nodeHours", &TimeWeights::node_hours)
      .field("accHours", &TimeWeights::acc_hours)
      .field("coreHours", &TimeWeights::core_hours);
  binder.type<MetricFootprints>("MetricFootprints")
      .field("metric", &MetricFootprints::metric)
      .field("data", &MetricFootprints::data);
}

}  // namespace

void bind_jobs_metrics(graphql::Binder& binder, const GraphqlConfig& limits) {
  bind_job_stats(binder);
  bind_footprints(binder);
  binder.type<QueryRoot>("Query")
      .concurrent("jobsMetricStats",
                  [](const QueryRoot&, const Args& args, const Context& context) {
                    return expected(jobs_metric_stats(args, context));
                  })
      .concurrent("jobsFootprints",
                  [](const QueryRoot&, const Args& args, const Context& context) {
                    return expected(jobs_footprints(args, context));
                  })
      .concurrent("rooflineHeatmap",
                  [](const QueryRoot&, const Args& args, const Context& context) {
                    return expected(roofline_heatmap(args, context));
                  });
  binder.list_size("Query", "jobsMetricStats", {"", limits.max_stats_jobs, limits.max_stats_jobs});
  binder.list_size("JobStats", "stats", {"", 16, 16});
}

}  // namespace jobledger::httpd
