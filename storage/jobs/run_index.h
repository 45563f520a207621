// SPDX-License-Identifier: MIT
// The runs of scheduler ids in the order of their starts, so that a few of them are found in
// logarithmic time however many there are. Costs some 300 bytes a run: kept for ids that have many.
//
// Executor: the writer thread.
#pragma once

#include "storage/jobs/row.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace jobledger::storage::jobs {

enum class RunKind : std::uint8_t { any, running, ended, timed_out };
constexpr int kRunKindCount = 4;
bool is_of_kind(const JobSummary& run, RunKind kind);

struct RunQuery {
  std::int64_t job_id = 0;
  RunKind kind = RunKind::any;
  std::int64_t since = INT64_MIN, until = INT64_MAX;  // of the start, both included
  std::optional<StringId> cluster = {};               // absent: all
};

// False: no more runs of that cluster.
using VisitRun = std::function<bool(const JobSummary& run)>;

class RunIndex {
 public:
  // A new run, or the new state of a known one: of two with one (job id, cluster, start) the last.
  void put(const JobSummary& run);
  // Cluster by cluster, newest first.
  void visit(const RunQuery& query, const VisitRun& visit) const;

 private:
  using Key = std::tuple<std::int64_t, StringId, std::int64_t>;  // job id, cluster, start
  using Runs = std::map<Key, JobSummary>;
  std::array<Runs, kRunKindCount> by_kind_;
};

// The same for runs that are in no order.
void visit_runs(std::vector<JobSummary> runs, const RunQuery& query, const VisitRun& visit);

}  // namespace jobledger::storage::jobs
