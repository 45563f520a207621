// SPDX-License-Identifier: MIT
// Decoded jobs of recent answers, least recently used go first. Keyed by number and revision, so an
// entry never goes stale. Executor: any thread; one lock per shard, held for a look-up only.
#pragma once

#include "schema/job.h"
#include "storage/jobs/row.h"

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace jobledger::storage {

class RecordCache {
 public:
  explicit RecordCache(std::size_t max_bytes);

  std::shared_ptr<const schema::Job> find(const jobs::JobRef& ref);  // null: not here
  void put(const jobs::JobRef& ref, std::shared_ptr<const schema::Job> job);
  std::size_t bytes() const;

 private:
  static constexpr std::size_t kShards = 16;

  struct Entry {
    jobs::JobRef ref;
    std::shared_ptr<const schema::Job> job;
    std::size_t bytes;
  };
  struct Hash {
    std::size_t operator()(const jobs::JobRef& ref) const;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;  // most recently used first
    std::unordered_map<jobs::JobRef, std::list<Entry>::iterator, Hash> index;
    std::size_t bytes = 0;
  };
  Shard& shard(const jobs::JobRef& ref) { return shards_[Hash()(ref) % kShards]; }

  const std::size_t max_shard_bytes_;
  std::array<Shard, kShards> shards_;
};

// What a decoded job takes in memory, about.
std::size_t memory_bytes(const schema::Job& job);

}  // namespace jobledger::storage
