// SPDX-License-Identifier: MIT
// Sealed blocks: everything that one host measured of one metric in one window of the grid.
//
// Two values stand for one such window. The raw block holds every element's column. The roll-up
// block, much smaller, holds what most questions are about: the whole node, sockets and memory
// domains as aggregates, each with a summary, so that statistics over whole windows need no column
// at all. A metric that is measured per node only has no raw block: its roll-up is the data.
// Format: docs/formats.md, "Metric blocks".
//
// Executor: any thread. Failure: `corrupt` for bytes that are no block; a reader skips that block.
#pragma once

#include "base/result.h"
#include "schema/cluster.h"
#include "storage/metrics/column_codec.h"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage::metrics {

// A block claims at most so many values, elements times slots: equal and constant columns cost a
// byte, so the bytes alone are no bound of what they become in memory.
constexpr std::size_t kMaxBlockValues = std::size_t{1} << 22;
constexpr std::int64_t kMaxGridTime = std::int64_t{1} << 48;  // seconds

// Where the samples of a block stand. Slot n of the grid is at n * timestep; what was measured for
// it is attributed to the instant n * timestep + timestep / 2 + shift, as hosts tick at phases of
// their own.
struct Grid {
  std::int64_t first_slot = 0;  // 0 to kMaxGridTime / timestep
  std::uint32_t slots = 0;      // 1 to kMaxColumnValues
  std::int32_t timestep = 0;    // seconds, >= 1
  std::int32_t shift = 0;       // seconds, -timestep to timestep

  bool operator==(const Grid&) const = default;
};

// Of one series over one window, from the samples before any resampling.
struct Summary {
  std::uint32_t count = 0;  // slots with a value
  // How many samples of elements stand behind these values; `elements` * slots when all came.
  std::uint64_t samples = 0;
  float min = std::numeric_limits<float>::quiet_NaN(), max = min;  // NaN when count is 0
  double sum = 0;                                                  // of the values; mean: / count

  bool operator==(const Summary&) const = default;
};

struct RollupSeries {
  schema::MetricScope scope = schema::MetricScope::node;
  std::uint32_t index = 0;     // of the element in its scope; 0 for the node
  std::uint32_t elements = 0;  // aggregated into it, at most; 0: it was measured as it is
  Summary summary;
  std::vector<float> values;  // one per slot; NaN: no sample

  bool operator==(const RollupSeries&) const = default;
};

struct RollupBlock {
  Grid grid;
  std::vector<RollupSeries> series;  // by (scope, index)
  // What the aggregates were made by (rollup.h, mapping_of): blocks of another mapping do not go
  // together. 0: there are none, or it was not kept yet when they were made.
  std::uint32_t mapping = 0;
};

struct RawBlock {
  Grid grid;
  std::vector<std::uint32_t> elements;  // dictionary numbers, ascending
  std::vector<float> values;            // element by element, grid.slots each

  std::span<const float> column(std::size_t element) const {
    return std::span(values).subspan(element * grid.slots, grid.slots);
  }
};

// Append. Blocks are within kMaxBlockValues, every series has grid.slots values.
void encode_rollup_block(std::string& out, const RollupBlock& block);
void encode_raw_block(std::string& out, const RawBlock& block);

// Which parts of a roll-up block are wanted. Columns that are not are passed over undecoded.
struct RollupWish {
  schema::MetricScope scope = schema::MetricScope::node;
  bool values = true;  // false: summaries only, `values` stay empty
};
Result<RollupBlock> decode_rollup_block(std::string_view bytes, const RollupWish& wish);

// `wanted`: ascending element numbers, the others are passed over; empty: all.
Result<RawBlock> decode_raw_block(std::string_view bytes, std::span<const std::uint32_t> wanted);

}  // namespace jobledger::storage::metrics
