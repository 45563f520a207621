// SPDX-License-Identifier: MIT
#include "archive/finisher.h"

#include "archive/deferred.h"
#include "archive/finisher_state.h"
#include "archive/job_path.h"
#include "archive/job_stager.h"
#include "archive/marking.h"
#include "archive/source_lane.h"
#include "archive/team.h"
#include "base/log.h"

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

namespace jobledger::archive {
namespace {

// Batches that the Writer has not confirmed: more would only wait in its queue.
constexpr std::size_t kMaxMarks = 2;
// How long a full queue of the Writer is left alone.
constexpr std::chrono::milliseconds kQueueFullPause{10};

using Item = FinishItem;
using Shared = FinisherState;

}  // namespace

struct Finisher::Impl {
  Impl(Config config_in, const Parts& parts)
      : config(std::move(config_in)),
        tree(parts.tree),
        store(parts.store),
        writer(parts.writer),
        metrics(parts.metrics),
        stager(config, parts.clusters, tree, metrics),
        told(parts.telemetry),
        team(std::max<std::size_t>(config.finisher_threads, 1)),
        deferred(config),
        metric_wait(config, metrics),
        backoff(config) {}

  void run();
  void end();
  Result<void> cycle(std::vector<Item> batch);
  std::vector<Item> take_batch();
  std::vector<storage::jobs::JobRef> due_refs();
  void read_items(const std::shared_ptr<const storage::Snapshot>& snapshot,
                  const std::vector<storage::jobs::JobRef>& refs, std::vector<Item>& out);
  void add_item(storage::JobPtr job, const std::shared_ptr<const storage::Snapshot>& snapshot,
                std::vector<Item>& out);
  Result<void> collect_from_lanes();
  void add_to_lane(sources::MetricSource& source, std::int64_t id);
  void stop_lanes();
  void show_state();
  void give_up(std::vector<Item> batch);
  Result<void> place_all(std::vector<Item> batch);
  Result<void> settle_errors(std::vector<Item>& batch);
  void mark(std::vector<Item> batch);
  void defer(std::int64_t id, const Error& error, std::string_view what, bool counts = true);
  void wait_for_work();
  void block(const Error& error);
  void unblock();
  bool is_stopping() const;

  const Config config;
  TreeWriter& tree;
  storage::Store& store;
  storage::Writer& writer;
  const MetricAccess metrics;
  JobStager stager;
  FinisherTelemetry told;

  const std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  std::thread thread;

