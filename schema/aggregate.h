// SPDX-License-Identifier: MIT
// Many elements' series into one: hardware threads into a core, a socket or a node, hosts into a
// cluster.
//
// All members stand on one grid; slot n is the same time for each. Where members are missing, the
// others are aggregated without them, and the coverage says how many took part: of a sum over 72
// threads of which 71 came, the 71 are delivered with coverage 0.986. The order of the members has
// no influence beyond the last bits.
//
// Executor: any one thread. Memory: 12 bytes a slot, whatever the number of members.
#pragma once

#include "base/result.h"
#include "schema/cluster.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace jobledger::schema {

// What one member brings. `elements`: how many the values are an aggregate of already, by the same
// aggregation, 1 or more: averages over 36 and over 1 thread count 36 to 1. Where such a member has
// a value, all its elements count as having come.
struct AggregateMember {
  std::span<const float> values;  // NaN: no sample
  std::size_t first_slot = 0;     // of the values; those beyond the grid are left out
  std::uint32_t elements = 1;
};

class SeriesAggregator {
 public:
  // `elements`: how many elements are to come, counted as in AggregateMember. invalid: more than
  // one, and the metric has no aggregation; the error says so, and no data need be read.
  static Result<SeriesAggregator> make(Aggregation how, std::uint64_t elements, std::size_t slots);

  void add(const AggregateMember& member);

  // How many elements stand behind each slot so far, and all of them together.
  std::span<const std::uint32_t> contributors() const { return counts_; }
  std::uint64_t samples() const;
  // Of elements * slots; nullopt when nothing was to come.
  std::optional<float> coverage() const;
  // sum: over what came; avg: over as many as came. NaN where nothing came, and where the result is
  // beyond single precision.
  std::vector<float> values() const;

 private:
  SeriesAggregator(Aggregation how, std::uint64_t elements, std::size_t slots);

  Aggregation how_;
  std::uint64_t elements_;
  std::vector<double> sums_;           // per slot
  std::vector<std::uint32_t> counts_;  // the same
};

}  // namespace jobledger::schema
