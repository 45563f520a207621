// SPDX-License-Identifier: MIT
// What a message of the log means: the domain events, decoded but not yet applied.
#pragma once

#include "schema/job.h"
#include "schema/job_json.h"
#include "storage/events.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jobledger::ingest {

enum class EventKind : std::uint8_t { start_job, stop_job, node_state, command, other };
constexpr int kEventKindCount = 5;
std::string_view to_string(EventKind kind);

// Why something became a dead letter, for counting; the letter itself says it in words.
enum class Reason : std::uint8_t {
  syntax,             // no line protocol
  envelope,           // tags or fields of the line are not those of an event
  payload,            // the event's JSON
  refused,            // a well-formed event that breaks a rule of the domain
  already_stopped,    // a second stop that contradicts the first
  stop_before_start,  // it ends before it began
  no_start,           // a stop whose start did not come in time
  not_parked,         // a stop without a start, and too many of them wait already
  command,            // not a command that we know
  too_large,
  storage,  // what it refers to cannot be read
};
constexpr int kReasonCount = 11;
std::string_view to_string(Reason reason);

struct StartJob {
  schema::Job job;  // checked: the sub-cluster is set
};

struct StopJob {
  schema::StopEvent stop;
};

struct NodeStates {
  std::string cluster;
  std::vector<storage::NodeState> nodes;
};

struct Command {
  enum class Verb : std::uint8_t { dead_letter_retry, dead_letter_drop };
  std::string id;  // who submitted it waits for this; may be empty
  Verb verb = Verb::dead_letter_drop;
  std::int64_t dead_letter = 0;
};

// A piece of the message that is no event.
struct Malformed {
  Reason reason = Reason::syntax;
  std::string text;  // for people: what and where
};

struct Ignored {};  // a line that is well-formed but none of our business

struct Event {
  std::uint32_t line = 0;  // in the message, from 0
  EventKind kind = EventKind::other;
  std::string_view text;  // the line as received; valid as long as the message
  std::variant<Ignored, StartJob, StopJob, NodeStates, Command, Malformed> what;
};

}  // namespace jobledger::ingest
