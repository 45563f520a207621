// SPDX-License-Identifier: MIT
// How ingest is doing, for readiness and for people.
#pragma once

#include "ingest/refusal.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

enum class SourceMode : std::uint8_t {
  stopped,
  connecting,          // no connection to the broker
  waiting_for_stream,  // connected, but the stream is not there
  following,           // pulling from the stream
  plain,               // the broker has no JetStream: what it sends while we are away is lost
};
std::string_view to_string(SourceMode mode);

struct SourceStatus {
  SourceMode mode = SourceMode::stopped;
  bool connected = false;
  std::string stream;
  std::uint64_t last_sequence = 0;  // the stream's end, as last heard
  std::uint64_t reconnects = 0;
  std::uint64_t missed_messages = 0;     // gone from the stream before we saw them
  std::uint64_t rewinds = 0;             // the stream had lost messages that we had read
  std::uint64_t unproven_resumes = 0;    // nobody knows whether it had: the message is gone
  std::chrono::seconds out_of_reach{0};  // since when neither following nor plain; 0 when it is
  std::string problem;                   // why not; empty when all is well
  std::vector<std::string> warnings;     // what may lose messages all the same
};

struct Status {
  SourceStatus source;
  std::uint64_t position = 0;  // last stream sequence applied and durable
  std::uint64_t lag = 0;       // messages between position and the stream's end
  std::string held_up;         // what the log waits for, a name; empty: for nothing
};

struct MetricStatus : Status {
  double samples_per_second = 0;                       // stored, over the last minute
  std::array<std::uint64_t, kRefusalCount> refused{};  // samples, by Refusal, since the start
  std::array<std::uint64_t, kUnmatchedKindCount> unmatched{};  // names kept, by UnmatchedKind
};

}  // namespace jobledger::ingest
