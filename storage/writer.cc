// SPDX-License-Identifier: MIT
#include "storage/writer.h"

#include "base/log.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace jobledger::storage {
namespace {

Error stopped() { return {ErrorKind::cancelled, "the writer has stopped"}; }

}  // namespace

struct Writer::Impl {
  // What submitters, the thread and the telemetry share; outlives the writer for the last scrape.
  struct Shared {
    std::mutex mutex;
    std::condition_variable filled, room, stop;
    std::deque<Work> queue;
    bool stopping = false;
    std::optional<std::string> blocked;
  };

  Impl(Store& s, WriterConfig c, Telemetry& telemetry)
      : store(s),
        config(c),
        latency(telemetry.latency("jobledger_commit_seconds", "Time of one synced batch.")),
        commits(telemetry.counter("jobledger_commits_total", "Batches written.")),
        works(telemetry.counter("jobledger_commit_works_total",
                                "Pieces of work in the batches written.")),
        failures(telemetry.counter("jobledger_commit_failures_total", "Batches that failed.")) {
    auto depth = telemetry.gauge("jobledger_writer_queued", "Pieces of work that wait.");
    auto blocked = telemetry.gauge("jobledger_writer_blocked", "1 while commits fail.");
    telemetry.before_scrape([shared_state = shared, depth, blocked]() mutable {
      std::lock_guard lock(shared_state->mutex);
      depth.set(static_cast<double>(shared_state->queue.size()));
      blocked.set(shared_state->blocked ? 1 : 0);
    });
  }

  void run();
  std::vector<Work> take_batch();
  bool apply_and_commit(std::vector<Work>& batch);
  Result<void> commit_until_done(Update& update, bool sync);
  bool pause_before_retry(const Error& error);

  Store& store;
  const WriterConfig config;
  LatencyHistogram latency;
  Counter commits, works, failures;
  LogGate failure_gate;
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  std::thread thread;
};

// Waits for work; empty when stopped and drained.
std::vector<Work> Writer::Impl::take_batch() {
  std::vector<Work> batch;
  std::unique_lock lock(shared->mutex);
  shared->filled.wait(lock, [&] { return shared->stopping || !shared->queue.empty(); });
  while (!shared->queue.empty() && batch.size() < config.max_batch) {
    batch.push_back(std::move(shared->queue.front()));
    shared->queue.pop_front();
  }
  lock.unlock();
  shared->room.notify_all();
  return batch;
}

// False when the writer stops instead.
bool Writer::Impl::pause_before_retry(const Error& error) {
  failures.add();
  if (const long held = failure_gate.pass(); held >= 0) {
    LOG(error, "storage", "commit failed, will be tried again error={} held_back={}", error.detail,
        held);
  }
  std::unique_lock lock(shared->mutex);
  shared->blocked = error.detail;
  return !shared->stop.wait_for(lock, config.retry, [&] { return shared->stopping; });
}

Result<void> Writer::Impl::commit_until_done(Update& update, bool sync) {
  for (bool failed = false;; failed = true) {
    const auto started = std::chrono::steady_clock::now();
    auto committed = store.commit(update, sync);
    if (committed) {
      const auto took = std::chrono::steady_clock::now() - started;
      latency.observe_seconds(std::chrono::duration<double>(took).count());
      if (failed) {
        LOG(info, "storage", "commits succeed again");
        std::lock_guard lock(shared->mutex);
        shared->blocked.reset();
      }
      return committed;
    }
    if (!pause_before_retry(committed.error())) {
      return Error{ErrorKind::cancelled, "stopped while commits fail: " + committed.error().detail};
    }
  }
}

// False when the batch was given up: what is behind it must not be committed either, as its effects
// and its place in the log build on it.
bool Writer::Impl::apply_and_commit(std::vector<Work>& batch) {
  Update update = store.begin_update();
  std::vector<Result<void>> outcomes;
  outcomes.reserve(batch.size());
  bool sync = false;
  for (Work& work : batch) {
    outcomes.push_back(work.apply ? work.apply(update) : Result<void>());
    sync = sync || work.sync;
  }
  const bool changes = !update.empty();
  const Result<void> committed = commit_until_done(update, sync);
  if (committed && changes) {
    commits.add();
    works.add(static_cast<double>(batch.size()));
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!batch[i].done) continue;
    // The error of its own work first: it would fail again.
    batch[i].done(outcomes[i] ? committed : std::move(outcomes[i]));
  }
  return committed.has_value();
}

void Writer::Impl::run() {
  for (;;) {
    std::vector<Work> batch = take_batch();
    if (batch.empty() || !apply_and_commit(batch)) return;
  }
}

Writer::Writer(Store& store, WriterConfig config, Telemetry& telemetry)
    : impl_(std::make_unique<Impl>(store, config, telemetry)) {}

Writer::~Writer() { CHECK(!impl_->thread.joinable(), "the writer is destroyed while it runs"); }

void Writer::start() {
  CHECK(!impl_->thread.joinable(), "the writer is started twice");
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

void Writer::stop() {
  {
    std::lock_guard lock(impl_->shared->mutex);
    impl_->shared->stopping = true;
  }
  impl_->shared->filled.notify_all();
  impl_->shared->room.notify_all();
  impl_->shared->stop.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
  // What was queued behind a batch that was given up, or before a writer that never ran.
  for (Work& work : std::exchange(impl_->shared->queue, {})) {
    if (work.done) work.done(stopped());
  }
}

bool Writer::submit(Work work) {
  auto& shared = *impl_->shared;
  std::unique_lock lock(shared.mutex);
  shared.room.wait(
      lock, [&] { return shared.stopping || shared.queue.size() < impl_->config.max_queued; });
  if (shared.stopping) return false;
  shared.queue.push_back(std::move(work));
  lock.unlock();
  shared.filled.notify_one();
  return true;
}

bool Writer::try_submit(Work work) {
  auto& shared = *impl_->shared;
  {
    std::lock_guard lock(shared.mutex);
    if (shared.stopping || shared.queue.size() >= impl_->config.max_queued) return false;
    shared.queue.push_back(std::move(work));
  }
  shared.filled.notify_one();
  return true;
}

Result<void> Writer::run(std::function<Result<void>(Update&)> apply) {
  std::promise<Result<void>> promise;
  auto outcome = promise.get_future();
  Work work;
  work.apply = std::move(apply);
  work.done = [&promise](Result<void> result) { promise.set_value(std::move(result)); };
  if (!submit(std::move(work))) return stopped();
  return outcome.get();
}

std::optional<std::string> Writer::blocked() const {
  std::lock_guard lock(impl_->shared->mutex);
  return impl_->shared->blocked;
}

}  // namespace jobledger::storage
