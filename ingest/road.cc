// SPDX-License-Identifier: MIT
#include "ingest/road.h"

#include "base/log.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace jobledger::ingest {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::milliseconds kHeldUpLook{100};
constexpr std::chrono::seconds kSettlePatience{2};  // then the source is told to ask again

struct Gauges {
  Gauges(Telemetry& telemetry, const std::string& log)
      : connected(telemetry.gauge("jobledger_ingest_connected", "1: connected to the broker",
                                  {{"log", log}})),
        following(telemetry.gauge("jobledger_ingest_following", "1: following the stream",
                                  {{"log", log}})),
        plain(telemetry.gauge("jobledger_ingest_plain",
                              "1: the broker has no JetStream, messages can be lost",
                              {{"log", log}})),
        position(telemetry.gauge("jobledger_ingest_position", "Last stream sequence applied",
                                 {{"log", log}})),
        lag(telemetry.gauge("jobledger_ingest_lag_messages",
                            "Messages of the stream that are not applied yet", {{"log", log}})),
        out_of_reach(telemetry.gauge("jobledger_ingest_out_of_reach_seconds",
                                     "How long the log has been out of reach", {{"log", log}})),
        reconnects(telemetry.gauge("jobledger_ingest_reconnects", "Reconnections to the broker",
                                   {{"log", log}})),
        missed(telemetry.gauge("jobledger_ingest_missed_messages",
                               "Messages that left the log before we saw them", {{"log", log}})),
        rewinds(telemetry.gauge("jobledger_ingest_rewinds",
                                "Times that the log had lost messages that we had read",
                                {{"log", log}})),
        unproven(telemetry.gauge("jobledger_ingest_unproven_resumes",
                                 "Times that nobody could tell whether it had", {{"log", log}})),
        pending(telemetry.gauge("jobledger_ingest_pending_batches",
                                "Batches decoded and not yet durable", {{"log", log}})),
        held_up(telemetry.gauge("jobledger_ingest_held_up",
                                "1: the log has to wait; /api/status says for what",
                                {{"log", log}})),
        commit(telemetry.latency("jobledger_ingest_commit_seconds",
                                 "From the decoding of a batch until it is durable",
                                 {{"log", log}})) {}

  void set(const Status& status, std::size_t pending_batches) {
    const SourceStatus& source = status.source;
    connected.set(source.connected ? 1 : 0);
    following.set(source.mode == SourceMode::following ? 1 : 0);
    plain.set(source.mode == SourceMode::plain ? 1 : 0);
    position.set(static_cast<double>(status.position));
    lag.set(static_cast<double>(status.lag));
    out_of_reach.set(static_cast<double>(source.out_of_reach.count()));
    reconnects.set(static_cast<double>(source.reconnects));
    missed.set(static_cast<double>(source.missed_messages));
    rewinds.set(static_cast<double>(source.rewinds));
    unproven.set(static_cast<double>(source.unproven_resumes));
    pending.set(static_cast<double>(pending_batches));
  }

  Gauge connected, following, plain, position, lag, out_of_reach, reconnects, missed, rewinds,
      unproven, pending, held_up;
  LatencyHistogram commit;
};

// What is left of a batch when its messages are gone.
struct Receipt {
  bool durable = true;
  std::uint64_t last = 0;
  std::function<void()> settle;
  Clock::time_point since;
};

}  // namespace

std::uint64_t applied_before(const RawBatch& batch,
                             const std::optional<storage::StreamPosition>& position) {
  if (!batch.durable || !position) return 0;
  const bool same = position->stream == batch.stream && position->created == batch.created &&
                    position->epoch == batch.epoch;
  return same ? position->sequence : 0;
}

struct Road::Impl : std::enable_shared_from_this<Road::Impl> {
  Impl(std::string name_in, std::size_t max_pending_in, Parts parts_in)
      : name(std::move(name_in)),
        max_pending(max_pending_in),
        parts(parts_in),
        gauges(parts.telemetry, name) {}

  bool wait_until_free();
  bool take_permit();
  void give_permit();
  void deliver(RawBatch raw);
  void settled(const Receipt& receipt, const std::function<void()>& then,
               const Result<void>& outcome);
  Result<std::optional<storage::StreamPosition>> stored_position(std::string_view stream);
  void run_ticks();
  Status status();

  const std::string name;
  const std::size_t max_pending;
  Parts parts;
  Gauges gauges;
  Hooks hooks;
  std::atomic<std::uint64_t> position{0};

