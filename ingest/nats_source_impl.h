// SPDX-License-Identifier: MIT
// What a NatsSource holds. For nats_source.cc (connections, threads) and nats_attach.cc (the
// stream).
#pragma once

#include "base/log.h"
#include "base/mailbox.h"
#include "ingest/intake.h"
#include "ingest/nats_dial.h"
#include "ingest/nats_link.h"
#include "ingest/nats_source.h"
#include "ingest/plain_intake.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jobledger::ingest {

// What became of an attempt to attach.
enum class Attached : std::uint8_t {
  yes,
  not_yet,  // the stream is not there: ask again on the same link
  no,       // only a new link may help
};

inline bool is_good(SourceMode mode) {
  return mode == SourceMode::following || mode == SourceMode::plain;
}

struct NatsSource::Impl : std::enable_shared_from_this<NatsSource::Impl> {
  using Clock = std::chrono::steady_clock;
  struct Command {
    std::string payload;
    std::function<void(Result<void>)> done;
  };

  Impl(NatsConfig nats_in, StreamConfig config_in, LimitsConfig limits_in)
      : nats(std::move(nats_in)),
        config(std::move(config_in)),
        limits(limits_in),
        commands(limits.max_waiting_commands) {}

  // --- control thread
  void run();
  bool open_link();
  void use_link();
  void close_link();
  Attached attach();
  Attached follow();
  Attached start_plain();
  Attached fail(std::string problem, SourceMode mode = SourceMode::waiting_for_stream);
  bool may_make_stream();
  void cover_subjects(const StreamAnswer& found);
  Result<StartPoint> find_start(const StreamFacts& facts);
  std::uint64_t find_common_end(const StreamFacts& facts);
  Result<void> pull_from(const StreamFacts& facts, const StartPoint& start);
  void announce(const StreamAnswer& found, const StartPoint& start);
  void watch();
  void watch_plain(const StreamAnswer& now);
  void watch_stream(const StreamAnswer& now, std::uint64_t received);
  void show(const StreamAnswer& now);
  void wait(std::chrono::milliseconds patience);
  void set_mode(SourceMode mode, std::string problem = {});

  // --- any thread
  bool over();  // we stop, or the link was lost
  bool is_stopping();
  void on_lost(std::string why);
  void request_attach(std::string why);
  void run_publisher();
  Result<void> publish_one(const std::string& payload);
  void interrupt();

  const NatsConfig nats;
  const StreamConfig config;
  const LimitsConfig limits;
  Source::Deliver deliver;
  StreamMemory memory;

  std::thread control, publisher;
  Mailbox<Command> commands;

  mutable std::mutex mutex;  // guards all below
  std::condition_variable changed;
  bool stopping = false, link_lost = false, attach_wanted = false;
  std::string attach_reason = "started";
  SourceStatus shown;
  bool was_connected = false;
  bool counts_as_reconnect = false;  // the next link: the broker was away
  Clock::time_point unreachable_since = Clock::now();
  std::shared_ptr<NatsLink> link;
  std::shared_ptr<NatsDial> dial;  // while there is no link

  // --- control thread only
  std::shared_ptr<Intake> intake;
  StreamFacts stream;                             // attached to
  std::vector<std::string> doubts;                // about it
  std::optional<storage::StreamMark> other_than;  // what the stream has there is another message
  std::string complaint;                          // the last that was logged
  LogGate complaint_gate;
  Clock::time_point stream_gone_since{}, last_open{}, last_attach{};
  std::unique_ptr<PlainIntake> plain;  // outlives the link
};

}  // namespace jobledger::ingest
