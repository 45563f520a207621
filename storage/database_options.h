// SPDX-License-Identifier: MIT
// How RocksDB is opened: one cache for everything, bounded memtables, families with what each
// needs.
//
// Executor: any. Lifetime: the environment outlives the database.
#pragma once

#include "storage/config.h"

#include <rocksdb/db.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace jobledger::storage {

using HistoryCutoff = std::shared_ptr<std::atomic<std::int64_t>>;  // node_history_filter.h

struct OpenPlan {
  rocksdb::DBOptions options;
  // Those of layout.h in their order, then periods, then what a newer format may have added:
  // RocksDB opens nothing unless all are named, and the format version, which says it better, can
  // only be read then.
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  std::shared_ptr<rocksdb::Cache> cache;
};
OpenPlan plan_open(const Config& config, rocksdb::Env* env, const HistoryCutoff& history_cutoff);

// Of one day of metric blocks.
rocksdb::ColumnFamilyOptions period_options(const Config& config,
                                            const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace jobledger::storage
