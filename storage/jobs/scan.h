// SPDX-License-Identifier: MIT
// One block as a query walks over it: which rows are still in, and its columns as of `now`.
#pragma once

#include "storage/jobs/view.h"

#include <cstdint>
#include <vector>

namespace jobledger::storage::jobs {

class BlockScan {
 public:
  BlockScan(std::uint64_t version, std::int64_t now) : version_(version), now_(now) {}

  void open(const Segment& segment) { open(segment, &segment, nullptr, segment.rows()); }
  void open(const TailChunk& chunk, std::uint32_t rows) { open(chunk, nullptr, &chunk, rows); }
  // Sets the bits of the rows alive in the view. Zone maps may be asked before.
  void start() { block_->find_alive(bits, rows_, version_); }

  const Block& block() const { return *block_; }
  const Segment* segment() const { return segment_; }  // exactly one of these two is set
  const TailChunk* chunk() const { return chunk_; }
  std::uint32_t rows() const { return rows_; }

  // Durations are live: those of running jobs, which only chunks have, count up to now.
  const ColumnView& column(Field field) {
    if (field == Field::duration && chunk_ != nullptr) return live_duration();
    return block_->column(field);
  }

  Bitmap bits;

 private:
  void open(const Block& block, const Segment* segment, const TailChunk* chunk,
            std::uint32_t rows) {
    block_ = &block;
    segment_ = segment;
    chunk_ = chunk;
    rows_ = rows;
    live_ready_ = false;
  }
  const ColumnView& live_duration();

  std::uint64_t version_;
  std::int64_t now_;
  const Block* block_ = nullptr;
  const Segment* segment_ = nullptr;
  const TailChunk* chunk_ = nullptr;
  std::uint32_t rows_ = 0;
  std::vector<std::int64_t> live_;
  ColumnView live_view_;
  bool live_ready_ = false;
};

}  // namespace jobledger::storage::jobs
