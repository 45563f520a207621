// SPDX-License-Identifier: MIT
// One connection to the broker, in values of our own: the door to the NATS library.
//
// Operation: open() connects, once. A link that was lost is not repaired: on_lost hears why, and a
// new one is needed. (The library would give up on a broker that refuses the login for a while.)
// Threads: each subscription has a thread of the library's, on which its handler runs, one message
// after the other; a handler may block, the broker's messages then queue up to the limit given.
// on_lost runs on another such thread and must not block. Everything else: any thread; requests
// block up to the request timeout. open() may wait for ever on a broker that does not finish a TLS
// handshake, or for the resolver of names: see nats_dial.h.
// Lifetime: close() before destruction; afterwards no handler runs any more. The library's late
// callbacks find nothing then.
#pragma once

#include "base/result.h"
#include "ingest/config.h"
#include "ingest/jetstream.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

// What JetStream answered.
enum class Answer : std::uint8_t { ok, not_found, no_jetstream, failed };

struct StreamAnswer {
  Answer answer = Answer::failed;
  StreamFacts facts;
  std::vector<std::string> subjects;
  StreamWeakness weakness;
  std::string problem;  // unless ok
};

class NatsLink {
 public:
  using Handler = std::function<void(InMessage)>;
  using OnLost = std::function<void(std::string why)>;

  static Result<std::unique_ptr<NatsLink>> open(const NatsConfig& config, OnLost on_lost);
  ~NatsLink();

  // What the broker said last that we may not do on this link; empty: nothing.
  std::string refusal() const;

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
  // Waits until the broker has answered all that came before.
  Result<void> flush();
  // Waits for the stream's word that it has the message.
  Result<void> publish_durable(const std::string& subject, std::string_view payload);

  StreamAnswer find_stream(const std::string& stream);
  // Of the message with that number; nothing: the stream has none.
  Result<std::optional<storage::StreamMark>> read_mark(const std::string& stream,
                                                       std::uint64_t sequence);
  // A file-backed stream with these subjects, or the existing one with these subjects instead of
  // its own.
  StreamAnswer make_stream(const StreamConfig& config, const std::vector<std::string>& subjects);
  StreamAnswer set_subjects(const std::string& stream, const std::vector<std::string>& subjects);
  Result<void> make_consumer(const StreamConfig& config, std::uint64_t start_sequence);
  // Messages that the consumer has not sent yet.
  Result<std::uint64_t> find_pending(const std::string& stream, const std::string& consumer);
  Result<void> delete_consumer(const std::string& stream, const std::string& consumer);

  // Ends the connection: requests that wait are answered at once. Handlers may still run.
  void interrupt();
  // interrupt(), and returns when no handler runs.
  void close();

  // To be called at the end of every thread that used a link: the library keeps memory per thread.
  static void release_thread_memory();

 private:
  struct Impl;
  explicit NatsLink(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace jobledger::ingest
