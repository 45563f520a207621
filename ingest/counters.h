// SPDX-License-Identifier: MIT
// What ingest shows on /metrics. Executor: any thread.
#pragma once

#include "base/telemetry.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/status.h"
#include "ingest/tally.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace jobledger::ingest {

class Counters {
 public:
  Counters(Telemetry& telemetry, const LimitsConfig& limits);

  void add(const Tally& tally);
  void add(const UnknownCounts& unknown);  // logs each name once
  void observe_commit(double seconds) { commit_.observe_seconds(seconds); }
  void set(const Status& status, std::size_t pending_batches);

 private:
  Telemetry& telemetry_;
  const std::size_t max_names_;
  std::vector<Counter> events_;        // by kind and outcome
  std::vector<Counter> dead_letters_;  // by reason
  Counter messages_, repeated_, settled_, strangers_, overtime_;
  LatencyHistogram commit_;
  Gauge connected_, following_, plain_, position_, lag_, out_of_reach_, reconnects_, missed_,
      pending_;
  std::mutex mutex_;
  std::map<std::string, Counter, std::less<>> unknown_;
};

}  // namespace jobledger::ingest
