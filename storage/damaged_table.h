// SPDX-License-Identifier: MIT
// Table files that cannot be opened. RocksDB opens nothing then; but samples that are lost must not
// keep the jobs from being served. So a damaged file that holds nothing but metric samples is taken
// out of the database and put aside; what can be read of it comes back (salvage.h). Damage to
// anything else stays an error.
//
// Executor: whoever opens the database; the database is closed. Lifetime: of one call.
#pragma once

#include "base/result.h"
#include "storage/layout.h"

#include <rocksdb/db.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage {

// The number of the table file that an error of RocksDB names; nullopt: it names none.
std::optional<std::uint64_t> parse_table_number(std::string_view error);

std::filesystem::path lost_folder(const std::filesystem::path& database);

// Takes the file out if it is of a period or of the head log; it is kept in
// lost_folder(). False when it is of another family. `families` as for opening.
Result<bool> set_aside_table(const rocksdb::DBOptions& options,
                             const std::vector<rocksdb::ColumnFamilyDescriptor>& families,
                             const std::filesystem::path& path, std::uint64_t number);

}  // namespace jobledger::storage
