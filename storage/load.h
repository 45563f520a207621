// SPDX-License-Identifier: MIT
// Rebuilds the state in memory from RocksDB: at start, before anything else.
#pragma once

#include "base/result.h"
#include "storage/config.h"
#include "storage/database.h"
#include "storage/state.h"

#include <cstdint>
#include <vector>

namespace jobledger::storage {

// Rows are read by config.load_threads threads. Answers the jobs whose archiving is due.
// `corrupt` names the first key that cannot be read.
Result<std::vector<jobs::JobRef>> load_state(const Database& database, const Config& config,
                                             State& state);

Result<Counters> load_counters(const Database& database);

}  // namespace jobledger::storage
