// SPDX-License-Identifier: MIT
#include "archive/source_lane.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

namespace jobledger::archive {

SourceLane::SourceLane(Parts parts)
    : parts_(std::move(parts)), backoff_(parts_.config), thread_([this] { run(); }) {}

SourceLane::~SourceLane() { CHECK(!thread_.joinable(), "a lane of the finisher still runs"); }

void SourceLane::add(std::int64_t id) {
  {
    const std::lock_guard lock(mutex_);
    const Instant now = std::chrono::steady_clock::now();
    queue_.push_back({id, now, now, Backoff(parts_.config)});
    looked_ = false;
  }
  wake_.notify_one();
}

void SourceLane::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

LaneStatus SourceLane::status() const {
  const std::lock_guard lock(mutex_);
  return {queue_.size() + (working_ ? 1 : 0), !working_ && looked_, trouble_};
}

void SourceLane::run() {
  std::unique_lock lock(mutex_);
  while (auto entry = take(lock)) {
    working_ = true;
    lock.unlock();
    auto item = work(*entry);
    const bool waits = item && item->unread && item->outcome.error().kind != ErrorKind::cancelled;
    if (!waits) parts_.done(entry->id, std::move(item));
    lock.lock();
    working_ = looked_ = false;
    if (waits) {
      wait_after(*std::move(entry), *item);
    } else {
      backoff_.reset();
      trouble_.reset();
    }
  }
}

// When something can be done again, if there is anything to do.
std::optional<Instant> SourceLane::next_look() const {
  if (queue_.empty()) return std::nullopt;
  const auto first =
      std::min_element(queue_.begin(), queue_.end(),
                       [](const Entry& a, const Entry& b) { return a.not_before < b.not_before; });
  return std::max(first->not_before, until_);
}

// The next job whose time has come; nothing: the lane is stopped.
std::optional<SourceLane::Entry> SourceLane::take(std::unique_lock<std::mutex>& lock) {
  while (!stopping_) {
    const auto next = next_look();
    const Instant now = std::chrono::steady_clock::now();
    if (next && *next <= now) {
      const auto at = std::find_if(queue_.begin(), queue_.end(),
                                   [now](const Entry& entry) { return entry.not_before <= now; });
      Entry entry = *at;
      queue_.erase(at);
      return entry;
    }
    if (!std::exchange(looked_, true)) {
      lock.unlock();
      parts_.changed();
      lock.lock();
      continue;
    }
    if (next)
      wake_.wait_until(lock, *next);
    else
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  }
  return std::nullopt;
}

std::optional<FinishItem> SourceLane::work(const Entry& entry) {
  FinishItem item;
  item.snapshot = parts_.store.snapshot();
  auto job = item.snapshot->read_job(entry.id);
  if (!job || !*job || !is_due(***job)) return std::nullopt;
  item.read = **std::move(job);
  const auto waited = std::chrono::steady_clock::now() - entry.since;
  item.last_try = waited >= parts_.config.metrics_patience;
  parts_.stager.stage(item);
  item.snapshot.reset();  // it may be a while until the finisher collects it
  return item;
}

// Under the mutex. A store that does not answer one job will not answer the next one either.
void SourceLane::wait_after(Entry entry, const FinishItem& item) {
  const Error& error = item.outcome.error();
  const Instant now = std::chrono::steady_clock::now();
  trouble_ = error.detail;
  const auto give_up = entry.since + parts_.config.metrics_patience;
  entry.not_before = std::min(now + entry.backoff.next(), std::max(give_up, now));
  if (error.kind == ErrorKind::unavailable) until_ = now + backoff_.next();
  queue_.push_back(std::move(entry));
}

}  // namespace jobledger::archive
