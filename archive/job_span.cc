// SPDX-License-Identifier: MIT
#include "archive/job_span.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace jobledger::archive {
namespace {

constexpr std::int64_t kLongestStep = 86'400;

class SpanSearch {
 public:
  SpanSearch(sources::MetricSource& source, sources::MetricQuery query,
             const sources::ReadContext& context)
      : source_(source), query_(std::move(query)), context_(context), step_(common_step(query_)) {
    query_.values = false;
  }

  Result<std::optional<JobSpan>> run(std::int64_t gap);

 private:
  Result<bool> has_samples(std::int64_t from, std::int64_t to);
  Result<std::int64_t> first_step(JobSpan in);
  Result<std::int64_t> end_of_last_step(JobSpan in);
  // In the middle of both, on the grid of `origin`; `low` or `high` when they are close.
  std::int64_t middle(std::int64_t origin, std::int64_t low, std::int64_t high) const {
    return origin + (low + (high - low) / 2 - origin) / step_ * step_;
  }

  sources::MetricSource& source_;
  sources::MetricQuery query_;
  const sources::ReadContext& context_;
  const std::int64_t step_;
};

Result<bool> SpanSearch::has_samples(std::int64_t from, std::int64_t to) {
  query_.from = from;
  query_.to = to;
  TRY(const sources::MetricAnswer answer, source_.read(query_, context_));
  return !answer.data.metrics.empty();
}

// Pre: there is a sample in it.
Result<std::int64_t> SpanSearch::first_step(JobSpan in) {
  const std::int64_t origin = in.from;
  while (in.to - in.from > step_) {
    const std::int64_t half = std::max(middle(origin, in.from, in.to), in.from + step_);
    TRY(const bool before, has_samples(in.from, half));
    (before ? in.to : in.from) = half;
  }
  return in.from;
}

// Pre: there is a sample in it.
Result<std::int64_t> SpanSearch::end_of_last_step(JobSpan in) {
  const std::int64_t origin = in.from;
  while (in.to - in.from > step_) {
    const std::int64_t half = std::max(middle(origin, in.from, in.to), in.from + step_);
    TRY(const bool behind, has_samples(half, in.to));
    (behind ? in.from : in.to) = half;
  }
  return in.to;
}

Result<std::optional<JobSpan>> SpanSearch::run(std::int64_t gap) {
  const JobSpan whole{query_.from, query_.to};
  if (whole.to - whole.from <= 2 * gap) return std::optional(whole);
  JobSpan span = whole;
  TRY(const bool early, has_samples(whole.from, whole.from + gap));
  if (!early) {
    TRY(const bool later, has_samples(whole.from + gap, whole.to));
    if (!later) return std::optional<JobSpan>();
    TRY(span.from, first_step({whole.from, whole.to}));
  }
  TRY(const bool late, has_samples(whole.to - gap, whole.to));
  if (late) return std::optional(span);
  TRY(span.to, end_of_last_step(span));
  return std::optional(span);
}

}  // namespace

std::int64_t common_step(const sources::MetricQuery& query) {
  std::int64_t step = 1;
  for (const std::string& name : query.metrics) {
    const schema::MetricConfig* metric = query.find_metric(name, query.sub_cluster);
    if (metric == nullptr || metric->timestep < 1) continue;
    step = std::min(std::lcm(step, std::int64_t{metric->timestep}), kLongestStep);
  }
  return step;
}

Result<std::optional<JobSpan>> find_span(sources::MetricSource& source,
                                         const sources::MetricQuery& query,
                                         const sources::ReadContext& context,
                                         std::chrono::seconds max_gap) {
  return SpanSearch(source, query, context).run(max_gap.count());
}

}  // namespace jobledger::archive
