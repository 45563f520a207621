// SPDX-License-Identifier: MIT
#include "storage/block_reader.h"

#include "base/log.h"
#include "storage/rocks_error.h"
#include "storage/snapshot_impl.h"

#include <algorithm>

namespace jobledger::storage {

Result<BlockReader> BlockReader::open(const Snapshot& snapshot, std::int64_t from,
                                      std::int64_t to) {
  BlockReader reader;
  const Snapshot::Impl& impl = *snapshot.impl_;
  TRY(reader.access_,
      impl.database.open_periods(period_of(from), period_of(std::max(from, to - 1)), &impl.point));
  reader.iterators_.resize(reader.access_.periods.size());
  return reader;
}

bool BlockReader::seek(std::size_t period, const BlockKey& which) {
  auto& at = iterators_[period];
  if (!at) {
    at.reset(access_.db->NewIterator(access_.options, access_.periods[period]->handle()));
  }
  at->Seek(block_key(which));
  return look(period, which);
}

bool BlockReader::next(std::size_t period, const BlockKey& which) {
  iterators_[period]->Next();
  return look(period, which);
}

bool BlockReader::look(std::size_t period, const BlockKey& which) {
  const rocksdb::Iterator& at = *iterators_[period];
  if (!at.Valid()) {
    if (!at.status().ok()) complain(rocks_error("read metric blocks", at.status()));
    return false;
  }
  const bool is_key = parse_block_key({at.key().data(), at.key().size()}, key_);
  if (!is_key || key_.kind != which.kind || key_.cluster != which.cluster ||
      key_.host != which.host || key_.metric != which.metric || key_.start >= to_) {
    return false;
  }
  value_ = {at.value().data(), at.value().size()};
  return true;
}

void BlockReader::complain(const Error& error) {
  ++unreadable_;
  static LogGate gate;
  if (const long held = gate.pass(); held >= 0) {
    LOG(error, "storage", "metric samples cannot be read: {} held_back={}", error.detail, held);
  }
}

}  // namespace jobledger::storage
