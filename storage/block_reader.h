// SPDX-License-Identifier: MIT
// Sealed blocks of metrics as RocksDB holds them, as of a snapshot.
//
// Executor: one thread per reader, any; reads touch the disk. Lifetime: shortly, of one question:
// it holds up the recovery from a disk error; the snapshot must outlive it. Failure: what cannot be
// read is passed over window by window, counted and logged; all that is beside it answers, and so
// does what was written anew since.
#pragma once

#include "base/result.h"
#include "storage/database.h"
#include "storage/layout.h"
#include "storage/snapshot.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage {

class BlockReader {
 public:
  // For windows that begin in [from, to), epoch seconds; opens the days, so be generous.
  static Result<BlockReader> open(const Snapshot& snapshot, std::int64_t from, std::int64_t to);

  // Calls visit(const BlockKey&, std::string_view bytes) -> Result<void> for each block of that
  // kind, host and metric that begins in [which.start, to), in the order of their starts. An error
  // of visit() counts as an unreadable block.
  template <class Visit>
  void visit(const BlockKey& which, std::int64_t to, Visit visit) {
    to_ = to;
    for (std::size_t i = 0; i < access_.periods.size(); ++i) {
      for (bool found = seek(i, which); found; found = next(i, which)) {
        const auto done = visit(key_, value_);
        if (!done) complain(done.error());
      }
    }
  }

  // Blocks, or stretches of them, that could not be read so far.
  std::uint64_t unreadable() const { return unreadable_; }
  // The first of these that is no damage: the disk, a limit of the system. Another reader may have
  // more luck. Null: there was none.
  const Error* failure() const { return failure_ ? &*failure_ : nullptr; }

 private:
  BlockReader() = default;
  bool seek(std::size_t period, const BlockKey& which);
  void seek_iterator(std::size_t period, const BlockKey& to);
  bool next(std::size_t period, const BlockKey& which);
  bool look(std::size_t period, const BlockKey& which, const BlockKey& from);
  bool take(std::size_t period, const BlockKey& which);
  bool search(std::size_t period, const BlockKey& which, BlockKey from);
  void complain(const Error& error);

  const Snapshot* snapshot_ = nullptr;
  PeriodAccess access_;
  std::int64_t to_ = 0;
  std::vector<std::unique_ptr<rocksdb::Iterator>> iterators_;  // by period
  BlockKey key_;
  std::string_view value_;
  std::string bytes_;    // of value_, when it was not the iterator that found it
  bool beside_ = false;  // it was not
  bool in_gap_ = false;  // the iterator stands before something that cannot be read
  std::uint64_t unreadable_ = 0;
  std::optional<Error> failure_;
};

}  // namespace jobledger::storage
