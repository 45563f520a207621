// SPDX-License-Identifier: MIT
// From when to when a job was measured. A start long before the first sample (a wrong clock, a
// database that keeps a week) or an end long after the last one would make a file of gaps.
//
// A job that has a sample in its first and in its last Config::max_gap_at_ends is taken from its
// start to its end, as nearly every job is. Else it begins at its first sample, or ends at its
// last, on the grid that its start gives, for all metrics and hosts alike.
// Executor: any thread; asks the source for statistics, never for samples.
#pragma once

#include "base/result.h"
#include "sources/metric_source.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace jobledger::archive {

struct JobSpan {
  std::int64_t from = 0, to = 0;  // epoch seconds, [from, to)

  bool operator==(const JobSpan&) const = default;
};

// Nothing: no sample is there at all. A job that is not longer than two such gaps is not asked for.
Result<std::optional<JobSpan>> find_span(sources::MetricSource& source,
                                         const sources::MetricQuery& query,
                                         const sources::ReadContext& context,
                                         std::chrono::seconds max_gap);

// Time after which the steps of all metrics of the query begin anew; at most a day.
std::int64_t common_step(const sources::MetricQuery& query);

}  // namespace jobledger::archive
