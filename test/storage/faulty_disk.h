// SPDX-License-Identifier: MIT
// A real file system whose appends and syncs of log files, and reads of tables, fail on demand.
#pragma once

#include <rocksdb/env.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

namespace jobledger::storage {

enum class Fault { none, append, sync, torn_append };

// Which reads of tables fail, counted from now on: `count` of them, after `first` that succeed. Of
// one thread: RocksDB reads in the background, too.
struct ReadFaults {
  std::atomic<std::thread::id> thread;
  std::atomic<std::int64_t> first = 0, count = 0;
  bool next_fails() {
    return thread.load() == std::this_thread::get_id() && first-- <= 0 && count-- > 0;
  }
};

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  rocksdb::Env* env() { return env_.get(); }
  // All log files, from now on; torn_append writes half of what it is given.
  void fail(Fault fault) { *fault_ = fault; }
  // Writing of new tables waits from now on until it is let go: memtables cannot be flushed.
  void hold_tables(bool hold);
  // Of the caller's thread.
  void fail_reads(std::int64_t first, std::int64_t count);

 private:
  std::shared_ptr<std::atomic<Fault>> fault_;
  std::shared_ptr<ReadFaults> reads_;
  std::shared_ptr<std::atomic<bool>> held_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace jobledger::storage
