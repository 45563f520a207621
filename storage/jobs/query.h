// SPDX-License-Identifier: MIT
// Filter, order, page and count over a View: pure functions of one state of the table.
//
// Executor: any thread; long scans look at the stop flag at every segment.
#pragma once

#include "base/result.h"
#include "schema/job.h"
#include "storage/jobs/row.h"
#include "storage/jobs/table.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage::jobs {

// Case: eq, neq, in are exact; the others ignore ASCII case. No wildcards. Texts that a job does
// not have match neq only.
struct StringMatch {
  enum class Kind : std::uint8_t { eq, neq, starts_with, ends_with, contains, in } kind = Kind::eq;
  std::vector<std::string> values;  // one, for `in` any number (none: nothing matches)
};

// Inclusive on both sides; an absent side is open.
template <class T>
struct Range {
  std::optional<T> from, to;
};

struct FootprintRange {
  std::string key;  // "<metric>_<avg|min|max>"; jobs without that key never match
  Range<double> range;
};

// Job name "interactive", or any other or none.
enum class Schedule : std::uint8_t { interactive, batch };

// All members that are set must hold; several filters given together must all hold.
struct JobFilter {
  std::optional<std::vector<std::int64_t>> ids;      // any of; empty: nothing
  std::optional<std::vector<std::int64_t>> tag_ids;  // carries at least one of; empty: nothing
  // On the decimal text; eq, neq and in compare as numbers, and what is no number equals no job's.
  std::optional<StringMatch> job_id;
  std::optional<StringMatch> user, project, cluster, sub_cluster, partition;
  std::optional<StringMatch> job_name;  // jobs without a name match neq only
  // Some host matches; neq: no host equals the value.
  std::optional<StringMatch> node;
  std::optional<std::int64_t> array_job_id;
  Range<std::int64_t> duration;  // live: running jobs count up to `now`
  Range<std::int64_t> num_nodes, num_acc, num_hwthreads;
  Range<double> energy;
  Range<std::int64_t> start_time;                       // epoch seconds
  std::optional<std::vector<schema::JobState>> states;  // any of; empty: nothing
  std::optional<schema::Sharing> shared;
  std::optional<Schedule> schedule;
  std::vector<FootprintRange> footprint;
};

enum class OrderColumn : std::uint8_t {
  id,
  job_id,
  start_time,
  duration,
  walltime,
  num_nodes,
  num_acc,
  num_hwthreads,
  smt,
  energy,
  cluster,
  sub_cluster,
  partition,
  project,
  user,
  state,
  shared,
  monitoring_status,
  array_job_id,
};
// Column by the names clients use ("startTime", "start_time", "numHwthreads", "hpcUser", "user",
// ...): case and underscores do not count.
std::optional<OrderColumn> parse_order_column(std::string_view name);

// Ties are broken by id in the same direction; without an order: id ascending. Texts, the state and
// the sharing among them, are ordered bytewise. Jobs without the footprint key come first
// ascending, last descending.
struct Order {
  OrderColumn column = OrderColumn::id;
  std::string footprint_key;  // set: order by this instead of the column
  bool descending = false;
};

struct PageSpec {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> limit = 50;  // nullopt: all
  bool want_count = true;                   // else count stays nullopt where that saves work
};

struct JobPage {
  std::vector<JobRef> items;
  std::optional<std::uint64_t> count;  // all matches, whatever the page
  bool has_next = false;
};

// Fails with `cancelled` when *stop became true. `now`: epoch seconds, for live durations.
Result<JobPage> find_jobs(const View& view, const std::vector<JobFilter>& filters,
                          const Order& order, const PageSpec& page, std::int64_t now,
                          const std::atomic<bool>* stop = nullptr);

// Distinct partitions of a cluster's jobs, sorted; jobs without one add nothing.
std::vector<std::string> partitions_of(const View& view, std::string_view cluster);

struct AllocatedNodes {
  std::string sub_cluster;
  std::uint64_t count = 0;  // distinct hosts of running jobs
};
// By sub-cluster, sorted; sub-clusters without running jobs are absent.
std::vector<AllocatedNodes> allocated_nodes(const View& view, std::string_view cluster);

}  // namespace jobledger::storage::jobs
