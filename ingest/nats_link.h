// SPDX-License-Identifier: MIT
// One connection to the broker, in values of our own: the door to the NATS library.
//
// Operation: open() starts to connect and returns; the library tries for ever and reconnects by
// itself. Should it give up (it does on repeated authentication errors), on_state hears `closed`
// and a new link is needed. A subscription made here outlives reconnections.
// Threads: each subscription has a thread of the library's, on which its handler runs, one message
// after the other; a handler may block, the broker's messages then queue up to the limit given.
// on_state runs on another such thread and must not block. Everything else: any thread; requests
// block up to the request timeout.
// Lifetime: close() before destruction; afterwards no handler runs any more. The library's late
// callbacks find a state object that is never freed while the process lives.
#pragma once

#include "base/result.h"
#include "ingest/config.h"
#include "ingest/jetstream.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

struct InMessage {
  std::shared_ptr<const void> bytes;  // keeps the views alive
  std::string_view subject, reply, payload;
  int status = 0;                   // of JetStream: 100, 404, 408, 409, 503; 0: a message
  std::string_view description;     // of the status
  std::uint64_t unsent = 0;         // 408, 409: messages of the pull that were not sent
  std::uint64_t last_consumer = 0;  // 100: last consumer sequence that was sent
};

enum class LinkState : std::uint8_t { connected, disconnected, closed };

// What JetStream answered.
enum class Answer : std::uint8_t { ok, not_found, no_jetstream, failed };

struct StreamAnswer {
  Answer answer = Answer::failed;
  StreamFacts facts;
  std::vector<std::string> subjects;
  std::string problem;  // unless ok
};

class NatsLink {
 public:
  using Handler = std::function<void(InMessage)>;
  using OnState = std::function<void(LinkState)>;

  static Result<std::unique_ptr<NatsLink>> open(const NatsConfig& config, OnState on_state);
  ~NatsLink();

  std::string new_inbox() const;
  // What may queue; further messages are lost. 0: any number.
  struct PendingLimits {
    std::size_t messages = 0, bytes = 0;
  };
  Result<int> subscribe(const std::string& subject, Handler handler, PendingLimits pending);
  void unsubscribe(int subscription);
  std::size_t queued(int subscription) const;  // messages waiting for the handler
  std::uint64_t lost(int subscription) const;  // messages beyond its limits

  // Hands over to the library, which sends as soon as it can.
  Result<void> publish(const std::string& subject, const std::string& reply,
                       std::string_view payload);
  // Waits until the broker has what was published.
  Result<void> flush();
  // Waits for the stream's word that it has the message.
  Result<void> publish_durable(const std::string& subject, std::string_view payload);

  StreamAnswer find_stream(const std::string& stream);
  // A file-backed stream with these subjects, or the existing one with these subjects instead of
  // its own.
  StreamAnswer make_stream(const StreamConfig& config, const std::vector<std::string>& subjects);
  StreamAnswer set_subjects(const std::string& stream, const std::vector<std::string>& subjects);
  Result<void> make_consumer(const StreamConfig& config, std::uint64_t start_sequence);
  // Messages that the consumer has not sent yet.
  Result<std::uint64_t> find_pending(const std::string& stream, const std::string& consumer);
  Result<void> delete_consumer(const std::string& stream, const std::string& consumer);

  // Ends the connection; returns when no handler runs.
  void close();

  // To be called at the end of every thread that used a link: the library keeps memory per thread.
  static void release_thread_memory();

 private:
  struct Impl;
  explicit NatsLink(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace jobledger::ingest
