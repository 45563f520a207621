// SPDX-License-Identifier: MIT
// The finisher's queue of jobs whose samples one other store has, with a thread of its own: a store
// that hangs holds up its own jobs only.
//
// Operation: jobs come in by their numbers, are read from the index when it is their turn, and
// staged one by one; the finisher collects them (finisher.h). While the store does not answer all
// of them wait, and it is tried again with growing pauses. A job whose samples cannot be read for
// Config::metrics_patience is archived without.
// Executor: add(), status() from any thread; done and changed are called on the lane's thread.
// Lifetime: stop() before destruction; all parts outlive it.
#pragma once

#include "archive/deferred.h"
#include "archive/job_stager.h"
#include "storage/store.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace jobledger::archive {

struct LaneStatus {
  std::size_t waiting = 0;             // jobs, with the one that is being read
  bool idle = true;                    // there is nothing that could be done now
  std::optional<std::string> trouble;  // what the store failed by last
};

class SourceLane {
 public:
  struct Parts {
    const Config& config;
    JobStager& stager;
    storage::Store& store;
    // A job left the lane: staged or failed; or without an item, as it is not due any more.
    std::function<void(std::int64_t id, std::optional<FinishItem> item)> done;
    std::function<void()> changed;  // nothing can be done for now
  };
  explicit SourceLane(Parts parts);
  ~SourceLane();

  void add(std::int64_t id);
  void stop();  // waits for the job that is being read
  LaneStatus status() const;

 private:
  struct Entry {
    std::int64_t id = 0;
    Instant since;  // it came into the lane
    Instant not_before;
    Backoff backoff;
  };
  void run();
  std::optional<Entry> take(std::unique_lock<std::mutex>& lock);
  std::optional<FinishItem> work(const Entry& entry);
  void wait_after(Entry entry, const FinishItem& item);
  std::optional<Instant> next_look() const;

  const Parts parts_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Entry> queue_;
  bool stopping_ = false, working_ = false, looked_ = true;
  Backoff backoff_;  // of the store
  Instant until_;    // it is left alone
  std::optional<std::string> trouble_;
  std::thread thread_;
};

}  // namespace jobledger::archive
