// SPDX-License-Identifier: MIT
// Of a table that was put aside (damaged_table.h), what can still be read: it goes back into its
// family, so that a damaged block costs no more than itself.
//
// Executor: whoever opens the database. Repeatable: what the family has already, which is never
// older, stays; a table is done when its rows are synced, and has another name then. Failure:
// logged; the next start tries again.
#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <functional>
#include <string>

namespace jobledger::storage {

// Null: there is no such family any more.
using FindFamily = std::function<rocksdb::ColumnFamilyHandle*(const std::string& name)>;

// `lost`: the folder of tables that were put aside; it may be absent.
void salvage_tables(rocksdb::DB& db, const rocksdb::Options& options,
                    const std::filesystem::path& lost, const FindFamily& find_family);

}  // namespace jobledger::storage
