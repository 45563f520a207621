// SPDX-License-Identifier: MIT
// The first `wanted` rows of an order, gathered block by block.
//
// Keeps up to twice as many and throws the worse half away now and then: constant work per row, and
// memory by the size of the page, not of the result.
#pragma once

#include "storage/jobs/block.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace jobledger::storage::jobs {

struct RankedRow {
  std::int64_t key = 0, tie = 0;
  const Block* block = nullptr;
  std::uint32_t row = 0;

  bool before(const RankedRow& other) const {
    return key != other.key ? key > other.key : tie > other.tie;
  }
};

class TopRows {
 public:
  explicit TopRows(std::uint64_t wanted) : wanted_(static_cast<std::size_t>(wanted)) {}

  // The key below which a row has no chance any more; nothing while there are too few rows. It is
  // as of the last tighten().
  std::optional<std::int64_t> limit() const {
    if (full_) return worst_.key;
    return std::nullopt;
  }
  bool accepts(std::int64_t key, std::int64_t tie) const {
    return wanted_ != 0 && (!full_ || RankedRow{key, tie, nullptr, 0}.before(worst_));
  }

  void add(const RankedRow& row) {
    if (full_ && !row.before(worst_)) return;
    rows_.push_back(row);
    if (rows_.size() >= 2 * wanted_ + kSlack) shrink();
  }
  // Brings the limit up to date, when enough rows came since to be worth it: a deep page does not
  // select again for every block.
  void tighten() {
    if (!full_ || rows_.size() >= wanted_ + wanted_ / 4 + kFew) shrink();
  }
  // All of them, in order from number `first` on (those before it are in no order).
  std::vector<RankedRow> take(std::uint64_t first) {
    shrink();
    const auto begin =
        rows_.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(first, rows_.size()));
    if (begin != rows_.end()) std::nth_element(rows_.begin(), begin, rows_.end(), before);
    std::sort(begin, rows_.end(), before);
    return std::move(rows_);
  }
  std::uint64_t wanted() const { return wanted_; }

 private:
  void shrink() {
    if (rows_.size() < wanted_ || wanted_ == 0 || (full_ && rows_.size() == wanted_)) return;
    const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(wanted_) - 1;
    std::nth_element(rows_.begin(), last, rows_.end(), before);
    rows_.resize(wanted_);
    worst_ = rows_.back();
    full_ = true;
  }

  static constexpr std::size_t kSlack = 512, kFew = 64;
  static bool before(const RankedRow& a, const RankedRow& b) { return a.before(b); }

  std::size_t wanted_;
  std::vector<RankedRow> rows_;
  RankedRow worst_;
  bool full_ = false;
};

}  // namespace jobledger::storage::jobs
