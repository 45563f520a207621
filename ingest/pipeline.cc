// SPDX-License-Identifier: MIT
#include "ingest/pipeline.h"

#include "base/log.h"
#include "ingest/counters.h"
#include "ingest/unmatched.h"
#include "storage/jobs/query.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace jobledger::ingest {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMarkedAtOnce = 512;  // jobs of one piece of work

}  // namespace

struct Pipeline::Impl : std::enable_shared_from_this<Pipeline::Impl> {
  Impl(const Config& config, Parts parts_in)
      : limits(config.limits),
        parts(std::move(parts_in)),
        decoder(config.events, config.limits, parts.clusters),
        applier(config.rules, Decoder(config.events, config.limits, parts.clusters), parts.health),
        counters(parts.road.telemetry, config.limits),
        dropped(config.limits.max_unmatched_names) {}

  Road::Piece prepare(RawBatch raw);
  void settled(const DecodedBatch& batch, Effects& effects);
  void tick();
  std::size_t sweep_overtime();
  std::vector<std::int64_t> find_overtime(std::int64_t now) const;
  bool submit_marks(std::vector<std::int64_t> ids, std::int64_t now);

  const LimitsConfig limits;
  Parts parts;
  Decoder decoder;  // the source's thread
  Applier applier;  // the writer's thread
  Counters counters;
  Unmatched dropped;
  Clock::time_point next_sweep;  // the ticking thread
};

Road::Piece Pipeline::Impl::prepare(RawBatch raw) {
  const auto batch = std::make_shared<DecodedBatch>(decode_batch(std::move(raw), decoder));
  const auto effects = std::make_shared<Effects>();
  const auto self = shared_from_this();
  return {[self, batch, effects](storage::Update& update) {
            *effects = self->applier.apply(update, *batch);
          },
          [self, batch, effects] { self->settled(*batch, *effects); }};
}

void Pipeline::Impl::settled(const DecodedBatch& batch, Effects& effects) {
  counters.add(effects.tally);
  counters.add(batch.unknown);
  counters.add(batch.dropped);
  dropped.add(batch.dropped);
  if (!parts.desk) return;
  for (auto& [id, answer] : effects.answers) parts.desk->answer(id, std::move(answer));
}

void Pipeline::Impl::tick() {
  const Clock::time_point now = Clock::now();
  if (parts.desk) parts.desk->expire(now);
  if (now < next_sweep) return;
  sweep_overtime();
  next_sweep = now + limits.overtime_interval;
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
  const std::shared_ptr<const storage::Snapshot> snapshot = parts.road.store.snapshot();
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
  return parts.road.writer.try_submit(std::move(work));
}

Pipeline::Pipeline(const Config& config, Parts parts)
    : impl_(std::make_shared<Impl>(config, parts)),
      road_("events", config.limits.max_pending_batches, parts.road) {}

Pipeline::~Pipeline() = default;

void Pipeline::start() {
  impl_->next_sweep = Clock::now() + impl_->limits.overtime_interval;
  road_.start({[impl = impl_](RawBatch raw) { return impl->prepare(std::move(raw)); },
               [impl = impl_] { impl->tick(); }, impl_->parts.held_up});
}

std::vector<NameCount> Pipeline::dropped_members() const { return impl_->dropped.report().members; }

std::size_t Pipeline::sweep_overtime() { return impl_->sweep_overtime(); }

}  // namespace jobledger::ingest
