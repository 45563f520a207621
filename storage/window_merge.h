// SPDX-License-Identifier: MIT
// Samples that came late, together with what was sealed of their window before.
//
// Executor: any thread; reads blocks.
#pragma once

#include "storage/block_reader.h"
#include "storage/metrics/rollup.h"

#include <cstdint>
#include <vector>

namespace jobledger::storage {

struct MergedWindow {
  bool found = false;  // there were blocks
  // The roll-up block's aggregates, unless a raw block that they were made of was found: either
  // there is none, or it was lost.
  std::vector<metrics::RollupSeries> orphans;
  std::uint32_t mapping = 0;  // of the roll-up block
};

// Adds to the matrix, which holds one whole window of a metric, what the blocks of that window hold
// and it lacks: it may have more elements then. `key`: of the window's roll-up block. What cannot
// be read is missing; the reader knows of it.
MergedWindow merge_blocks(metrics::MetricMatrix& matrix, const BlockKey& key, BlockReader& reader,
                          const jobs::Dictionaries& dictionaries);

// Where the elements of an aggregate are no longer known, it stays.
void restore_orphans(metrics::RollupBlock& rollup, std::vector<metrics::RollupSeries> orphans);

}  // namespace jobledger::storage
