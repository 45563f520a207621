// SPDX-License-Identifier: MIT
#include "storage/jobs/column.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

namespace jobledger::storage::jobs {

namespace {

constexpr double kHundredthsLimit = 9e15;  // below 2^53: neighbours differ

std::uint64_t distance(std::int64_t from, std::int64_t to) {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

double from_hundredths(std::int64_t code) { return static_cast<double>(code) / 100.0; }

// The smallest code whose value is not below x.
std::int64_t ceil_hundredths(double x) {
  if (!(x * 100.0 >= -kHundredthsLimit)) return std::numeric_limits<std::int64_t>::min();
  if (x * 100.0 > kHundredthsLimit) return std::numeric_limits<std::int64_t>::max();
  auto code = static_cast<std::int64_t>(std::ceil(x * 100.0));
  while (from_hundredths(code - 1) >= x) --code;
  while (from_hundredths(code) < x) ++code;
  return code;
}

// The largest code whose value is not above x.
std::int64_t floor_hundredths(double x) {
  if (!(x * 100.0 >= -kHundredthsLimit)) return std::numeric_limits<std::int64_t>::min();
  if (x * 100.0 > kHundredthsLimit) return std::numeric_limits<std::int64_t>::max();
  auto code = static_cast<std::int64_t>(std::floor(x * 100.0));
  while (from_hundredths(code + 1) <= x) ++code;
  while (from_hundredths(code) > x) --code;
  return code;
}

std::uint8_t width_of(std::uint64_t largest) {
  if (largest == 0) return 0;
  if (largest <= 0xff) return 1;
  if (largest <= 0xffff) return 2;
  return largest <= 0xffffffff ? 4 : 8;
}

// The largest divisor of all distances from the base, at least 1.
std::uint64_t common_step(std::span<const std::int64_t> values, std::int64_t base) {
  std::uint64_t step = 0;
  for (const std::int64_t value : values) {
    step = std::gcd(step, distance(base, value));
    if (step == 1) break;
  }
  return std::max<std::uint64_t>(step, 1);
}

template <class T>
void write_deltas(std::span<const std::int64_t> values, std::int64_t base, std::uint64_t step,
                  std::byte* out) {
  T* deltas = static_cast<T*>(static_cast<void*>(out));
  if (step == 1) {
    for (std::size_t i = 0; i < values.size(); ++i)
      deltas[i] = static_cast<T>(distance(base, values[i]));
  } else {
    for (std::size_t i = 0; i < values.size(); ++i)
      deltas[i] = static_cast<T>(distance(base, values[i]) / step);
  }
}

}  // namespace

std::int64_t to_sortable(double value) {
  const auto bits = std::bit_cast<std::int64_t>(value + 0.0);
  return bits ^ ((bits >> 63) & std::numeric_limits<std::int64_t>::max());
}

double from_sortable(std::int64_t code) {
  return std::bit_cast<double>(code ^ ((code >> 63) & std::numeric_limits<std::int64_t>::max()));
}

CodeRange code_range(Coding coding, std::optional<double> from, std::optional<double> to) {
  CodeRange range;
  if (coding == Coding::hundredths) {
    if (from) range.low = ceil_hundredths(*from);
    if (to) range.high = floor_hundredths(*to);
  } else {
    if (from) range.low = to_sortable(*from);
    if (to) range.high = to_sortable(*to);
  }
  return range;
}

double ColumnView::real_at(std::uint32_t row) const {
  return coding == Coding::hundredths ? from_hundredths(at(row)) : from_sortable(at(row));
}

std::int64_t ColumnView::sortable_at(std::uint32_t row) const {
  return coding == Coding::sortable ? at(row) : to_sortable(from_hundredths(at(row)));
}

Zone ColumnView::zone(CodeRange range) const {
  if (range.low > range.high || range.low > max || range.high < min) return Zone::none;
  return range.low <= min && range.high >= max ? Zone::all : Zone::some;
}

void ColumnView::keep_in_range(Bitmap& bits, CodeRange range) const {
  const Zone where = zone(range);
  if (where == Zone::all) return;
  std::uint64_t low = distance(base, std::max(range.low, min));
  std::uint64_t high = distance(base, std::min(range.high, max));
  if (step != 1) {
    low = low / step + (low % step != 0);
    high /= step;
    if (low > high) return bits.clear(bits.rows());
  }
  if (where == Zone::none) return bits.clear(bits.rows());
  with_deltas([&](const auto* deltas) {
    using T = std::remove_cvref_t<decltype(*deltas)>;
    const T first = static_cast<T>(low), span = static_cast<T>(high - low);
    bits.keep_flags([=](std::uint32_t row) {
      return static_cast<std::uint8_t>(static_cast<T>(deltas[row] - first) <= span);
    });
  });
}

void ColumnView::keep_allowed(Bitmap& bits, std::span<const std::uint8_t> allowed) const {
  const std::uint8_t* table = allowed.data() + base;
  if (width == 0) {
    if (*table == 0) bits.clear(bits.rows());
    return;
  }
  with_deltas([&](const auto* deltas) {
    bits.keep_flags([=](std::uint32_t row) { return table[deltas[row]]; });
  });
}

Column encode_integers(std::span<const std::int64_t> values, Steps steps) {
  Column column;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  column.view.min = column.view.base = values.empty() ? 0 : *low;
  column.view.max = values.empty() ? 0 : *high;
  std::uint64_t largest = distance(column.view.min, column.view.max);
  column.view.width = width_of(largest);
  if (steps == Steps::yes && column.view.width > 1) {
    const std::uint64_t step = common_step(values, column.view.base);
    if (width_of(largest / step) < column.view.width) {
      column.view.step = step;
      largest /= step;
      column.view.width = width_of(largest);
    }
  }
  column.bytes = values.size() * column.view.width;
  if (column.bytes == 0) return column;
  column.data = std::make_unique_for_overwrite<std::byte[]>(column.bytes);
  column.view.data = column.data.get();
  column.view.with_deltas([&](const auto* deltas) {
    using T = std::remove_cvref_t<decltype(*deltas)>;
    write_deltas<T>(values, column.view.base, column.view.step, column.data.get());
  });
  return column;
}

Column encode_reals(std::span<const std::int64_t> sortable) {
  std::vector<std::int64_t> codes(sortable.size());
  bool exact = true;
  for (std::size_t i = 0; i < sortable.size() && exact; ++i) {
    const double value = from_sortable(sortable[i]), scaled = value * 100.0;
    exact = std::abs(scaled) < kHundredthsLimit;
    if (!exact) break;
    codes[i] = static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
    exact = from_hundredths(codes[i]) == value;
  }
  Column column = encode_integers(exact ? codes : sortable, Steps::yes);
  column.view.coding = exact ? Coding::hundredths : Coding::sortable;
  return column;
}

}  // namespace jobledger::storage::jobs
