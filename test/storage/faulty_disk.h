// SPDX-License-Identifier: MIT
// A real file system whose appends and syncs of log files fail on demand.
#pragma once

#include <rocksdb/env.h>

#include <atomic>
#include <memory>

namespace jobledger::storage {

enum class Fault { none, append, sync, torn_append };

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  rocksdb::Env* env() { return env_.get(); }
  // All log files, from now on; torn_append writes half of what it is given.
  void fail(Fault fault) { *fault_ = fault; }

 private:
  std::shared_ptr<std::atomic<Fault>> fault_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace jobledger::storage
