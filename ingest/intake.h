// SPDX-License-Identifier: MIT
// The receiving end of one attachment to a stream: turns single messages of the consumer into
// batches, asks for more in time, and notices when something is missing or is not what we read.
//
// Executor: on_message() on the subscription's thread, the rest from the control thread; a mutex
// between them, never held while a batch is delivered.
// Lifetime: held by shared_ptr; acknowledgements of late commits keep it alive. Its link is closed
// before it goes.
#pragma once

#include "ingest/config.h"
#include "ingest/jetstream.h"
#include "ingest/nats_link.h"
#include "ingest/source.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace jobledger::ingest {

class Intake : public std::enable_shared_from_this<Intake> {
 public:
  using Clock = std::chrono::steady_clock;
  // Called from the subscription's thread when only attaching anew helps. Must not block.
  using Alarm = std::function<void(std::string why)>;

  Intake(StreamConfig config, LimitsConfig limits, Source::Deliver deliver, Alarm alarm);

  // Subscribes to an inbox of the link. Once.
  Result<void> open(std::shared_ptr<NatsLink> link);
  // Accepts what the new consumer sends, and asks for it. Once.
  void accept(const StreamFacts& stream, const StartPoint& start);
  // The first message that the stream still has: marks before it are not needed.
  void set_first_sequence(std::uint64_t sequence) { first_sequence_ = sequence; }

  // How long nothing came though pulls are open; 0 while we are busy. Of any kind, or messages.
  Clock::duration silence() const { return since(last_heard_); }
  Clock::duration idleness() const { return since(last_data_); }
  std::uint64_t last_sequence() const { return last_sequence_; }  // received, of the stream
  std::uint64_t take_missing();  // messages passed over since the last call
  // The stream has another message than the one that reading was to go on behind.
  bool is_other() const { return other_; }
  // The mark of the message that reading was to go on behind, if it was looked for.
  const std::optional<storage::StreamMark>& expected() const { return expected_; }
  const std::string& inbox() const { return inbox_; }

 private:
  void on_message(InMessage message);
  void on_status(const InMessage& message);
  void on_data(InMessage& message);
  void pull();
  void raise(std::string why);
  bool is_expected(const RawMessage& message);
  Clock::duration since(const std::atomic<Clock::rep>& moment) const;
  std::function<void()> make_settle(std::string ack_subject);
  std::optional<RawBatch> take_batch();

  const StreamConfig config_;
  const LimitsConfig limits_;
  const Source::Deliver deliver_;
  const Alarm alarm_;
  std::shared_ptr<NatsLink> link_;
  std::string inbox_;
  std::atomic<int> subscription_{0};
  std::atomic<Clock::rep> last_heard_{0}, last_data_{0};
  std::atomic<std::uint64_t> last_sequence_{0};
  std::atomic<bool> delivering_{false}, other_{false};
  std::atomic<std::uint64_t> first_sequence_{0};

  mutable std::mutex mutex_;
  bool accepting_ = false;
  StreamFacts stream_;
  std::uint32_t epoch_ = 0;
  std::optional<storage::StreamMark> expected_;  // set once, before the first message
  bool is_first_ = true;                         // the next message
  SequenceGuard guard_;
  PullWindow window_;
  bool large_next_ = false;  // the next message is larger than a pull of the usual size may bring
  std::uint64_t pulls_ = 0;
  std::uint64_t missing_taken_ = 0;
  struct Held;
  std::shared_ptr<Held> held_;  // bytes of the batch being filled
  RawBatch batch_;
  std::size_t batch_bytes_ = 0;
  std::string ack_subject_;  // of its last message
};

}  // namespace jobledger::ingest
