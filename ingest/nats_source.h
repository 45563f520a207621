// SPDX-License-Identifier: MIT
// A stream of the log, as NATS JetStream keeps it.
//
// Operation: one thread of its own (control) opens a connection, attaches to the stream and watches
// over it. To attach: look at the stream (make it, if allowed), ask how far we are, delete the
// durable consumer and make it anew there, then pull. The position is ours: the broker's consumer
// is only a cursor, and its acknowledgements are for people and limits. Reading begins with the
// last message that we have: where that is another one now, the broker lost messages, and reading
// begins behind the last mark that it still has (progress.h). Whatever looks wrong (a lost
// connection, a refused login, a hole in the sequence, silence, a deleted consumer) leads to the
// same: a new connection, and attach again. The tries go on for ever, and status() says why. A
// broker without JetStream is followed by plain subscriptions, loudly: what is published while
// nobody listens is lost then. It is asked again and again whether it has JetStream now.
// Threads: control, one for a try to connect (nats_dial.h), one for commands to be published if the
// stream takes any, and the library's delivery threads, which call deliver(). stop() interrupts
// whatever they wait for.
// Deliberately absent: natsSubscription_Fetch (overflows in 3.4, docs/traps.md).
#pragma once

#include "ingest/config.h"
#include "ingest/source.h"

#include <memory>

namespace jobledger::ingest {

class NatsSource : public Source, public CommandPublisher {
 public:
  NatsSource(NatsConfig nats, StreamConfig config, LimitsConfig limits);
  ~NatsSource() override;

  void start(Deliver deliver, StreamMemory memory) override;
  void stop() override;
  SourceStatus status() const override;

  void publish(std::string payload, std::function<void(Result<void>)> done) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace jobledger::ingest
