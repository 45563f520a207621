// SPDX-License-Identifier: MIT
// Samples that came late, together with what was sealed of their window before.
//
// Executor: any thread; reads blocks.
#pragma once

#include "storage/block_reader.h"
#include "storage/metrics/rollup.h"

namespace jobledger::storage {

// Adds to the matrix, which holds one whole window of a metric, what the blocks of that window hold
// and it lacks. `key`: of the window's roll-up block. True when there were blocks: the matrix may
// have more elements then.
bool merge_blocks(metrics::MetricMatrix& matrix, const BlockKey& key, BlockReader& reader,
                  const jobs::Dictionaries& dictionaries);

}  // namespace jobledger::storage
