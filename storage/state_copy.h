// SPDX-License-Identifier: MIT
// The key space `state` is written twice, key by key in the same batches, into two families. So a
// damaged table of one is replaced from the other, exactly, deleted keys included: what is in it
// (positions, counters, texts) cannot be had from elsewhere.
//
// Executor: whoever opens the database.
#pragma once

#include "base/result.h"

#include <rocksdb/db.h>

namespace jobledger::storage {

// Afterwards `to` holds what `from` holds, durably. May be interrupted and repeated.
Result<void> copy_family(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& from,
                         rocksdb::ColumnFamilyHandle& to);

}  // namespace jobledger::storage
