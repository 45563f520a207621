// SPDX-License-Identifier: MIT
// What was measured of one host: sealed blocks and the head together, as of one snapshot.
//
// Operation: a question names a host, a metric and a time range; answers are series on the range's
// own grid: point k holds what was measured in [from + k * timestep, from + (k + 1) * timestep),
// NaN where nothing was. Node, socket and memory-domain series come from roll-ups, which never
// touch single hardware threads; read_elements() gives what was sent. Statistics are over the
// samples themselves, before anything is resampled. Executor: one thread per reader, any; reads
// touch the disk. Lifetime: of one question, shortly; the snapshot and the clusters must outlive
// it. Failure: what cannot be read is missing from the answer, and counted.
#pragma once

#include "base/result.h"
#include "schema/cluster.h"
#include "storage/block_reader.h"
#include "storage/metrics/block_codec.h"
#include "storage/metrics/rollup.h"
#include "storage/metrics/samples.h"
#include "storage/snapshot.h"
#include "storage/time_range.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::storage {

// A roll-up, or an element as it was measured.
struct MeasuredSeries {
  schema::MetricScope scope = schema::MetricScope::node;  // of roll-ups
  std::uint32_t index = 0;                                // of roll-ups
  metrics::ElementName element;                           // of elements; valid as long as the store
  std::uint32_t elements = 0;                             // of roll-ups, as in block_codec.h
  metrics::Summary summary;                               // over the range
  std::vector<float> values;  // range.points(), or none when they were not wanted
};

class MetricReader {
 public:
  static Result<MetricReader> open(const Snapshot& snapshot, const schema::Clusters& clusters,
                                   const TimeRange& range);
  // For several readers of one question. Pre: the plans are of this snapshot.
  static Result<MetricReader> open(const Snapshot& snapshot,
                                   std::shared_ptr<metrics::PlanBook> plans,
                                   const TimeRange& range);

  struct Host {
    std::string_view cluster, hostname;
  };
  // All series of that scope; empty: nothing was measured. `values` off: summaries only, by far
  // cheaper. Pre: scope is node, socket or memory_domain.
  std::vector<MeasuredSeries> read_rollups(const Host& host, std::string_view metric,
                                           schema::MetricScope scope, bool values);
  // Those of the elements that were measured; all when `wanted` is empty. In the order of their
  // numbers.
  std::vector<MeasuredSeries> read_elements(const Host& host, std::string_view metric,
                                            std::span<const metrics::ElementName> wanted);

  std::uint64_t unreadable() const { return blocks_.unreadable(); }  // blocks that are missing

 private:
  struct Names;
  struct Elements;
  MetricReader(const Snapshot& snapshot, std::shared_ptr<metrics::PlanBook> plans,
               const TimeRange& range, BlockReader blocks);
  std::optional<Names> find_names(const Host& host, std::string_view metric) const;
  void add_measured(const Names& names, Elements& elements);
  // Calls visit(even ticks, place of the metric in their layout, matrix of a whole window, whether
  // that window was sealed before) for the head's ticks in the range.
  template <class Visit>
  void visit_head(const Names& names, Visit visit) const;

  const Snapshot* snapshot_;
  TimeRange range_;
  BlockReader blocks_;
  std::shared_ptr<metrics::PlanBook> plans_;
};

// The readers of one question, by time step, opened as they are needed. Executor: one thread; plans
// may be shared with others of the question.
class MetricReaders {
 public:
  // Pre: the plans are of this snapshot. [from, to): as in TimeRange.
  MetricReaders(const Snapshot& snapshot, std::shared_ptr<metrics::PlanBook> plans,
                std::int64_t from, std::int64_t to)
      : snapshot_(snapshot), plans_(std::move(plans)), from_(from), to_(to) {}

  Result<MetricReader*> of(std::int32_t timestep);  // lives as long as this
  std::uint64_t unreadable() const;                 // of all of them

 private:
  const Snapshot& snapshot_;
  const std::shared_ptr<metrics::PlanBook> plans_;
  const std::int64_t from_, to_;
  std::map<std::int32_t, MetricReader> readers_;
};

}  // namespace jobledger::storage
