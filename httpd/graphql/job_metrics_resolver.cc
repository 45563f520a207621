// SPDX-License-Identifier: MIT
// The metrics of one job: jobMetrics, jobStats, scopedJobStats.
#include "httpd/graphql/answer.h"
#include "httpd/graphql/bindings.h"
#include "httpd/graphql/metric_fields.h"

#include <utility>

namespace jobledger::httpd {
using archive::JobMetric;
using archive::JobMetrics;
using archive::JobMetricsQuery;
using archive::JobVersion;
using graphql::Args;
using graphql::Context;

namespace {

JobMetricsQuery make_query(const Args& args, const Answer& answer) {
  JobMetricsQuery query;
  query.metrics = text_list(args["metrics"]);
  query.scopes = scope_list(args["scopes"]);
  query.max_samples = answer.limits->max_samples;
  query.now = answer.now;
  return query;
}

Result<std::vector<JobMetric>> job_metrics(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(const JobVersion version, answer.get_job(args["id"].string()));
  TRY(JobMetrics* const metrics, answer.job_metrics());
  JobMetricsQuery query = make_query(args, answer);
  MetricWish wish = metric_wish(context, "", wanted_resolution(args["resolution"], answer));
  query.presentation = std::move(wish.presentation);
  query.values = wish.values;
  return metrics->read(version, query, answer.reading);
}

Result<JobMetrics::Notes> job_metric_notes(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(const JobVersion version, answer.get_job(args["id"].string()));
  TRY(JobMetrics* const metrics, answer.job_metrics());
  return metrics->notes(version, answer.now, answer.reading);
}

Result<std::vector<NamedStats>> job_stats(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(const JobVersion version, answer.get_job(args["id"].string()));
  TRY(JobMetrics* const metrics, answer.job_metrics());
  const JobMetricsQuery query = make_query(args, answer);
  TRY(const auto statistics, metrics->statistics(*version.job, query, answer.reading));
  return named_stats(query, statistics);
}

// Of archived jobs clients get everything, whatever they ask for; of live ones what both arguments
// name.
Result<std::vector<ScopedMetricStats>> scoped_job_stats(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(const JobVersion version, answer.get_job(args["id"].string()));
  TRY(JobMetrics* const metrics, answer.job_metrics());
  JobMetricsQuery query = make_query(args, answer);
  query.values = false;
  std::vector<ScopedMetricStats> stats;
  const bool live = JobMetrics::is_live(*version.job);
  if (live && (!query.metrics || !query.scopes)) return stats;
  if (!live) {
    query.metrics.reset();
    query.scopes.reset();
  }
  TRY(auto found, metrics->read(version, query, answer.reading));
  for (JobMetric& metric : found) stats.push_back({std::move(metric), live});
  return stats;
}

}  // namespace

void bind_job_metrics(graphql::Binder& binder) {
  binder.type<sources::ReadNote>("MetricNote")
      .field("metric", &sources::ReadNote::metric)
      .field("text", &sources::ReadNote::text);
  binder.type<QueryRoot>("Query")
      .concurrent("jobMetrics",
                  [](const QueryRoot&, const Args& args, const Context& context) {
                    return expected(job_metrics(args, context));
                  })
      .concurrent("jobMetricNotes",
                  [](const QueryRoot&, const Args& args, const Context& context) {
                    return expected(job_metric_notes(args, context));
                  })
      .concurrent("jobStats",
                  [](const QueryRoot&, const Args& args, const Context& context) {
                    return expected(job_stats(args, context));
                  })
      .concurrent("scopedJobStats", [](const QueryRoot&, const Args& args, const Context& context) {
        return expected(scoped_job_stats(args, context));
      });
  constexpr std::size_t kMetrics = 40;  // of a cluster, about
  for (const char* field : {"jobMetrics", "jobStats", "scopedJobStats"})
    binder.list_size("Query", field, {"metrics", kMetrics, kMetrics});
}

}  // namespace jobledger::httpd
