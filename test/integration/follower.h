// SPDX-License-Identifier: MIT
// A source that follows a real broker, and what it delivers to.
#pragma once

#include "ingest/nats_source.h"
#include "ingest/progress.h"
#include "test/integration/nats_server.h"
#include "test/integration/other_client.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::ingest {

using test::kPatience;
using test::NatsServer;
using test::OtherClient;
using test::wait_until;

inline Config quick_config(const NatsServer& server) {
  Config config;
  config.nats.url = server.url();
  config.nats.reconnect_wait = 50ms;
  config.events.stream = "EV";
  config.events.subjects = {"cc.job.event"};
  config.events.batch = 64;
  config.events.outstanding_pulls = 2;
  config.events.pull_expires = 2000ms;
  config.events.heartbeat = 300ms;
  config.events.retry_wait = 50ms;
  config.events.status_interval = 100ms;
  return config;
}

// Takes what a source delivers, and keeps the position as storage does.
class Sink {
 public:
  Source::Deliver deliver() {
    return [this](RawBatch batch) { take(std::move(batch)); };
  }
  StreamMemory memory() {
    return {[this](std::string_view stream) -> Result<std::optional<storage::StreamPosition>> {
              std::lock_guard lock(mutex_);
              const auto found = positions_.find(std::string(stream));
              if (found == positions_.end()) return std::optional<storage::StreamPosition>();
              return std::optional(found->second);
            },
            [this](std::string_view) -> Result<std::vector<storage::StreamMark>> {
              std::lock_guard lock(mutex_);
              return marks_;
            }};
  }
  std::optional<storage::StreamPosition> position() { return **memory().position("EV"); }

  template <class Condition>
  void wait(const char* what, Condition condition) {
    std::unique_lock lock(mutex_);
    const bool held = changed_.wait_for(lock, kPatience, [&] { return condition(); });
    REQUIRE_MESSAGE(held, what);
  }
  void wait_for_messages(std::size_t count) {
    wait("messages", [&] { return payloads_.size() >= count; });
  }
  std::vector<std::string> payloads() {
    std::lock_guard lock(mutex_);
    return payloads_;
  }
  std::size_t largest_batch() {
    std::lock_guard lock(mutex_);
    return largest_;
  }
  // Bytes of a batch before its last message came.
  std::size_t most_bytes_before_last() {
    std::lock_guard lock(mutex_);
    return most_bytes_;
  }
  // What is delivered while held stays in deliver(), as before a full writer.
  void hold(bool on) {
    std::lock_guard lock(mutex_);
    held_ = on;
    changed_.notify_all();
  }
  bool holding() {
    std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  void take(RawBatch batch) {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    waiting_ = false;
    largest_ = std::max(largest_, batch.messages.size());
    std::size_t bytes = 0;
    for (const RawMessage& message : batch.messages) bytes += message.payload.size();
    most_bytes_ = std::max(most_bytes_, bytes - batch.messages.back().payload.size());
    for (const RawMessage& message : batch.messages) {
      if (batch.durable && message.sequence <= applied_before(batch, known(batch.stream))) continue;
      payloads_.emplace_back(message.payload);
    }
    if (batch.durable) move(measure(batch));
    lock.unlock();
    if (batch.settle) batch.settle();
    changed_.notify_all();
  }

  std::optional<storage::StreamPosition> known(const std::string& stream) const {
    const auto found = positions_.find(stream);
    if (found == positions_.end()) return std::nullopt;
    return found->second;
  }
  void move(const Progress& progress) {
    const auto before = known(progress.end.stream);
    if (!before || before->epoch != progress.end.epoch) {
      std::erase_if(marks_, [&](const auto& mark) { return mark.sequence >= progress.begin; });
    }
    marks_.insert(marks_.end(), progress.marks.begin(), progress.marks.end());
    positions_[progress.end.stream] = progress.end;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, storage::StreamPosition> positions_;
  std::vector<storage::StreamMark> marks_;  // of the one stream that is followed
  std::vector<std::string> payloads_;
  std::size_t largest_ = 0, most_bytes_ = 0;
  bool held_ = false, waiting_ = false;
};

class Follower {
 public:
  Follower(const Config& config, Sink& sink) : source_(config.nats, config.events, config.limits) {
    source_.start(sink.deliver(), sink.memory());
  }
  ~Follower() { source_.stop(); }

  NatsSource& operator*() { return source_; }
  NatsSource* operator->() { return &source_; }

  void wait_mode(SourceMode mode) {
    wait_until("mode", [&] { return source_.status().mode == mode; });
  }

 private:
  NatsSource source_;
};

inline std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> result;
  for (int i = from; i < to; ++i) result.push_back(std::to_string(i));
  return result;
}

}  // namespace jobledger::ingest
