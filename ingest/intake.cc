// SPDX-License-Identifier: MIT
#include "ingest/intake.h"

#include "ingest/progress.h"

#include <fmt/format.h>

#include <utility>

namespace jobledger::ingest {
namespace {

// More than the largest message a broker may be configured to take.
constexpr std::size_t kLargestMessage = 72u << 20;
constexpr std::string_view kFull = "Message Size Exceeds MaxBytes";  // how a pull by bytes ends
constexpr std::string_view kCompleted = "Batch Completed";           // said since nats-server 2.10

enum StatusCode : int {
  kIdleHeartbeat = 100,
  kNoMessages = 404,
  kTimedOut = 408,
  kConflict = 409,
  kNoResponders = 503,
};

}  // namespace

struct Intake::Held {
  std::vector<std::shared_ptr<const void>> messages;
};

Intake::Intake(StreamConfig config, LimitsConfig limits, Source::Deliver deliver, Alarm alarm)
    : config_(std::move(config)),
      limits_(limits),
      deliver_(std::move(deliver)),
      alarm_(std::move(alarm)),
      window_(config_.batch, config_.outstanding_pulls) {}

Result<void> Intake::open(std::shared_ptr<NatsLink> link) {
  link_ = std::move(link);
  inbox_ = link_->new_inbox();
  // What may queue is bounded by what we ask for.
  TRY(const int subscription,
      link_->subscribe(inbox_ + ".>", [this](InMessage message) { on_message(std::move(message)); },
                       {}));
  subscription_ = subscription;
  return {};
}

void Intake::accept(const StreamFacts& stream, const StartPoint& start) {
  std::lock_guard lock(mutex_);
  stream_ = stream;
  epoch_ = start.epoch;
  guard_.reset(start.sequence);
  expected_ = start.expected;
  first_sequence_ = stream.first_sequence;
  last_heard_ = last_data_ = Clock::now().time_since_epoch().count();
  last_sequence_ = start.sequence - 1;
  accepting_ = true;
  pull();
}

void Intake::pull() {
  while (window_.wants_pull()) {
    PullRequest request{config_.batch, config_.pull_expires, config_.heartbeat,
                        config_.batch_bytes};
    if (std::exchange(large_next_, false)) {
      request.batch = 1;
      request.max_bytes = kLargestMessage;
    }
    const std::string reply = fmt::format("{}.{}", inbox_, ++pulls_);
    const Result<void> sent = link_->publish(
        fmt::format("$JS.API.CONSUMER.MSG.NEXT.{}.{}", config_.stream, config_.consumer), reply,
        format_pull_request(request));
    if (!sent) return raise(sent.error().detail);
    window_.pulled(request.batch);
  }
}

void Intake::raise(std::string why) {
  if (!accepting_) return;
  accepting_ = false;
  alarm_(std::move(why));
}

void Intake::on_message(InMessage message) {
  last_heard_ = Clock::now().time_since_epoch().count();
  std::optional<RawBatch> ready;
  {
    std::lock_guard lock(mutex_);
    if (message.status != 0) {
      on_status(message);
    } else if (accepting_) {
      on_data(message);
    }
    // Whole batches under load; otherwise at once, also when a status is the last that came.
    if (batch_.messages.size() >= config_.batch || batch_bytes_ >= config_.batch_bytes ||
        link_->queued(subscription_) == 0 || !accepting_) {
      ready = take_batch();
    }
  }
  if (!ready) return;
  delivering_ = true;
  deliver_(*std::move(ready));
  last_heard_ = last_data_ = Clock::now().time_since_epoch().count();
  delivering_ = false;
}

void Intake::on_status(const InMessage& message) {
  if (!accepting_) return;
  switch (message.status) {
    case kIdleHeartbeat:
      if (!guard_.check_idle(message.last_consumer)) raise("messages were sent but did not arrive");
      return;
    case kNoMessages:
    case kTimedOut:
      window_.ended(message.unsent);
      pull();
      return;
    case kConflict:
      if (message.description != kFull && message.description != kCompleted) {
        raise(fmt::format("pull refused: {}", message.description));
        return;
      }
      // A pull that brought nothing is too small for the message: it is asked for alone.
      if (message.description == kFull && message.unsent >= config_.batch) large_next_ = true;
      window_.ended(message.unsent);
      pull();
      return;
    case kNoResponders:
      raise("the consumer does not answer");
      return;
    default:
      raise(fmt::format("unknown status {} {}", message.status, message.description));
  }
}

void Intake::on_data(InMessage& message) {
  const std::optional<AckSubject> ack = parse_ack_subject(message.reply);
  if (!ack || ack->consumer != config_.consumer) return;
  window_.received();
  const SequenceGuard::Verdict verdict = guard_.check(*ack);
  if (verdict == SequenceGuard::Verdict::hole) {
    raise(fmt::format("consumer sequence {} does not follow", ack->consumer_sequence));
    return;
  }
  const RawMessage raw{ack->stream_sequence, ack->time, message.subject, message.payload};
  if (std::exchange(is_first_, false) && expected_) {
    if (!is_expected(raw)) return;
  } else if (verdict == SequenceGuard::Verdict::next) {
    if (!held_) held_ = std::make_shared<Held>();
    held_->messages.push_back(message.bytes);
    batch_.messages.push_back(raw);
    batch_bytes_ += message.payload.size();
    ack_subject_ = message.reply;
    last_sequence_ = ack->stream_sequence;
  }
  pull();
}

// The first message is the last that we have, or the stream is not the one that we read.
bool Intake::is_expected(const RawMessage& message) {
  if (make_mark(message) == *expected_) {
    last_sequence_ = message.sequence;
    return true;
  }
  other_ = true;
  raise(fmt::format("message {} of the stream is not the one that we read", expected_->sequence));
  return false;
}

std::optional<RawBatch> Intake::take_batch() {
  if (batch_.messages.empty()) return std::nullopt;
  RawBatch ready = std::exchange(batch_, {});
  batch_bytes_ = 0;
  ready.stream = config_.stream;
  ready.created = stream_.created;
  ready.epoch = epoch_;
  ready.first_sequence = first_sequence_;
  ready.bytes = std::exchange(held_, nullptr);
  ready.settle = make_settle(std::exchange(ack_subject_, {}));
  batch_.messages.reserve(config_.batch);
  return ready;
}

// Acknowledges the last message of a batch and with it all before.
std::function<void()> Intake::make_settle(std::string ack_subject) {
  return [self = shared_from_this(), ack_subject = std::move(ack_subject)] {
    // Not known to arrive, and not needed to: the position is ours.
    (void)self->link_->publish(ack_subject, {}, "+ACK").has_value();
  };
}

Intake::Clock::duration Intake::since(const std::atomic<Clock::rep>& moment) const {
  if (delivering_ || link_->queued(subscription_) > 0) return {};
  return Clock::now() - Clock::time_point(Clock::duration(moment.load()));
}

std::uint64_t Intake::take_missing() {
  std::lock_guard lock(mutex_);
  const std::uint64_t missing = guard_.missing() - missing_taken_;
  missing_taken_ = guard_.missing();
  return missing;
}

}  // namespace jobledger::ingest
