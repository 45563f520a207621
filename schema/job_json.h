// SPDX-License-Identifier: MIT
// Jobs and their events as JSON: meta.json, start and stop payloads, node states.
//
// Members that we do not know are ignored and reported by name (a newer publisher loses nothing);
// a known member of the wrong type or range is an error with its path ("resources[2].hwthreads[0]:
// expected a 32-bit integer, found \"x\"").
#pragma once

#include "base/result.h"
#include "schema/job.h"
#include "schema/node_state.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::schema {

// Names of ignored members, for counting; at most kMaxUnknownNames, each cut to 64 bytes.
constexpr std::size_t kMaxUnknownNames = 16;
using UnknownMembers = std::vector<std::string>;

// A job record. Absent members keep the defaults of Job; whether that is enough is asked of
// check_job(). Members of old archives (stopTime, ...) are known and ignored.
Result<Job> parse_job(std::string_view json, UnknownMembers* unknown = nullptr);

// The same for a start payload: the state is `running` and no index number is known, whatever it
// says; its jobState may be any text.
Result<Job> parse_start_event(std::string_view json, UnknownMembers* unknown = nullptr);

// The inverse of write_meta_json(): an absent monitoringStatus is 0, and jobState is required.
Result<Job> parse_meta_json(std::string_view json, UnknownMembers* unknown = nullptr);

// The document of meta.json: member order and omissions by docs/formats.md, one newline at the end.
void write_meta_json(std::string& out, const Job& job);

struct StopEvent {
  std::int64_t job_id = 0;
  std::optional<std::string> cluster;      // absent: any; an empty text counts as absent
  std::optional<std::int64_t> start_time;  // absent: any; 0 counts as absent
  std::int64_t stop_time = 0;              // epoch seconds
  JobState state = JobState::completed;    // never running

  bool operator==(const StopEvent&) const = default;
};
// jobId and stopTime are required.
Result<StopEvent> parse_stop_event(std::string_view json, UnknownMembers* unknown = nullptr);

Result<NodeStateEvent> parse_node_state_event(std::string_view json,
                                              UnknownMembers* unknown = nullptr);

}  // namespace jobledger::schema
