// SPDX-License-Identifier: MIT
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

namespace jobledger::storage {

// The batch is empty afterwards, also when it was not written.
inline rocksdb::Status write_and_clear(rocksdb::DB& db, rocksdb::WriteBatch& batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  const auto status = db.Write(options, &batch);
  batch.Clear();
  return status;
}

}  // namespace jobledger::storage
