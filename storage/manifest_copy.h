// SPDX-License-Identifier: MIT
// The manifest, RocksDB's list of the tables there are, and CURRENT, which names it, are written
// twice: here and below copies/. One flipped bit in them would cost the database, or, where it
// shortens the list without a word, bring back what was deleted.
//
// Executor: any; restore_manifest() while the database is closed.
#pragma once

#include "base/result.h"

#include <rocksdb/file_system.h>

#include <filesystem>
#include <memory>
#include <string_view>

namespace jobledger::storage {

// As `base`, but writes the copies, too. A copy that cannot be written goes; the database does not
// depend on it.
std::shared_ptr<rocksdb::FileSystem> with_manifest_copy(std::shared_ptr<rocksdb::FileSystem> base);

// Replaces what is damaged by its copy. Nothing to do is no error; both damaged is for RocksDB to
// say.
Result<void> restore_manifest(const std::filesystem::path& database);

// Whether these are the records of a log of RocksDB, complete to the last byte, with right sums.
bool is_whole_log(std::string_view bytes);

}  // namespace jobledger::storage
