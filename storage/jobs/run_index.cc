// SPDX-License-Identifier: MIT
#include "storage/jobs/run_index.h"

#include <algorithm>

namespace jobledger::storage::jobs {
namespace {

bool fits(const JobSummary& run, const RunQuery& query) {
  return run.job_id == query.job_id && run.start_time >= query.since &&
         run.start_time <= query.until && (!query.cluster || run.cluster == *query.cluster) &&
         is_of_kind(run, query.kind);
}

}  // namespace

bool is_of_kind(const JobSummary& run, RunKind kind) {
  switch (kind) {
    case RunKind::any:
      return true;
    case RunKind::running:
      return run.state == schema::JobState::running;
    case RunKind::ended:
      return run.state != schema::JobState::running;
    case RunKind::timed_out:
      return run.state == schema::JobState::timeout;
  }
  return false;
}

void RunIndex::put(const JobSummary& run) {
  const Key key{run.job_id, run.cluster, run.start_time};
  for (int kind = 0; kind < kRunKindCount; ++kind) {
    Runs& runs = by_kind_[static_cast<std::size_t>(kind)];
    if (is_of_kind(run, static_cast<RunKind>(kind))) {
      runs.insert_or_assign(key, run);
    } else {
      runs.erase(key);
    }
  }
}

void RunIndex::visit(const RunQuery& query, const VisitRun& visit) const {
  const Runs& runs = by_kind_[static_cast<std::size_t>(query.kind)];
  StringId cluster = query.cluster.value_or(0);
  while (true) {
    auto at = runs.upper_bound({query.job_id, cluster, query.until});
    const Key oldest{query.job_id, cluster, query.since};
    while (at != runs.begin() && !((--at)->first < oldest) && visit(at->second)) {
    }
    const auto next = runs.upper_bound({query.job_id, cluster, INT64_MAX});
    if (query.cluster || next == runs.end() || next->second.job_id != query.job_id) return;
    cluster = next->second.cluster;
  }
}

void visit_runs(std::vector<JobSummary> runs, const RunQuery& query, const VisitRun& visit) {
  std::erase_if(runs, [&](const JobSummary& run) { return !fits(run, query); });
  std::sort(runs.begin(), runs.end(), [](const JobSummary& a, const JobSummary& b) {
    return std::tie(a.cluster, b.start_time) < std::tie(b.cluster, a.start_time);
  });
  std::optional<StringId> left;
  for (const JobSummary& run : runs) {
    if (left != run.cluster && !visit(run)) left = run.cluster;
  }
}

}  // namespace jobledger::storage::jobs
