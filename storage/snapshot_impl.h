// SPDX-License-Identifier: MIT
#pragma once

#include "storage/database.h"
#include "storage/record_cache.h"
#include "storage/snapshot.h"
#include "storage/state.h"

#include <atomic>
#include <cstdint>
#include <memory>

namespace jobledger::storage {

// Of all snapshots of a store.
struct SnapshotCounts {
  std::atomic<int> alive{0};                        // the store must not go before them
  std::atomic<std::uint64_t> reads{0};              // calls of read_*
  std::atomic<std::uint64_t> unreadable_blocks{0};  // of metrics (block_reader.h)
};

struct Snapshot::Impl {
  Impl(Database& d, RecordCache& c, const State& state, std::int64_t cutoff, SnapshotCounts& all);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // `keep`: and into the cache.
  Result<JobPtr> decode(std::int64_t id, std::string_view bytes, bool keep) const;
  // Of its row; null when the snapshot has no such job.
  JobPtr substitute(std::int64_t id) const;
  Result<JobPtr> decode_current(const jobs::JobRef& ref,
                                const Result<rocksdb::PinnableSlice>& bytes, bool keep) const;
  // found[i] = the job of refs[i], for each i that is wanted.
  Result<void> read(std::span<const jobs::JobRef> refs, std::span<const std::size_t> wanted,
                    bool keep, std::span<JobPtr> found) const;

  Database& database;
  RecordCache& cache;
  SnapshotCounts& counts;
  const ReadPoint point;
  const std::shared_ptr<const jobs::View> view;
  const std::shared_ptr<const Tags> tags;
  const std::shared_ptr<const DamagedJobs> damaged_jobs;
  const std::shared_ptr<const Nodes> nodes;
  const std::shared_ptr<const Positions> positions;
  const std::shared_ptr<const LogClocks> clocks;
  const Counters counters;
  const metrics::HeadPtr head;
  const std::uint64_t parked;
  const std::int64_t history_cutoff;
};

}  // namespace jobledger::storage
