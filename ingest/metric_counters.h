// SPDX-License-Identifier: MIT
// What became of metric lines, on /metrics. Executor: any thread.
#pragma once

#include "base/telemetry.h"
#include "ingest/config.h"
#include "ingest/metric_tally.h"
#include "ingest/named_counters.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace jobledger::ingest {

class MetricCounters {
 public:
  MetricCounters(Telemetry& telemetry, const LimitsConfig& limits);

  void add(const MetricTally& tally, std::uint64_t stored, std::uint64_t repeated_messages);

 private:
  Counter messages_, repeated_, bytes_, lines_, stored_, other_fields_;
  std::vector<Counter> skipped_;         // by category
  std::vector<Counter> refused_;         // by reason
  std::deque<NamedCounters> unmatched_;  // by kind
};

}  // namespace jobledger::ingest
