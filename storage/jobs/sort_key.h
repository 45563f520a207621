// SPDX-License-Identifier: MIT
// The order of an answer as integers: for each row a key, greater = earlier in the answer, ties
// broken by `tie` in the same way. Ascending orders are turned round, so that the rest knows one
// direction only.
#pragma once

#include "storage/jobs/query.h"
#include "storage/jobs/scan.h"
#include "storage/jobs/top_rows.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace jobledger::storage::jobs {

class SortKey {
 public:
  SortKey(const View& view, const Order& order);

  // None of the block's rows comes before this.
  RankedRow best(const Segment& segment) const;
  static RankedRow unknown_best() { return {kUnknown, kUnknown, nullptr, 0}; }

  // Segments hold their rows in this very order (or its reverse).
  bool is_start_time() const { return field_ == Field::start_time && !footprint_; }
  bool descending() const { return flip_ == 0; }

  // The keys of one block's rows.
  class Reader {
   public:
    std::int64_t key(std::uint32_t row) const;
    std::int64_t tie(std::uint32_t row) const { return ids_->at(row) ^ flip_; }
    // Keeps the rows whose key is at least that, where a loop over the column can tell; rows that
    // it cannot tell stay.
    void keep_at_least(Bitmap& bits, std::int64_t key) const;

   private:
    friend class SortKey;
    enum class Mode : std::uint8_t {
      integer,
      real,
      ranked,
      column_footprint,
      tail_footprint,
      none
    };
    Mode mode_ = Mode::integer;
    std::int64_t flip_ = 0;
    const ColumnView* ids_ = nullptr;
    const ColumnView* column_ = nullptr;
    const std::vector<std::uint32_t>* ranks_ = nullptr;
    const FootprintColumn* footprint_ = nullptr;
    const TailChunk* chunk_ = nullptr;
    StringId footprint_key_ = kNoString;
  };
  Reader reader(BlockScan& scan) const;

 private:
  static constexpr std::int64_t kMissing = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();

  std::int64_t best_key(const Segment& segment) const;
  void rank_texts(const View& view, Dictionary dictionary);

  Field field_ = Field::id;
  std::int64_t flip_ = 0;  // 0 descending, -1 ascending: key ^ flip turns the order round
  std::vector<std::uint32_t> ranks_;  // by column code; empty: the code itself is the key
  bool footprint_ = false;
  StringId footprint_key_ = kNoString;  // kNoString: no job has that key
};

}  // namespace jobledger::storage::jobs
