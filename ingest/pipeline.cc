// SPDX-License-Identifier: MIT
#include "ingest/pipeline.h"

#include "base/log.h"
#include "ingest/applier.h"
#include "ingest/counters.h"
#include "storage/jobs/query.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace jobledger::ingest {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kTick{1};
constexpr std::size_t kMarkedAtOnce = 512;  // jobs of one piece of work

// What a position question needs to know even when nothing is applied yet.
std::optional<storage::StreamPosition> stored_position(storage::Store& store,
                                                       std::string_view stream) {
  return store.snapshot()->position(stream);
}

}  // namespace

struct Pipeline::Impl : std::enable_shared_from_this<Pipeline::Impl> {
  Impl(const Config& config, Parts parts_in)
      : limits(config.limits),
        parts(std::move(parts_in)),
        decoder(config.events, config.limits, parts.clusters),
        applier(config.rules, Decoder(config.events, config.limits, parts.clusters)),
        counters(parts.telemetry, config.limits) {}

  bool take_permit();
  void give_permit();
  void deliver(RawBatch raw);
  void settled(const std::shared_ptr<DecodedBatch>& batch, Effects& effects,
               Clock::time_point since, const Result<void>& outcome);
  void run_now_and_then();
  std::size_t sweep_overtime();
  std::vector<std::int64_t> find_overtime(std::int64_t now) const;
  bool submit_marks(std::vector<std::int64_t> ids, std::int64_t now);
  Status status() const;

  const LimitsConfig limits;
  Parts parts;
  Decoder decoder;  // the source's thread
  Applier applier;  // the writer's thread
  Counters counters;
  std::atomic<std::uint64_t> position{0};

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::size_t pending = 0;
  bool stopping = false;
  std::thread now_and_then;
};

bool Pipeline::Impl::take_permit() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return stopping || pending < limits.max_pending_batches; });
  if (stopping) return false;
  ++pending;
  return true;
}

void Pipeline::Impl::give_permit() {
  {
    std::lock_guard lock(mutex);
    --pending;
  }
  changed.notify_all();
}

void Pipeline::Impl::deliver(RawBatch raw) {
  if (raw.messages.empty() || !take_permit()) return;
  const Clock::time_point since = Clock::now();
  const auto batch = std::make_shared<DecodedBatch>(decode_batch(std::move(raw), decoder));
  const auto effects = std::make_shared<Effects>();
  const auto self = shared_from_this();
  storage::Work work;
  work.apply = [self, batch, effects](storage::Update& update) -> Result<void> {
    *effects = self->applier.apply(update, *batch);
    return {};
  };
  work.done = [self, batch, effects, since](Result<void> outcome) {
    self->settled(batch, *effects, since, outcome);
  };
  // Refused only when the writer was stopped: the batch will be delivered again.
  if (!parts.writer.submit(std::move(work))) give_permit();
}

void Pipeline::Impl::settled(const std::shared_ptr<DecodedBatch>& batch, Effects& effects,
                             Clock::time_point since, const Result<void>& outcome) {
  give_permit();
  if (!outcome) {
    if (outcome.error().kind != ErrorKind::cancelled) {
      LOG(error, "ingest", "a batch of the log was not applied: {}", outcome.error().detail);
    }
    return;
  }
  counters.add(effects.tally);
  counters.add(batch->unknown);
  counters.observe_commit(std::chrono::duration<double>(Clock::now() - since).count());
  if (batch->raw.durable) position.store(batch->raw.messages.back().sequence);
  if (batch->raw.settle) batch->raw.settle();
  if (!parts.desk) return;
  for (auto& [id, answer] : effects.answers) parts.desk->answer(id, std::move(answer));
}

void Pipeline::Impl::run_now_and_then() {
  Clock::time_point next_sweep = Clock::now() + limits.overtime_interval;
  std::unique_lock lock(mutex);
  while (!stopping) {
    changed.wait_for(lock, kTick, [this] { return stopping; });
    if (stopping) return;
    const std::size_t now_pending = pending;
    lock.unlock();
    const Clock::time_point now = Clock::now();
    counters.set(status(), now_pending);
    if (parts.desk) parts.desk->expire(now);
    if (now >= next_sweep) {
      sweep_overtime();
      next_sweep = now + limits.overtime_interval;
    }
    lock.lock();
  }
}

