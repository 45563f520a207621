// SPDX-License-Identifier: MIT
// What became of the metric lines of one batch. Every line is in exactly one of: samples, skipped,
// refused, or unmatched of a metric or cluster.
#pragma once

#include "ingest/metric_line.h"
#include "ingest/refusal.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jobledger::ingest {

// A name, how often it came, and where last.
struct NameCount {
  std::string cluster;  // empty: the name is a cluster's, or no cluster was named
  std::string name;
  std::uint64_t count = 0;
  std::string example;    // the last line with it, cut
  std::int64_t time = 0;  // log time of that, epoch seconds
};

struct MetricTally {
  std::uint64_t messages = 0, bytes = 0, lines = 0, samples = 0;
  std::uint64_t other_fields = 0;  // lines with more fields than `value`
  std::array<std::uint64_t, kLineKindCount> skipped{};
  std::array<NameCount, kRefusalCount> refused;                       // the name is the refusal's
  std::array<std::vector<NameCount>, kUnmatchedKindCount> unmatched;  // by name
  std::array<std::uint64_t, kUnmatchedKindCount> unmatched_beyond{};  // of further names

  std::uint64_t refused_count(Refusal refusal) const {
    return refused[static_cast<std::size_t>(refusal)].count;
  }
  std::uint64_t unmatched_count(UnmatchedKind kind) const;
};

// Gathers a tally while a batch is decoded, without allocating per line.
class MetricTallyBuilder {
 public:
  struct Limits {
    std::size_t max_names = 1000;  // of one kind
    std::size_t max_example_bytes = 300;
  };
  explicit MetricTallyBuilder(Limits limits) : limits_(limits) {}

  MetricTally counts;  // but refused and unmatched

  // `detail`: what is wrong in words, if there is more to say than the refusal does.
  void refuse(Refusal refusal, std::string_view line, std::int64_t time,
              std::string_view detail = {});
  // A place for the name, for count(); none when there are too many.
  static constexpr std::uint32_t kBeyond = UINT32_MAX;
  std::uint32_t add_name(UnmatchedKind kind, std::string_view cluster, std::string_view name);
  void count(UnmatchedKind kind, std::uint32_t place, std::string_view line, std::int64_t time);

  // Ends the batch. Only now are texts copied.
  MetricTally take();

 private:
  struct Seen {
    std::string_view cluster, name;
    std::uint64_t count = 0;
    std::string_view example;
    std::int64_t time = 0;
  };
  NameCount owned(const Seen& seen) const;

  const Limits limits_;
  std::array<Seen, kRefusalCount> refused_{};
  std::array<std::vector<Seen>, kUnmatchedKindCount> unmatched_;
};

}  // namespace jobledger::ingest
