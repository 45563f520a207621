// SPDX-License-Identifier: MIT
#include "ingest/plain_intake.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <string>
#include <utility>

namespace jobledger::ingest {
namespace {

std::int64_t wall_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

PlainIntake::PlainIntake(StreamConfig config, LimitsConfig limits, Source::Deliver deliver)
    : config_(std::move(config)), limits_(limits), deliver_(std::move(deliver)) {}

void PlainIntake::start(NatsLink& link) {
  if (active()) return;
  const std::vector<std::string> subjects = all_subjects(config_);
  if (gate_.pass() >= 0) {
    LOG(error, "nats",
        "the broker has no JetStream: what is published to {} while we are away IS LOST; enable "
        "JetStream on the broker",
        fmt::join(subjects, ","));
  }
  {
    std::lock_guard lock(mutex_);
    created_ = wall_nanoseconds();
    sequence_ = 0;
  }
  lost_ = 0;
  for (const std::string& subject : subjects) {
    const Result<int> subscribed =
        link.subscribe(subject, [this](InMessage message) { on_message(std::move(message)); },
                       {limits_.max_plain_pending, limits_.max_plain_pending_bytes});
    if (subscribed) {
      subscriptions_.push_back(*subscribed);
    } else {
      LOG(error, "nats", "{}", subscribed.error().detail);
    }
  }
}

void PlainIntake::forget() { subscriptions_.clear(); }

std::uint64_t PlainIntake::take_lost(const NatsLink& link) {
  std::uint64_t lost = 0;
  for (const int subscription : subscriptions_) lost += link.lost(subscription);
  return lost - std::exchange(lost_, lost);
}

void PlainIntake::on_message(InMessage message) {
  std::lock_guard lock(mutex_);
  RawBatch batch;
  batch.created = created_;
  batch.durable = false;
  batch.messages.push_back({++sequence_, wall_nanoseconds(), message.subject, message.payload});
  batch.bytes = std::move(message.bytes);
  deliver_(std::move(batch));
}

}  // namespace jobledger::ingest
