// SPDX-License-Identifier: MIT
// What JetStream says on the wire, and what we conclude from it: pure values and small automata,
// without a connection.
#pragma once

#include "storage/events.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jobledger::ingest {

// The reply subject of a delivered message, "$JS.ACK.<stream>.<consumer>.<delivered>.<stream
// sequence>.<consumer sequence>.<time>.<pending>", also with domain and account in front.
struct AckSubject {
  std::string_view stream, consumer;
  std::uint64_t delivered = 0;  // how often
  std::uint64_t stream_sequence = 0, consumer_sequence = 0;
  std::int64_t time = 0;      // ns since the epoch
  std::uint64_t pending = 0;  // behind this one in the stream
};
std::optional<AckSubject> parse_ack_subject(std::string_view subject);

struct PullRequest {
  std::size_t batch = 1;
  std::chrono::milliseconds expires{0}, heartbeat{0};
  std::size_t max_bytes = 0;  // 0: not limited
};
std::string format_pull_request(const PullRequest& request);

// What we know of a stream before we attach to it.
struct StreamFacts {
  std::int64_t created = 0;  // ns since the epoch
  std::uint64_t first_sequence = 0, last_sequence = 0;
};

// Where to start reading.
struct StartPoint {
  enum class Why : std::uint8_t {
    fresh,      // nothing was applied of this stream
    resumed,    // behind our position
    recreated,  // another stream of the same name: from its beginning
    rewound,    // the same stream ends before our position: from its beginning
  } why = Why::fresh;
  std::uint64_t sequence = 1;
  std::uint64_t missed = 0;  // messages between our position and the stream's first
  std::uint32_t epoch = 1;   // of what is read from there on
};
StartPoint choose_start(const std::optional<storage::StreamPosition>& position,
                        const StreamFacts& stream);

// Whether delivered messages follow each other without a hole.
class SequenceGuard {
 public:
  enum class Verdict : std::uint8_t { next, repeated, hole };

  // `start`: the stream sequence asked for.
  void reset(std::uint64_t start);
  Verdict check(const AckSubject& message);
  // Of an idle heartbeat: false when messages were sent that did not arrive.
  bool check_idle(std::uint64_t last_consumer_sequence) const;

  // Stream sequences passed over since the reset: removed from the stream before they were sent.
  std::uint64_t missing() const { return missing_; }

 private:
  std::uint64_t consumer_ = 0, stream_ = 0, missing_ = 0;
};

// How many messages are asked for and still to come; says when to ask again.
class PullWindow {
 public:
  PullWindow(std::size_t batch, std::size_t pulls) : batch_(batch), pulls_(pulls) {}

  void reset() { credits_ = 0; }
  bool wants_pull() const { return credits_ + batch_ <= batch_ * pulls_; }
  void pulled(std::uint64_t messages) { credits_ += messages; }
  void received() { ended(1); }
  // A pull ended with that many messages not sent.
  void ended(std::uint64_t unsent) { credits_ -= unsent < credits_ ? unsent : credits_; }
  std::uint64_t credits() const { return credits_; }

 private:
  std::uint64_t batch_, pulls_, credits_ = 0;
};

}  // namespace jobledger::ingest
