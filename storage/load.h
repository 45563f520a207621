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

// Rows are read by config.load_threads threads. Answers the jobs whose archiving is due. Settles
// the lost tables of the database. `corrupt` names the first key that cannot be read; if that was a
// damaged table, the database needs_recovery(), and a fresh state may be loaded after it.
Result<std::vector<jobs::JobRef>> load_state(Database& database, const Config& config,
                                             State& state);

Result<Counters> load_counters(const Database& database);

}  // namespace jobledger::storage
