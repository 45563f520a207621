// SPDX-License-Identifier: MIT
#include "ingest/metric_tally.h"

#include <utility>

namespace jobledger::ingest {

std::uint64_t MetricTally::unmatched_count(UnmatchedKind kind) const {
  const auto at = static_cast<std::size_t>(kind);
  std::uint64_t sum = unmatched_beyond[at];
  for (const NameCount& name : unmatched[at]) sum += name.count;
  return sum;
}

void MetricTallyBuilder::refuse(Refusal refusal, std::string_view line, std::int64_t time,
                                std::string_view detail) {
  Seen& seen = refused_[static_cast<std::size_t>(refusal)];
  ++seen.count;
  seen.example = line;
  seen.time = time;
  seen.name = detail;
}

std::uint32_t MetricTallyBuilder::add_name(UnmatchedKind kind, std::string_view cluster,
                                           std::string_view name) {
  std::vector<Seen>& names = unmatched_[static_cast<std::size_t>(kind)];
  if (names.size() >= limits_.max_names) return kBeyond;
  names.push_back({cluster, name, 0, {}, 0});
  return static_cast<std::uint32_t>(names.size() - 1);
}

void MetricTallyBuilder::count(UnmatchedKind kind, std::uint32_t place, std::string_view line,
                               std::int64_t time) {
  if (place == kBeyond) {
    ++counts.unmatched_beyond[static_cast<std::size_t>(kind)];
    return;
  }
  Seen& seen = unmatched_[static_cast<std::size_t>(kind)][place];
  ++seen.count;
  seen.example = line;
  seen.time = time;
}

NameCount MetricTallyBuilder::owned(const Seen& seen) const {
  return {std::string(seen.cluster), std::string(seen.name), seen.count,
          std::string(seen.example.substr(0, limits_.max_example_bytes)), seen.time};
}

MetricTally MetricTallyBuilder::take() {
  MetricTally tally = std::exchange(counts, {});
  for (std::size_t i = 0; i < refused_.size(); ++i) {
    if (refused_[i].count == 0) continue;
    NameCount counted = owned(refused_[i]);
    if (!counted.name.empty()) counted.example.insert(0, counted.name + ": ");
    counted.name = to_string(static_cast<Refusal>(i));
    tally.refused[i] = std::move(counted);
  }
  for (std::size_t kind = 0; kind < unmatched_.size(); ++kind) {
    for (const Seen& seen : unmatched_[kind]) tally.unmatched[kind].push_back(owned(seen));
    unmatched_[kind].clear();
  }
  refused_ = {};
  return tally;
}

}  // namespace jobledger::ingest
