// SPDX-License-Identifier: MIT
// What can still be read of a table that was put aside (damaged_table.h) goes back into its family,
// so that a damaged block costs no more than itself.
//
// Executor: whoever opens the database. Repeatable: of two values of a key the newer one stays, as
// far as their bytes tell: rows and records have revisions, a node report only grows. Elsewhere
// what the family has stays. Deleted keys may come back; see who settles the table (database.h).
#pragma once

#include "base/result.h"
#include "storage/lost_table.h"

#include <rocksdb/db.h>

namespace jobledger::storage {

// Durable after success. A table of which nothing can be read is no error, and said.
Result<void> salvage_table(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family,
                           const rocksdb::Options& options, const LostTable& table);

}  // namespace jobledger::storage
