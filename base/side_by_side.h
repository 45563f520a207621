// SPDX-License-Identifier: MIT
// Work on many items, shared with threads of a pool that have nothing else to do.
//
// The caller never waits for work that has not begun: what no other thread takes it does itself. So
// a busy or stopped pool delays but never blocks, and calls may nest.
#pragma once

#include "base/worker_pool.h"

#include <cstddef>
#include <functional>

namespace jobledger {

// Calls work(i) once for each i below count, on this thread and perhaps on others, and returns when
// all are done. Executor: any thread, the pool's own included. What a call throws is thrown here,
// when the calls that had begun are done; further ones are left out then.
void run_side_by_side(WorkerPool& pool, std::size_t count,
                      const std::function<void(std::size_t)>& work);

}  // namespace jobledger