  // The finisher's thread only.
  Team team;
  std::map<sources::MetricSource*, std::unique_ptr<SourceLane>> lanes;
  std::unordered_set<std::int64_t> in_lanes;  // jobs
  std::vector<Item> staged;  // beside the tree, to be made durable by the next sync, then placed
  std::vector<Item> placed;  // in the tree, to be made durable by the next sync
  Deferred deferred;
  MetricWait metric_wait;
  Backoff backoff;
  std::int64_t cursor = 0;
  std::uint64_t idle_request = 0;  // the newest that the present pass answers
  LogGate deferred_gate;
};

bool Finisher::Impl::is_stopping() const {
  const std::lock_guard lock(shared->mutex);
  return shared->stopping;
}

void Finisher::Impl::run() {
  while (!is_stopping()) {
    if (auto ready = tree.prepare(); !ready) {
      block(ready.error());
      continue;
    }
    auto batch = take_batch();
    const auto collected = collect_from_lanes();
    show_state();
    if (batch.empty() && staged.empty() && placed.empty() && collected) {
      wait_for_work();
      continue;
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto done = cycle(std::move(batch));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    told.batch_seconds.observe_seconds(took.count());
    if (done && collected)
      unblock();
    else
      block(done ? collected.error() : done.error());
  }
  end();
}

// What lanes have staged joins what waits for the next sync.
Result<void> Finisher::Impl::collect_from_lanes() {
  decltype(shared->from_lanes) items;
  std::vector<Item> failed;
  {
    const std::lock_guard lock(shared->mutex);
    items.swap(shared->from_lanes);
    for (const auto& [id, item] : items)
      if (item) shared->in_flight.insert(id);
  }
  for (auto& [id, item] : items) {
    in_lanes.erase(id);
    if (!item) continue;
    (item->outcome ? staged : failed).push_back(*std::move(item));
  }
  return settle_errors(failed);
}

void Finisher::Impl::add_to_lane(sources::MetricSource& source, std::int64_t id) {
  auto& lane = lanes[&source];
  if (!lane) {
    const auto done = [state = shared](std::int64_t job, std::optional<Item> item) {
      {
        const std::lock_guard lock(state->mutex);
        state->from_lanes.emplace_back(job, std::move(item));
      }
      state->notify();
    };
    lane = std::make_unique<SourceLane>(
        SourceLane::Parts{config, stager, store, done, [state = shared] { state->notify(); }});
  }
  in_lanes.insert(id);
  lane->add(id);
}

void Finisher::Impl::stop_lanes() {
  for (auto& [source, lane] : lanes) lane->stop();
  lanes.clear();
  (void)collect_from_lanes();
}

// The batch that is in the tree already is worth a last sync; what is not stays due.
void Finisher::Impl::end() {
  stop_lanes();
  give_up(std::exchange(staged, {}));
  if (!placed.empty() && tree.sync()) mark(std::exchange(placed, {}));
}

// One step of three batches at once: while the disk makes what was staged and placed before
// durable, the next batch is staged.
Result<void> Finisher::Impl::cycle(std::vector<Item> batch) {
  Result<void> synced;
  const bool sync_first = !staged.empty() || !placed.empty();
  team.each(batch.size() + 1, [&](std::size_t i) {
    if (i > 0)
      stager.stage(batch[i - 1]);
    else if (sync_first)
      synced = tree.sync();
  });
  auto settled = settle_errors(batch);
  if (!synced) {
    // Nothing is known to be durable: all of it is due again.
    give_up(std::move(batch));
    give_up(std::exchange(staged, {}));
    shared->forget(std::exchange(placed, {}));
    return synced;
  }
  if (!placed.empty()) mark(std::exchange(placed, {}));
  auto done = place_all(std::exchange(staged, {}));
  if (settled)
    staged = std::move(batch);
  else
    give_up(std::move(batch));
  return settled ? std::move(done) : std::move(settled);
}

void Finisher::Impl::give_up(std::vector<Item> batch) {
  for (const Item& item : batch) tree.discard(item.staged);
  shared->forget(batch);
}

Result<void> Finisher::Impl::place_all(std::vector<Item> batch) {
  team.each(batch.size(), [&](std::size_t i) {
    batch[i].outcome = tree.place(batch[i].staged);
    if (!batch[i].outcome) tree.discard(batch[i].staged);
  });
  auto settled = settle_errors(batch);
  for (const Item& item : batch) {
    deferred.settle(item.read->id);
    metric_wait.forget(item.read->id);
  }
  placed = std::move(batch);
  return settled;
}

// Takes the jobs that failed out of the batch: put aside, or, when the archive as a whole refuses,
// left due; then that is the result.
Result<void> Finisher::Impl::settle_errors(std::vector<Item>& batch) {
  Result<void> result;
  const auto split = std::stable_partition(
      batch.begin(), batch.end(), [](const Item& item) { return item.outcome.has_value(); });
  std::vector<Item> failed(std::make_move_iterator(split), std::make_move_iterator(batch.end()));
  batch.erase(split, batch.end());
  for (Item& item : failed) {
    Error& error = item.outcome.error();
    const bool all = !item.unread && error.kind == ErrorKind::unavailable;
    if (all || deferred.size() >= config.max_deferred)
      result = std::move(error);
    else
      defer(item.read->id, error, job_path(*item.read), !item.unread);
  }
  shared->forget(failed);
  return result;
}

void Finisher::Impl::defer(std::int64_t id, const Error& error, std::string_view what,
                           bool counts) {
  deferred.put(id, std::chrono::steady_clock::now(), std::string(what), error.detail, counts);
  told.failures.add();
  if (const long held = deferred_gate.pass(); held >= 0)
    LOG(warning, "archive", "job not archived, will try again job={} id={} reason={} held_back={}",
        what, id, error.detail, held);
  const std::lock_guard lock(shared->mutex);
  ++shared->status.failures;
}

void Finisher::Impl::mark(std::vector<Item> batch) {
  auto jobs = std::make_shared<std::vector<Archived>>();
  std::uint64_t bare = 0;
  for (Item& item : batch) {
    if (item.without_metrics) ++bare;
    jobs->push_back({std::move(item.read), std::move(item.written)});
  }
  auto outcome = std::make_shared<MarkOutcome>();
  storage::Work work;
  work.apply = [jobs, outcome](storage::Update& update) -> Result<void> {
    *outcome = mark_archived(update, *jobs);
    return {};
  };
  work.done = [jobs, outcome, bare, state = shared, total = told.jobs,
               bare_total = told.without_metrics](Result<void> done) mutable {
    if (!done) *outcome = {};
    total.add(static_cast<double>(outcome->archived));
    if (done) bare_total.add(static_cast<double>(bare));
    const std::lock_guard lock(state->mutex);
    state->status.archived += outcome->archived;
    if (done) state->status.without_metrics += bare;
    state->status.rewritten += outcome->changed;
    for (const Archived& job : *jobs) state->in_flight.erase(job.read->id);
    for (auto& failure : outcome->failed) state->mark_failures.push_back(std::move(failure));
    --state->marks;
    state->notified = true;
    state->wake.notify_one();
  };
  std::unique_lock lock(shared->mutex);
  shared->wake.wait(lock, [&] { return shared->stopping || shared->marks < kMaxMarks; });
  ++shared->marks;
  for (;;) {
    lock.unlock();
    const bool taken = writer.try_submit(work);
    lock.lock();
    if (taken) return;
    if (shared->stopping) break;
    shared->wake.wait_for(lock, kQueueFullPause);
  }
  --shared->marks;
  for (const Archived& job : *jobs) shared->in_flight.erase(job.read->id);
}

// The next due jobs that are neither on their way nor put aside; one way round at most.
std::vector<storage::jobs::JobRef> Finisher::Impl::due_refs() {
  std::vector<storage::jobs::JobRef> refs;
  bool whole_round = cursor == 0;
  const auto now = std::chrono::steady_clock::now();
  for (;;) {
    const auto due = store.archive_due(cursor, config.finisher_batch);
    {
      const std::lock_guard lock(shared->mutex);
      for (const auto& ref : due) {
        if (refs.size() == config.finisher_batch) break;
        cursor = ref.id;
        if (deferred.is_waiting(ref.id, now) || metric_wait.is_waiting(ref.id, now)) continue;
        if (in_lanes.contains(ref.id)) continue;
        if (shared->in_flight.insert(ref.id).second) refs.push_back(ref);
      }
    }
    if (refs.size() == config.finisher_batch) return refs;
    if (due.size() == config.finisher_batch) continue;
    cursor = 0;
    if (whole_round || !refs.empty()) return refs;
    whole_round = true;
  }
}

std::vector<Item> Finisher::Impl::take_batch() {
  std::vector<std::pair<std::int64_t, Error>> failures;
  {
    const std::lock_guard lock(shared->mutex);
    shared->notified = false;
    idle_request = shared->idle_asked;
    failures.swap(shared->mark_failures);
  }
  for (const auto& [id, error] : failures) defer(id, error, "index entry");
  std::vector<Item> batch;
  const auto refs = due_refs();
  if (!refs.empty()) read_items(store.snapshot(), refs, batch);
  return batch;
}

void Finisher::Impl::show_state() {
  std::vector<JobTrouble> aside = deferred.aside();
  std::optional<std::string> trouble;
  for (const auto& [source, lane] : lanes)
    if (auto status = lane->status(); status.trouble) trouble = std::move(status.trouble);
  const std::lock_guard lock(shared->mutex);
  told.in_flight.set(static_cast<double>(shared->in_flight.size()));
  shared->status.deferred = deferred.size();
  told.deferred.set(static_cast<double>(deferred.size()));
  shared->status.aside = aside.size();
  told.aside.set(static_cast<double>(aside.size()));
  shared->aside = std::move(aside);
  shared->status.unread = in_lanes.size();
  told.unread.set(static_cast<double>(in_lanes.size()));
  shared->status.source_trouble = std::move(trouble);
  shared->status.settling = metric_wait.size();
  told.settling.set(static_cast<double>(metric_wait.size()));
}

void Finisher::Impl::read_items(const std::shared_ptr<const storage::Snapshot>& snapshot,
                                const std::vector<storage::jobs::JobRef>& refs,
                                std::vector<Item>& out) {
  auto jobs = snapshot->read_jobs(refs);
  if (jobs) {
    for (storage::JobPtr& job : *jobs) add_item(std::move(job), snapshot, out);
    return;
  }
  // One bad record must not hold the others up.
  for (const auto& ref : refs) {
    auto job = snapshot->read_job(ref.id);
    if (job && *job) {
      add_item(**std::move(job), snapshot, out);
      continue;
    }
    defer(ref.id, job ? Error{ErrorKind::not_found, "no such job"} : job.error(), "record");
    const std::lock_guard lock(shared->mutex);
    shared->in_flight.erase(ref.id);
  }
}

// A job that was archived since its reference was taken is due no more; one whose samples may still
// arrive is not yet.
void Finisher::Impl::add_item(storage::JobPtr job,
                              const std::shared_ptr<const storage::Snapshot>& snapshot,
                              std::vector<Item>& out) {
  const bool due = is_due(*job);
  const auto now = std::chrono::steady_clock::now();
  const bool ready = due && metric_wait.is_ready(*job, *snapshot, {now, std::time(nullptr)});
  sources::MetricSource* const external = ready ? stager.external_source(*job) : nullptr;
  if (external != nullptr) {
    metric_wait.forget(job->id);
    add_to_lane(*external, job->id);
  } else if (ready) {
    Item& item = out.emplace_back();
    item.last_try = metrics.sources != nullptr && !metric_wait.may_try_again(job->id, now);
    item.read = std::move(job);
    item.snapshot = snapshot;
    return;
  }
  if (!due) metric_wait.forget(job->id);
  const std::lock_guard lock(shared->mutex);
  shared->in_flight.erase(job->id);
}

void Finisher::Impl::wait_for_work() {
  const bool lanes_idle = std::all_of(lanes.begin(), lanes.end(),
                                      [](const auto& lane) { return lane.second->status().idle; });
  Instant until = std::chrono::steady_clock::now() + config.finisher_poll;
  if (const auto end = deferred.first_end()) until = std::min(until, *end);
  if (const auto end = metric_wait.first_end()) until = std::min(until, *end);
  std::unique_lock lock(shared->mutex);
  if (lanes_idle && shared->marks == 0 && !shared->notified) {
    shared->idle_served = idle_request;
    shared->settled.notify_all();
  }
  shared->wake.wait_until(lock, until, [&] { return shared->stopping || shared->notified; });
}

void Finisher::Impl::block(const Error& error) {
  const auto pause = backoff.next();
  std::unique_lock lock(shared->mutex);
  if (!shared->status.blocked)
    LOG(error, "archive", "cannot archive, will try again until it works reason={}", error.detail);
  shared->status.blocked = error.detail;
  told.blocked.set(1);
  shared->idle_served = idle_request = shared->idle_asked;
  shared->settled.notify_all();
  shared->wake.wait_for(lock, pause, [&] { return shared->stopping; });
}

void Finisher::Impl::unblock() {
  backoff.reset();
  const std::lock_guard lock(shared->mutex);
  if (!shared->status.blocked) return;
  shared->status.blocked.reset();
  told.blocked.set(0);
  LOG(info, "archive", "archiving goes on again");
}

Finisher::Finisher(Config config, Parts parts)
    : impl_(std::make_unique<Impl>(std::move(config), parts)) {}

Finisher::~Finisher() { CHECK(!impl_->thread.joinable(), "finisher destroyed while running"); }

void Finisher::start() {
  CHECK(!impl_->thread.joinable(), "finisher started twice");
  impl_->store.on_archive_due([state = impl_->shared] { state->notify(); });
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

void Finisher::stop() {
  impl_->store.on_archive_due({});
  {
    const std::lock_guard lock(impl_->shared->mutex);
    impl_->shared->stopping = true;
  }
  impl_->stager.stop();
  impl_->shared->wake.notify_all();
  impl_->shared->settled.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

bool Finisher::wait_idle() {
  Shared& shared = *impl_->shared;
  std::unique_lock lock(shared.mutex);
  const std::uint64_t request = ++shared.idle_asked;
  shared.notified = true;
  shared.wake.notify_one();
  shared.settled.wait(lock, [&] { return shared.stopping || shared.idle_served >= request; });
  return !shared.stopping;
}

FinisherStatus Finisher::status() const {
  const std::lock_guard lock(impl_->shared->mutex);
  FinisherStatus status = impl_->shared->status;
  status.in_flight = impl_->shared->in_flight.size();
  return status;
}

std::vector<JobTrouble> Finisher::set_aside() const {
  const std::lock_guard lock(impl_->shared->mutex);
  return impl_->shared->aside;
}

}  // namespace jobledger::archive