  std::mutex mutex;
  std::condition_variable changed;
  std::size_t pending = 0;
  std::string_view held_up;  // why; empty: it is not
  bool stopping = false;
  std::thread ticker;
};

// False: stopped.
bool Road::Impl::wait_until_free() {
  if (!hooks.held_up) return true;
  for (;;) {
    const std::string_view reason = hooks.held_up();
    std::unique_lock lock(mutex);
    if (held_up.empty() && !reason.empty()) {
      LOG(warning, "ingest", "the log has to wait log={} reason={}", name, reason);
    }
    held_up = reason;
    gauges.held_up.set(reason.empty() ? 0 : 1);
    if (stopping || reason.empty()) return !stopping;
    changed.wait_for(lock, kHeldUpLook, [this] { return stopping; });
  }
}

bool Road::Impl::take_permit() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return stopping || pending < max_pending; });
  if (stopping) return false;
  ++pending;
  return true;
}

void Road::Impl::give_permit() {
  {
    std::lock_guard lock(mutex);
    --pending;
  }
  changed.notify_all();
}

void Road::Impl::deliver(RawBatch raw) {
  if (raw.messages.empty() || !wait_until_free() || !take_permit()) return;
  Receipt receipt{raw.durable, raw.messages.back().sequence, raw.settle, Clock::now()};
  auto piece = std::make_shared<Piece>(hooks.prepare(std::move(raw)));
  const auto self = shared_from_this();
  storage::Work work;
  work.apply = [piece](storage::Update& update) -> Result<void> {
    piece->apply(update);
    return {};
  };
  work.done = [self, piece, receipt = std::move(receipt)](const Result<void>& outcome) {
    self->settled(receipt, piece->settled, outcome);
  };
  // Refused only when the writer was stopped: the batch will be delivered again.
  if (!parts.writer.submit(std::move(work))) give_permit();
}

void Road::Impl::settled(const Receipt& receipt, const std::function<void()>& then,
                         const Result<void>& outcome) {
  give_permit();
  if (!outcome) {
    if (outcome.error().kind != ErrorKind::cancelled) {
      LOG(error, "ingest", "a batch of the log was not applied: {} log={}", outcome.error().detail,
          name);
    }
    return;
  }
  gauges.commit.observe_seconds(
      std::chrono::duration<double>(Clock::now() - receipt.since).count());
  if (receipt.durable) position.store(receipt.last);
  then();
  if (receipt.settle) receipt.settle();
}

// What was delivered before may still be on its way: reading goes on behind it, so it is waited
// for.
Result<std::optional<storage::StreamPosition>> Road::Impl::stored_position(
    std::string_view stream) {
  {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, kSettlePatience, [this] { return stopping || pending == 0; });
    if (pending > 0) {
      return Error{ErrorKind::unavailable,
                   fmt::format("{} batches that were read are not stored yet", pending)};
    }
  }
  auto stored = parts.store.snapshot()->position(stream);
  if (stored) position.store(stored->sequence);
  return stored;
}

void Road::Impl::run_ticks() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    changed.wait_for(lock, kTick, [this] { return stopping; });
    if (stopping) return;
    const std::size_t now_pending = pending;
    lock.unlock();
    gauges.set(status(), now_pending);
    if (hooks.tick) hooks.tick();
    lock.lock();
  }
}

Status Road::Impl::status() {
  Status status;
  {
    std::lock_guard lock(mutex);
    status.held_up = held_up;
  }
  status.source = parts.source.status();
  status.position = position.load();
  if (status.source.last_sequence > status.position) {
    status.lag = status.source.last_sequence - status.position;
  }
  return status;
}

Road::Road(std::string name, std::size_t max_pending, Parts parts)
    : impl_(std::make_shared<Impl>(std::move(name), max_pending, parts)) {}

Road::~Road() { CHECK(!impl_->ticker.joinable(), "road not stopped"); }

void Road::start(Hooks hooks) {
  const auto impl = impl_;
  impl->hooks = std::move(hooks);
  impl->ticker = std::thread([impl] { impl->run_ticks(); });
  impl->parts.source.start(
      [impl](RawBatch raw) { impl->deliver(std::move(raw)); },
      {[impl](std::string_view stream) { return impl->stored_position(stream); },
       [impl](std::string_view stream) {
         return impl->parts.store.snapshot()->read_stream_marks(stream);
       }});
}

void Road::stop() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  impl_->parts.source.stop();
  if (impl_->ticker.joinable()) impl_->ticker.join();
}

Status Road::status() const { return impl_->status(); }

}  // namespace jobledger::ingest
