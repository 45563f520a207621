// SPDX-License-Identifier: MIT
// What became of events, on /metrics. Executor: any thread.
#pragma once

#include "base/telemetry.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/named_counters.h"
#include "ingest/tally.h"

#include <vector>

namespace jobledger::ingest {

class Counters {
 public:
  Counters(Telemetry& telemetry, const LimitsConfig& limits);

  void add(const Tally& tally);
  void add(const UnknownCounts& unknown);           // logs each name once
  void add(const std::vector<NameCount>& dropped);  // likewise

 private:
  std::vector<Counter> events_;        // by kind and outcome
  std::vector<Counter> dead_letters_;  // by reason
  Counter messages_, repeated_, settled_, never_restarted_, strangers_, overtime_;
  NamedCounters unknown_, dropped_;
};

}  // namespace jobledger::ingest
