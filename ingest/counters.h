// SPDX-License-Identifier: MIT
// What became of events, on /metrics. Executor: any thread.
#pragma once

#include "base/telemetry.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
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

 private:
  Telemetry& telemetry_;
  const std::size_t max_names_;
  std::vector<Counter> events_;        // by kind and outcome
  std::vector<Counter> dead_letters_;  // by reason
  Counter messages_, repeated_, settled_, strangers_, overtime_;
  std::mutex mutex_;
  std::map<std::string, Counter, std::less<>> unknown_;
};

}  // namespace jobledger::ingest