// The wall clock says when to look, log time decides what is found.
std::size_t Pipeline::Impl::sweep_overtime() {
  const std::int64_t now = applier.log_time();
  if (applier.rules().config().job_overtime <= 0 || now == 0) return 0;
  const std::vector<std::int64_t> ids = find_overtime(now);
  if (!ids.empty()) LOG(warning, "ingest", "jobs run past their wall time jobs={}", ids.size());
  for (std::size_t from = 0; from < ids.size(); from += kMarkedAtOnce) {
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(from);
    const auto count = std::min(ids.size() - from, kMarkedAtOnce);
    if (!submit_marks({begin, begin + static_cast<std::ptrdiff_t>(count)}, now)) break;
  }
  return ids.size();
}

std::vector<std::int64_t> Pipeline::Impl::find_overtime(std::int64_t now) const {
  const std::int64_t overtime = applier.rules().config().job_overtime;
  const std::shared_ptr<const storage::Snapshot> snapshot = parts.store.snapshot();
  storage::jobs::JobFilter running;
  running.states = {schema::JobState::running};
  running.start_time.to = now - overtime;
  storage::jobs::PageSpec all;
  all.limit.reset();
  all.want_count = false;
  const auto found =
      storage::jobs::find_jobs(snapshot->jobs(), {running}, storage::jobs::Order{}, all, now);
  std::vector<std::int64_t> ids;
  if (!found) {
    LOG(error, "ingest", "cannot look for jobs past their wall time: {}", found.error().detail);
    return ids;
  }
  for (const storage::jobs::JobRef& ref : found->items) {
    const std::optional<storage::jobs::Row> row = snapshot->jobs().find(ref.id);
    if (!row || row->walltime <= 0) continue;
    if (row->walltime < now - row->start_time - overtime) ids.push_back(ref.id);
  }
  return ids;
}

// False when the writer is busy: the next sweep will find what is left.
bool Pipeline::Impl::submit_marks(std::vector<std::int64_t> ids, std::int64_t now) {
  const auto self = shared_from_this();
  const auto tally = std::make_shared<Tally>();
  storage::Work work;
  work.apply = [self, tally, ids = std::move(ids), now](storage::Update& update) -> Result<void> {
    for (const std::int64_t id : ids) {
      const Result<bool> marked = self->applier.rules().mark_overtime(update, id, now);
      if (!marked) LOG(error, "ingest", "cannot mark job id={}: {}", id, marked.error().detail);
      if (marked && *marked) ++tally->marked_overtime;
    }
    return {};
  };
  work.done = [self, tally](const Result<void>& outcome) {
    if (outcome) self->counters.add(*tally);
  };
  return parts.writer.try_submit(std::move(work));
}

Status Pipeline::Impl::status() const {
  Status status;
  status.source = parts.source.status();
  status.position = position.load();
  if (status.source.last_sequence > status.position) {
    status.lag = status.source.last_sequence - status.position;
  }
  return status;
}

Pipeline::Pipeline(const Config& config, Parts parts)
    : impl_(std::make_shared<Impl>(config, std::move(parts))) {}

Pipeline::~Pipeline() { CHECK(!impl_->now_and_then.joinable(), "pipeline not stopped"); }

void Pipeline::start() {
  const auto impl = impl_;
  impl->now_and_then = std::thread([impl] { impl->run_now_and_then(); });
  impl->parts.source.start([impl](RawBatch raw) { impl->deliver(std::move(raw)); },
                           [impl](std::string_view stream) {
                             const auto stored = stored_position(impl->parts.store, stream);
                             if (stored) impl->position.store(stored->sequence);
                             return stored;
                           });
}

void Pipeline::stop() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  impl_->parts.source.stop();
  if (impl_->now_and_then.joinable()) impl_->now_and_then.join();
}

Status Pipeline::status() const { return impl_->status(); }

std::size_t Pipeline::sweep_overtime() { return impl_->sweep_overtime(); }

}  // namespace jobledger::ingest
