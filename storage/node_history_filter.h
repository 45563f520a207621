// SPDX-License-Identifier: MIT
// Removes node reports before the cut-off while RocksDB compacts, so that old ones cost no deletes.
// Readers look at nothing before their own cut-off, so an answer does not depend on compaction.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <atomic>
#include <cstdint>
#include <memory>

namespace jobledger::storage {

class NodeHistoryFilterFactory : public rocksdb::CompactionFilterFactory {
 public:
  // Epoch seconds; reports before it go.
  explicit NodeHistoryFilterFactory(std::shared_ptr<const std::atomic<std::int64_t>> cutoff);
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  const char* Name() const override { return "jobledger.node_history"; }

 private:
  std::shared_ptr<const std::atomic<std::int64_t>> cutoff_;
};

}  // namespace jobledger::storage
