// SPDX-License-Identifier: MIT
// What JetStream says on the wire, and what we conclude from it: pure values and small automata,
// without a connection.
#pragma once

#include "base/result.h"
#include "storage/events.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

// Settings by which a stream loses what it took, though nobody has read it.
struct StreamWeakness {
  bool in_memory = false;            // gone when the broker restarts
  bool by_interest = false;          // kept only for consumers that are there
  bool work_queue = false;           // gone once somebody else acknowledged it
  bool without_ack = false;          // publishers do not hear whether it was taken
  bool discards_new = false;         // refuses what is new when it is full
  std::int64_t max_per_subject = 0;  // <= 0: not limited
};
// What to tell people about it, one sentence each.
std::vector<std::string> describe_weakness(const StreamWeakness& weakness);

// Where to start reading.
struct StartPoint {
  enum class Why : std::uint8_t {
    fresh,      // nothing was applied of this stream
    resumed,    // behind our position
    recreated,  // another stream of the same name: from its beginning
    rewound,    // the same stream has not the messages that we read: from its beginning
  } why = Why::fresh;
  std::uint64_t sequence = 1;
  std::uint64_t missed = 0;  // messages between our position and the stream's first
  std::uint32_t epoch = 1;   // of what is read from there on
  // Reading begins with the last message that we have, to see that it is still the same.
  std::optional<storage::StreamMark> expected;
  bool is_unproven = false;  // it, or its mark, is gone: nobody knows whether it is the same
};
// `is_other`: the stream is known to have another message at our position.
StartPoint choose_start(const std::optional<storage::StreamPosition>& position,
                        const StreamFacts& stream, bool is_other = false);

// The mark of a message as the stream has it; nothing: it has none with that number.
using ReadMark = std::function<Result<std::optional<storage::StreamMark>>(std::uint64_t sequence)>;
// The last of our marks, ascending, that the stream has too. What it lost, it lost from some
// message on: about log2 of the marks are read. Nothing: none is the same.
Result<std::optional<storage::StreamMark>> find_last_match(
    std::span<const storage::StreamMark> marks, const StreamFacts& stream, const ReadMark& read);

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
