// SPDX-License-Identifier: MIT
// What metric lines named that we do not know, what of them was refused, and what was left out of
// events, since the start of the daemon: for people who wonder where their data is. Bounded; not
// kept over a restart.
//
// Executor: any thread.
#pragma once

#include "ingest/metric_tally.h"
#include "ingest/refusal.h"
#include "ingest/status.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace jobledger::ingest {

struct UnmatchedReport {
  // Most frequent first.
  std::vector<NameCount> metrics;   // the cluster has no such metric: not stored
  std::vector<NameCount> hosts;     // in no sub-cluster: stored all the same
  std::vector<NameCount> clusters;  // there is no such cluster: not stored
  std::vector<NameCount> clocks;    // hosts whose samples were late or ahead: these not stored
  std::vector<NameCount> refused;   // by the name of the refusal
  std::vector<NameCount> members;   // of events: their values were of no use and left out
  // Of further names, by kind; they are not listed.
  std::array<std::uint64_t, kUnmatchedKindCount> beyond{};
};

// One JSON object (docs/formats.md, unmatched report).
std::string unmatched_json(const UnmatchedReport& report);

class Unmatched {
 public:
  explicit Unmatched(std::size_t max_names) : max_names_(max_names) {}  // of one kind

  void add(const MetricTally& tally);
  void add(const std::vector<NameCount>& members);
  UnmatchedReport report() const;
  // Without the names and examples of that.
  void count(MetricStatus& status) const;

 private:
  using Names = std::map<std::string, NameCount, std::less<>>;  // by cluster and name

  const std::size_t max_names_;
  mutable std::mutex mutex_;
  std::array<Names, kUnmatchedKindCount> names_;
  std::array<std::uint64_t, kUnmatchedKindCount> beyond_{};
  std::array<NameCount, kRefusalCount> refused_;
  Names members_;
};

}  // namespace jobledger::ingest
