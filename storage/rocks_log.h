// SPDX-License-Identifier: MIT
// RocksDB's own messages into our log. Its log file is not used: on a full disk writing there
// aborts the process (7.8).
#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace jobledger::storage {

// Warnings and errors; the rest of what RocksDB has to tell is dropped.
std::shared_ptr<rocksdb::Logger> make_rocks_log();

}  // namespace jobledger::storage
