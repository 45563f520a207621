// SPDX-License-Identifier: MIT
// The layouts that ticks have: each content once, numbered in order, for ever.
//
// Executor: the writer thread (loading: one thread before). Layouts may be added by an update that
// is not committed yet; those that are not on disk are written with the next batch.
#pragma once

#include "storage/metrics/ticks.h"

#include <functional>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jobledger::storage::metrics {

// A series of a host: (metric, element), dictionary numbers.
using SeriesKey = std::pair<StringId, StringId>;

class Layouts {
 public:
  // The layout with those of `base` (may be null) and these series. Pre: `more` ascending, none of
  // them in `base`, not empty.
  LayoutPtr extend(const TickLayout* base, const std::vector<SeriesKey>& more);
  // Those series of a layout whose column is kept. Pre: at least one is.
  LayoutPtr keep(const TickLayout& base, const std::vector<bool>& kept);
  LayoutPtr find(std::uint32_t number) const;  // null: unknown

  // From disk, in ascending order of numbers.
  void load(TickLayout layout);

  // The numbers from there on are not on disk yet.
  std::uint32_t stored_end() const { return stored_end_; }
  std::uint32_t end() const { return next_; }
  void set_stored(std::uint32_t end) { stored_end_ = end; }

  // Those that no tick and no host uses any more are retired: entries of the head log before
  // `next_log` may still name them. Answers those whose last such entry is before `log_begin`: they
  // are forgotten here, and to be erased on disk.
  std::vector<std::uint32_t> take_unused(std::uint64_t log_begin, std::uint64_t next_log);
  std::size_t size() const { return by_number_.size(); }
  std::size_t bytes() const { return bytes_; }  // of all of them

 private:
  LayoutPtr of(const std::vector<SeriesKey>& series);
  LayoutPtr intern(TickLayout layout);
  void insert(TickLayout layout, std::size_t hash);

  std::map<std::uint32_t, LayoutPtr> by_number_;
  std::map<std::uint32_t, std::uint64_t> retired_;  // number -> entries before that may name it
  std::unordered_multimap<std::size_t, LayoutPtr> by_content_;
  std::uint32_t next_ = 0, stored_end_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace jobledger::storage::metrics
