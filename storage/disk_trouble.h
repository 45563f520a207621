// SPDX-License-Identifier: MIT
// What went wrong below an open database, until it is opened again: writes that failed, and tables
// that are damaged. Told by RocksDB's threads, readers and the scrub.
//
// Executor: any thread.
#pragma once

#include <rocksdb/status.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>

namespace jobledger::storage {

class DiskTrouble {
 public:
  // A write, flush or compaction did not succeed.
  void note_failure(const rocksdb::Status& status);
  void note_failure() { failed_ = true; }
  // That table cannot be read as it was written. Nothing when it was given up.
  void note_damage(std::uint64_t table);
  // It could not be taken out: it is not named again.
  void give_up(std::uint64_t table);

  bool failed() const { return failed_; }
  bool any() const { return failed_ || damaged_; }

  struct Taken {
    bool failed = false;
    bool unnamed = false;  // damage of which no table is known
    std::set<std::uint64_t> tables;
  };
  Taken take();                // all is well again then
  void put_back(Taken taken);  // it is not

 private:
  std::atomic<bool> failed_ = false, damaged_ = false;
  std::mutex mutex_;
  bool unnamed_ = false;
  std::set<std::uint64_t> tables_, given_up_;
};

}  // namespace jobledger::storage
