// SPDX-License-Identifier: MIT
// Table files that are damaged. RocksDB opens nothing when it cannot open one of them, and writes
// nothing more when a compaction meets a bad block. So a damaged table is taken out of the database
// and put aside, whatever it holds; what can be read of it comes back (salvage.h), and what else
// was in it is found where it stands a second time (state_copy.h, reconcile.h).
//
// Executor: whoever opens the database; the database is closed. Lifetime: of one call.
#pragma once

#include "base/result.h"
#include "storage/lost_table.h"

#include <rocksdb/db.h>

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace jobledger::storage {

// The number of the table file that an error of RocksDB names; nullopt: it names none.
std::optional<std::uint64_t> parse_table_number(std::string_view error);

// A closed database, and how to open it.
struct ClosedDatabase {
  const rocksdb::DBOptions& options;
  const std::vector<rocksdb::ColumnFamilyDescriptor>& families;
  const std::filesystem::path& path;
};

// Takes the file out; it is kept in lost_folder(), with a note. False: there is no such table.
Result<bool> set_aside_table(const ClosedDatabase& database, std::uint64_t number);

// Whether all of it can be read; corruption if not. Another error: there is no such file any more.
rocksdb::Status check_table(const rocksdb::Options& options, const std::filesystem::path& table);

// Reads all tables: for errors that name none. The number of the first that is damaged.
Result<std::optional<std::uint64_t>> find_damaged_table(const ClosedDatabase& database);

}  // namespace jobledger::storage
