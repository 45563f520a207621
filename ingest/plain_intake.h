// SPDX-License-Identifier: MIT
// The receiving end without JetStream: plain subscriptions to the subjects. What is published while
// nobody listens is lost, and so is what exceeds the limits of waiting.
//
// Executor: the control thread; messages are delivered on the library's threads, one at a time.
#pragma once

#include "base/log.h"
#include "ingest/config.h"
#include "ingest/nats_link.h"
#include "ingest/source.h"

#include <cstdint>
#include <mutex>
#include <vector>

namespace jobledger::ingest {

class PlainIntake {
 public:
  PlainIntake(StreamConfig config, LimitsConfig limits, Source::Deliver deliver);

  bool active() const { return !subscriptions_.empty(); }
  void start(NatsLink& link);  // does nothing while active
  void forget();               // the link has ended, and the subscriptions with it
  std::uint64_t take_lost(const NatsLink& link);  // messages lost since the last call

 private:
  void on_message(InMessage message);

  const StreamConfig config_;
  const LimitsConfig limits_;
  const Source::Deliver deliver_;
  std::vector<int> subscriptions_;
  std::uint64_t lost_ = 0;  // as last counted
  LogGate gate_;

  std::mutex mutex_;  // held while a message is delivered; guards the rest
  std::uint64_t sequence_ = 0;
  std::int64_t created_ = 0;
};

}  // namespace jobledger::ingest
