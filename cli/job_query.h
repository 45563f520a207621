// SPDX-License-Identifier: MIT
// What `jobledger jobs` and `jobledger job` ask, as GraphQL requests. Pure.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::cli {

struct JobSelection {
  std::vector<std::string> users, projects, clusters, partitions, states;  // any of each
  std::string node;                                                        // exact host name
  std::string name;  // a part of the job's name
  std::optional<std::int64_t> job_id;
  std::optional<std::int64_t> since, until;  // start time, epoch seconds, inclusive
};

// A moment: "2h", "7d" (so long before `now`), "2026-01-21", "2026-01-21 06:30[:00]" (local time),
// or "2026-01-21T06:30:00Z".
Result<std::int64_t> parse_moment(std::string_view text, std::int64_t now);

std::string format_utc(std::int64_t seconds);  // RFC 3339

// The request body of the list, newest start first.
std::string list_request(const JobSelection& selection, std::uint32_t limit);
// With everything that is known of each job.
std::string detail_request(const JobSelection& selection, std::uint32_t limit);

}  // namespace jobledger::cli
