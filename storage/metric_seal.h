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

// What becomes of old blocks that the disk, or a limit of the system, does not let us read now.
enum class Unreadable : std::uint8_t { may_come_back, is_lost };

// All ticks of the host before slot `end`. Pre: there is one. Of old blocks that are damaged, what
// is left is merged and the rest is lost: counted and logged. An error when one cannot be read that
// may come back: nothing was lost, try again.
Result<SealedWindows> seal_windows(const Snapshot& snapshot, metrics::PlanBook& plans,
                                   const metrics::HostTicks& host, std::int64_t end,
                                   Unreadable unreadable = Unreadable::may_come_back);

}  // namespace jobledger::storage
