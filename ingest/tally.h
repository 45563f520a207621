// SPDX-License-Identifier: MIT
// What became of events, gathered while one batch is applied and counted once it is durable.
#pragma once

#include "ingest/event.h"
#include "storage/events.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace jobledger::ingest {

enum class Outcome : std::uint8_t {
  applied,
  repeat,     // exactly known already: nothing to do
  duplicate,  // another report of a known run: nothing done
  parked,     // a stop that waits for its start
  ignored,    // not meant for us
  refused,    // a command that cannot be done; who submitted it was told
  malformed,  // cannot be applied: a dead letter
};
constexpr int kOutcomeCount = 7;
std::string_view to_string(Outcome outcome);

struct Tally {
  std::array<std::array<std::uint64_t, kOutcomeCount>, kEventKindCount> events{};
  std::array<std::uint64_t, kReasonCount> dead_letters{};
  std::uint64_t messages = 0;
  std::uint64_t repeated_messages = 0;          // delivered again, already applied
  std::uint64_t parked_settled = 0;             // parked stops whose start came
  std::uint64_t parked_dropped = 0;             // ... whose job did not start again
  std::uint64_t nodes_without_sub_cluster = 0;  // reported by the scheduler, in no list of ours
  std::uint64_t marked_overtime = 0;

  void count(EventKind kind, Outcome outcome) {
    ++events[static_cast<std::size_t>(kind)][static_cast<std::size_t>(outcome)];
  }
  void count_dead_letter(Reason reason) { ++dead_letters[static_cast<std::size_t>(reason)]; }
};

// What was made of one event.
struct Verdict {
  Outcome outcome = Outcome::applied;
  Reason reason = Reason::refused;  // of malformed, as is the text
  std::string text;

  static Verdict malformed(Reason reason, std::string text) {
    return {Outcome::malformed, reason, std::move(text)};
  }
};

// Where and when in the log, and what was said there.
struct Place {
  storage::EventOrigin origin;
  std::int64_t time = 0;  // log time, epoch seconds
  std::int64_t sent = 0;  // what the broker says: later than that as long as nothing proves it
  std::string_view subject, text;
};

}  // namespace jobledger::ingest
