// SPDX-License-Identifier: MIT
// Windows of the head as blocks: what is written when a window is sealed.
//
// Operation: the ticks of a host up to a slot are cut into windows; each metric of a window becomes
// a roll-up block and, where elements are left that it does not hold, a raw block. Where a window
// has blocks already (its samples came late, or it was sealed early), the old ones are read and
// merged; the newer sample counts. Executor: any thread; reads blocks, changes nothing.
#pragma once

#include "base/result.h"
#include "storage/metrics/head_edit.h"
#include "storage/metrics/rollup.h"
#include "storage/snapshot.h"
#include "storage/update.h"

#include <cstdint>
#include <vector>

namespace jobledger::storage {

struct SealedWindows {
  metrics::SealedHost host;         // what is replaced ...
  std::vector<SealedBlock> blocks;  // ... by these
};

// All ticks of the host before slot `end`. Pre: there is one. Blocks that cannot be read are
// written over; an error only when the database cannot be read at all.
Result<SealedWindows> seal_windows(const Snapshot& snapshot, metrics::PlanBook& plans,
                                   const metrics::HostTicks& host, std::int64_t end);

}  // namespace jobledger::storage
