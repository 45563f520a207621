// SPDX-License-Identifier: MIT
// What tables that were taken out (damaged_table.h) have cost, and what can be done about it. A job
// has a row and a record with the same revision, in different tables: the older one of both, or the
// missing one, is written anew from the other. Which dead letters there are stands in `state`.
//
// Executor: the writer thread, or the one that loads. Repeatable; settled when everything is
// durable.
#pragma once

#include "base/result.h"
#include "storage/database.h"
#include "storage/state.h"

namespace jobledger::storage {

// All lost tables of the database. Pre: counters, texts, tags and damaged jobs are loaded. Rows in
// memory are not touched; they are current, or still to be loaded.
Result<void> settle_lost_tables(Database& database, State& state);

}  // namespace jobledger::storage
