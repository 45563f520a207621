// SPDX-License-Identifier: MIT
// What the finisher shares with other threads, and what it tells of itself.
#pragma once

#include "archive/deferred.h"
#include "archive/finisher.h"
#include "archive/job_stager.h"
#include "base/telemetry.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace jobledger::archive {

// What the finisher's thread, the Writer's callbacks and other threads share. It outlives the
// Finisher in callbacks that come late.
struct FinisherState {
  mutable std::mutex mutex;
  std::condition_variable wake;     // the finisher's thread
  std::condition_variable settled;  // wait_idle()
  bool stopping = false, notified = false;
  std::size_t marks = 0;                                      // pieces of work at the Writer
  std::unordered_set<std::int64_t> in_flight;                 // taken and not yet confirmed
  std::vector<std::pair<std::int64_t, Error>> mark_failures;  // to be put aside
  std::uint64_t idle_asked = 0, idle_served = 0;
  std::vector<std::pair<std::int64_t, std::optional<FinishItem>>> from_lanes;
  std::vector<JobTrouble> aside;
  FinisherStatus status;

  void notify() {
    {
      const std::lock_guard lock(mutex);
      notified = true;
    }
    wake.notify_one();
  }

  void forget(const std::vector<FinishItem>& items) {
    const std::lock_guard lock(mutex);
    for (const FinishItem& item : items) in_flight.erase(item.read->id);
  }
};

// Executor: any thread.
struct FinisherTelemetry {
  explicit FinisherTelemetry(Telemetry& telemetry);

  Counter jobs, failures, without_metrics;
  Gauge in_flight, deferred, aside, unread, settling, blocked;
  LatencyHistogram batch_seconds;
};

}  // namespace jobledger::archive
