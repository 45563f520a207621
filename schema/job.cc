// SPDX-License-Identifier: MIT
#include "schema/job.h"

#include "schema/enum_names.h"

#include <algorithm>
#include <array>

namespace jobledger::schema {
namespace {

constexpr std::array<std::string_view, kJobStateCount> kJobStates = {
    "boot_fail",     "cancelled", "completed", "deadline", "failed",    "node_fail",
    "out_of_memory", "pending",   "preempted", "running",  "suspended", "timeout"};

constexpr std::array<std::string_view, 3> kSharings = {"none", "single_user", "multi_user"};

}  // namespace

std::string_view to_string(JobState state) {
  return kJobStates.at(static_cast<std::size_t>(state));
}

std::optional<JobState> parse_job_state(std::string_view text) {
  return find_enum<JobState>(kJobStates, text);
}

std::string_view to_string(Sharing sharing) {
  return kSharings.at(static_cast<std::size_t>(sharing));
}

std::optional<Sharing> parse_sharing(std::string_view text) {
  return find_enum<Sharing>(kSharings, text);
}

std::string_view Job::meta(std::string_view key) const {
  if (!meta_data) return {};
  const auto found = std::lower_bound(
      meta_data->begin(), meta_data->end(), key,
      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (found == meta_data->end() || found->first != key) return {};
  return found->second;
}

}  // namespace jobledger::schema
