// SPDX-License-Identifier: MIT
#include "storage/node_history_filter.h"

#include "storage/layout.h"

#include <string_view>
#include <utility>

namespace jobledger::storage {
namespace {

class NodeHistoryFilter : public rocksdb::CompactionFilter {
 public:
  explicit NodeHistoryFilter(std::int64_t cutoff) : cutoff_(cutoff) {}

  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice&, std::string*,
              bool*) const override {
    std::int64_t time = 0;
    std::string_view cluster;
    return parse_history_key({key.data(), key.size()}, time, cluster) && time < cutoff_;
  }
  const char* Name() const override { return "jobledger.node_history"; }

 private:
  std::int64_t cutoff_;
};

}  // namespace

NodeHistoryFilterFactory::NodeHistoryFilterFactory(
    std::shared_ptr<const std::atomic<std::int64_t>> cutoff)
    : cutoff_(std::move(cutoff)) {}

std::unique_ptr<rocksdb::CompactionFilter> NodeHistoryFilterFactory::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context&) {
  return std::make_unique<NodeHistoryFilter>(cutoff_->load());
}

}  // namespace jobledger::storage
