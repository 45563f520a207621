// SPDX-License-Identifier: MIT
// Where events come from: an ordered log that is followed from a position of ours, batch by batch.
//
// Operation: start() makes the source look for the log, ask `memory` how far it is applied, and
// call `deliver` with everything behind that, in order. After a lost connection or a hole it asks
// again and goes on from there; messages may be delivered twice, none is left out. Where the log
// itself lost what we had read, it goes on behind the last message that both have, in a new epoch.
// deliver() may block for as long as it likes: that is how the log is held back. Executor:
// deliver() runs on a thread of the source, never on two at once. Lifetime: stop() returns when no
// callback runs any more; a stopped source stays stopped.
#pragma once

#include "base/result.h"
#include "ingest/status.h"
#include "storage/events.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

struct RawMessage {
  std::uint64_t sequence = 0;  // in the stream
  std::int64_t time = 0;       // log time: when the log took it, ns since the epoch
  std::string_view subject;
  std::string_view payload;
};

struct RawBatch {
  std::string stream;
  std::int64_t created = 0;  // the stream's creation, ns; plain subjects: when we subscribed
  bool durable = true;       // false: plain subjects, there is no position to keep
  // Another one than the stored position's: its numbers name other messages now.
  std::uint32_t epoch = 0;
  std::uint64_t first_sequence = 0;   // that the stream still has, as last heard
  std::vector<RawMessage> messages;   // ascending sequence, at least one
  std::shared_ptr<const void> bytes;  // keeps subjects and payloads alive
  std::function<void()> settle;       // to be called once, when the effects are durable
};

// The last sequence of the batch's stream that is applied already, if this is the position; 0:
// none.
std::uint64_t applied_before(const RawBatch& batch,
                             const std::optional<storage::StreamPosition>& position);

// What is known of a stream from before. `unavailable`: what was delivered is not durable yet.
struct StreamMemory {
  std::function<Result<std::optional<storage::StreamPosition>>(std::string_view stream)> position;
  // Ascending, those before the position.
  std::function<Result<std::vector<storage::StreamMark>>(std::string_view stream)> marks;
};

class Source {
 public:
  using Deliver = std::function<void(RawBatch)>;

  virtual ~Source() = default;
  virtual void start(Deliver deliver, StreamMemory memory) = 0;
  virtual void stop() = 0;
  virtual SourceStatus status() const = 0;
};

// The other direction, for commands: into the same log.
class CommandPublisher {
 public:
  virtual ~CommandPublisher() = default;
  // Success: the log has it. `unavailable`: it is not known to have it. Executor: any thread; does
  // not wait. `done` is called once, on another thread.
  virtual void publish(std::string payload, std::function<void(Result<void>)> done) = 0;
};

}  // namespace jobledger::ingest
