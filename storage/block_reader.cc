// SPDX-License-Identifier: MIT
#include "storage/block_reader.h"

#include "base/log.h"
#include "storage/rocks_error.h"
#include "storage/snapshot_impl.h"

#include <algorithm>
#include <span>
#include <tuple>

namespace jobledger::storage {
namespace {

constexpr std::int64_t kDaySeconds = 86400;

// The first key at or after `from` that a window of such a timestep may have; false: none.
bool to_next_window(BlockKey& from, std::span<const std::int32_t> timesteps) {
  std::optional<std::pair<std::int64_t, std::int32_t>> best;
  for (const std::int32_t timestep : timesteps) {
    const std::int64_t width = metrics::kWindowSlots * timestep;
    std::int64_t start = (std::max<std::int64_t>(from.start, 0) + width - 1) / width * width;
    if (start == from.start && timestep < from.timestep) start += width;
    const std::pair window(start, timestep);
    best = best ? std::min(*best, window) : window;
  }
  if (best) std::tie(from.start, from.timestep) = *best;
  return best.has_value();
}

std::vector<std::int32_t> timesteps_of(const metrics::HeadView& head, const BlockKey& which) {
  std::vector<std::int32_t> timesteps;
  for (const std::uint32_t entry : head.find(which.cluster, which.host)) {
    timesteps.push_back(head.hosts[entry]->key.timestep);
  }
  return timesteps;
}

}  // namespace

Result<BlockReader> BlockReader::open(const Snapshot& snapshot, std::int64_t from,
                                      std::int64_t to) {
  BlockReader reader;
  reader.snapshot_ = &snapshot;
  const Snapshot::Impl& impl = *snapshot.impl_;
  TRY(reader.access_,
      impl.database.open_periods(period_of(from), period_of(std::max(from, to - 1)), &impl.point));
  reader.iterators_.resize(reader.access_.periods.size());
  return reader;
}

bool BlockReader::seek(std::size_t period, const BlockKey& which) {
  in_gap_ = false;
  seek_iterator(period, which);
  return look(period, which, which);
}

// Not with an iterator that met damage (damaged_scan.h).
void BlockReader::seek_iterator(std::size_t period, const BlockKey& to) {
  auto& at = iterators_[period];
  if (!at || !at->status().ok()) {
    at.reset(access_.db->NewIterator(access_.options, access_.periods[period]->handle()));
  }
  at->Seek(block_key(to));
}

bool BlockReader::next(std::size_t period, const BlockKey& which) {
  BlockKey from = key_;
  ++from.timestep;
  if (beside_) {
    seek_iterator(period, from);
  } else {
    iterators_[period]->Next();
  }
  return look(period, which, from);
}

// `from`: the block looked for is not before it.
bool BlockReader::look(std::size_t period, const BlockKey& which, const BlockKey& from) {
  const rocksdb::Iterator& at = *iterators_[period];
  if (at.Valid()) return take(period, which);
  if (at.status().ok()) return false;
  if (!in_gap_) complain(rocks_error("read metric blocks", at.status()));
  in_gap_ = true;
  return search(period, which, from);
}

bool BlockReader::take(std::size_t period, const BlockKey& which) {
  const rocksdb::Iterator& at = *iterators_[period];
  in_gap_ = false;
  const bool is_key = parse_block_key({at.key().data(), at.key().size()}, key_);
  if (!is_key || key_.kind != which.kind || key_.cluster != which.cluster ||
      key_.host != which.host || key_.metric != which.metric || key_.start >= to_) {
    return false;
  }
  value_ = {at.value().data(), at.value().size()};
  beside_ = false;
  return true;
}

// The iterator ends at what cannot be read, and hides what other tables have there. So each window
// that may be is asked for by its key, until the iterator can be set behind it.
bool BlockReader::search(std::size_t period, const BlockKey& which, BlockKey from) {
  rocksdb::ColumnFamilyHandle* const family = access_.periods[period]->handle();
  const std::int64_t day = parse_period_name(family->GetName()).value_or(0);
  const std::int64_t end = std::min(to_, (day + 1) * kDaySeconds);
  from.start = std::max(from.start, day * kDaySeconds);
  const auto timesteps = timesteps_of(snapshot_->metric_head(), which);
  for (; to_next_window(from, timesteps) && from.start < end; ++from.timestep) {
    if (access_.db->Get(access_.options, family, block_key(from), &bytes_).ok()) {
      key_ = from;
      value_ = bytes_;
      beside_ = true;
      return true;
    }
    BlockKey behind = from;
    ++behind.timestep;
    seek_iterator(period, behind);
    if (iterators_[period]->Valid()) return take(period, which);
    if (iterators_[period]->status().ok()) return false;
  }
  return false;
}

void BlockReader::complain(const Error& error) {
  ++unreadable_;
  ++snapshot_->impl_->counts.unreadable_blocks;
  if (error.kind != ErrorKind::corrupt && !failure_) failure_ = error;
  static LogGate gate;
  if (const long held = gate.pass(); held >= 0) {
    LOG(error, "storage", "metric samples cannot be read: {} held_back={}", error.detail, held);
  }
}

}  // namespace jobledger::storage
