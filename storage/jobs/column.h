// SPDX-License-Identifier: MIT
// One column of a block: integers as base + step * delta, with deltas of the narrowest width that
// holds them all, and the range of values (zone map). Reals are mapped to integers in an order
// that is kept: to hundredths when all values of the column are whole hundredths, else to the
// bits of the double, made comparable.
//
// Executor: any thread; a ColumnView does not own its data.
#pragma once

#include "storage/jobs/bitmap.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>

namespace jobledger::storage::jobs {

enum class Coding : std::uint8_t { integer, hundredths, sortable };

// Doubles as integers of the same order; -0 becomes 0.
std::int64_t to_sortable(double value);
double from_sortable(std::int64_t code);

// Inclusive; low > high: nothing.
struct CodeRange {
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};
// The codes of the reals in [from, to].
CodeRange code_range(Coding coding, std::optional<double> from, std::optional<double> to);

// What a zone map says of a condition in one block.
enum class Zone : std::uint8_t { none, some, all };

struct ColumnView {
  const std::byte* data = nullptr;
  std::uint8_t width = 0;  // bytes per delta: 0, 1, 2, 4, 8
  Coding coding = Coding::integer;
  std::int64_t base = 0;
  std::uint64_t step = 1;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();  // bounds; not always reached
  std::int64_t max = std::numeric_limits<std::int64_t>::max();

  // Calls use(deltas) with a pointer to the deltas in their own type. Pre: width != 0.
  template <class Use>
  void with_deltas(Use use) const {
    const void* start = data;
    switch (width) {
      case 1:
        return use(static_cast<const std::uint8_t*>(start));
      case 2:
        return use(static_cast<const std::uint16_t*>(start));
      case 4:
        return use(static_cast<const std::uint32_t*>(start));
      default:
        return use(static_cast<const std::uint64_t*>(start));
    }
  }

  std::int64_t at(std::uint32_t row) const {
    const void* start = data;
    std::uint64_t delta = 0;
    switch (width) {
      case 0:
        break;
      case 1:
        delta = static_cast<const std::uint8_t*>(start)[row];
        break;
      case 2:
        delta = static_cast<const std::uint16_t*>(start)[row];
        break;
      case 4:
        delta = static_cast<const std::uint32_t*>(start)[row];
        break;
      default:
        delta = static_cast<const std::uint64_t*>(start)[row];
    }
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(base) + step * delta);
  }
  double real_at(std::uint32_t row) const;
  // The value's place in the order of reals, comparable between columns of any coding.
  std::int64_t sortable_at(std::uint32_t row) const;

  Zone zone(CodeRange range) const;
  void keep_in_range(Bitmap& bits, CodeRange range) const;
  // Pre: values index the table; step is 1.
  void keep_allowed(Bitmap& bits, std::span<const std::uint8_t> allowed) const;
};

// Owns what its view shows.
struct Column {
  ColumnView view;
  std::unique_ptr<std::byte[]> data;
  std::size_t bytes = 0;
};

enum class Steps : bool { no, yes };  // yes: a common divisor may be taken out
Column encode_integers(std::span<const std::int64_t> values, Steps steps);
// Values as sortable codes; becomes hundredths where possible.
Column encode_reals(std::span<const std::int64_t> sortable);

}  // namespace jobledger::storage::jobs
