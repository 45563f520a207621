// SPDX-License-Identifier: MIT
// Decoded jobs of recent answers, least recently used go first. Keyed by number and revision, so an
// entry never goes stale. Executor: any thread; one lock per shard, held for a look-up only.
#pragma once

#include "base/lru.h"
#include "schema/job.h"
#include "storage/jobs/row.h"

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>

namespace jobledger::storage {

class RecordCache {
 public:
  explicit RecordCache(std::size_t max_bytes);

  std::shared_ptr<const schema::Job> find(const jobs::JobRef& ref);  // null: not here
  void put(const jobs::JobRef& ref, std::shared_ptr<const schema::Job> job);
  std::size_t bytes() const;

 private:
  static constexpr std::size_t kShards = 16;

  struct Shard {
    mutable std::mutex mutex;
    Lru<jobs::JobRef, std::shared_ptr<const schema::Job>, jobs::JobRefHash> jobs{0};
  };
  Shard& shard(const jobs::JobRef& ref) { return shards_[jobs::JobRefHash()(ref) % kShards]; }

  std::array<Shard, kShards> shards_;
};

// What a decoded job takes in memory, about.
std::size_t memory_bytes(const schema::Job& job);

}  // namespace jobledger::storage
