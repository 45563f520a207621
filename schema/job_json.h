// SPDX-License-Identifier: MIT
// Jobs and their events as JSON: meta.json, start and stop payloads, node states.
//
// Members that we do not know are ignored and reported by name (a newer publisher loses nothing);
// a known member of the wrong type or range is an error with its path ("resources[2].hwthreads[0]:
// expected a 32-bit integer, found "x"").
//
// Events are read kindly where `dropped` is given: then only what identifies (cluster, jobId, start
// and stop time, user, host names) refuses one; other values of no use are left out, and reported.
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

// Values of a known member that were left out: how many, and what was wrong with the last one.
struct DroppedMember {
  std::string name;  // "walltime", "resources.hwthreads"
  std::uint64_t count = 0;
  std::string example;
};
using DroppedMembers = std::vector<DroppedMember>;
void note_dropped(DroppedMembers& dropped, std::string_view name, std::string example);

// A job record. Absent members keep the defaults of Job; whether that is enough is asked of
// check_job(). Members of old archives (stopTime, ...) are known and ignored.
Result<Job> parse_job(std::string_view json, UnknownMembers* unknown = nullptr);

// The same for a start payload: the state is `running` and no index number is known, whatever it
// says; its jobState may be any text. Amounts are not negative.
Result<Job> parse_start_event(std::string_view json, UnknownMembers* unknown = nullptr,
                              DroppedMembers* dropped = nullptr);
// Hardware threads that the resources of one start event may name; more are left out.
constexpr std::size_t kMaxEventHwthreads = 1u << 20;

// The inverse of write_meta_json(): an absent monitoringStatus is 0, and jobState is required.
Result<Job> parse_meta_json(std::string_view json, UnknownMembers* unknown = nullptr);

// The document of meta.json: member order and omissions by docs/formats.md, one newline at the end.
void write_meta_json(std::string& out, const Job& job);

constexpr std::size_t kMaxStateWordBytes = 64;
struct StopEvent {
  std::int64_t job_id = 0;
  std::optional<std::string> cluster;      // absent: any; an empty text counts as absent
  std::optional<std::int64_t> start_time;  // absent: any; 0 counts as absent
  std::int64_t stop_time = 0;              // epoch seconds
  JobState state = JobState::completed;    // never running nor pending
  // The scheduler's own word where it is not the name of `state`, cut to kMaxStateWordBytes.
  std::string scheduler_state;

  bool operator==(const StopEvent&) const = default;
};
// jobId and stopTime are required. The end matters more than its label, so that any word is taken:
// `pending` and `requeued` are `preempted`, a word that names no end is `failed`.
Result<StopEvent> parse_stop_event(std::string_view json, UnknownMembers* unknown = nullptr,
                                   DroppedMembers* dropped = nullptr);

// A node without a name or a list of states is left out; refused when no other is there.
Result<NodeStateEvent> parse_node_state_event(std::string_view json,
                                              UnknownMembers* unknown = nullptr,
                                              DroppedMembers* dropped = nullptr);

}  // namespace jobledger::schema
