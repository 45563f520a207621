// SPDX-License-Identifier: MIT
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <cstddef>

namespace jobledger::storage {

constexpr std::size_t kBatchBytes = 1 << 20;  // of many rows, written at once

// The batch is empty afterwards, also when it was not written.
inline rocksdb::Status write_and_clear(rocksdb::DB& db, rocksdb::WriteBatch& batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  const auto status = db.Write(options, &batch);
  batch.Clear();
  return status;
}

}  // namespace jobledger::storage
