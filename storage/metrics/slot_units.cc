// SPDX-License-Identifier: MIT
#include "storage/metrics/slot_units.h"

#include "storage/metrics/rounding.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace jobledger::storage::metrics {
namespace {

constexpr std::size_t kTriedSlots = 4;
constexpr double kMostMultiples = 1 << std::numeric_limits<float>::digits;

float times(double count, double unit) { return static_cast<float>(count * unit); }

// Counts are neither negative nor infinite; NaN is no count and no hindrance.
bool all_countable(std::span<const float> values) {
  constexpr std::uint32_t kInfinity = 0x7f800000;
  bool all = true;
  for (const float value : values) {
    all &= std::bit_cast<std::uint32_t>(value) < kInfinity || std::isnan(value);
  }
  return all;
}

// The values of one slot that say something about its unit: present and not 0.
void read_row(std::span<const float> values, std::size_t slot, std::size_t slots,
              std::vector<float>& row) {
  row.clear();
  for (std::size_t at = slot; at < values.size(); at += slots) {
    if (values[at] > 0) row.push_back(values[at]);
  }
}

// The smallest difference, 0 being a value too.
double smallest_step(std::vector<float> row) {
  std::ranges::sort(row);
  double step = row.front();
  for (std::size_t i = 1; i < row.size(); ++i) {
    const double difference = static_cast<double>(row[i]) - row[i - 1];
    if (difference > 0) step = std::min(step, difference);
  }
  return step;
}

// A guess is good enough to count the units in a short distance; that one divided by the count is a
// better guess, for longer distances, and at last for the values themselves.
double sharpen(std::span<const float> row, double unit) {
  const auto [low, high] = std::ranges::minmax(row);
  for (const double most : {16.0, 1024.0, 65536.0}) {
    double distance = 0;
    for (const float value : row) {
      const double from_low = static_cast<double>(value) - low;
      distance = from_low <= most * unit ? std::max(distance, from_low) : distance;
    }
    const double count = round_to_even(distance / unit);
    if (count > 0) unit = distance / count;
  }
  return high / round_to_even(high / unit);
}

// The middle of what all values allow: count * unit must round to the value. 0: nothing.
double fit(std::span<const float> row, double guess) {
  const double inverse = 1 / guess;
  double low = 0, high = std::numeric_limits<double>::infinity();
  for (const float value : row) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const double part = 0.5 / round_to_even(value * inverse);
    const double below = std::bit_cast<float>(bits - 1), above = std::bit_cast<float>(bits + 1);
    low = std::max(low, (below + value) * part);
    high = std::min(high, (value + above) * part);
  }
  const double unit = (low + high) / 2;
  if (!(low <= high && unit > 0)) return 0;
  bool exact = true;
  for (const float value : row) {
    const double count = round_to_even(value / unit);
    exact &= count <= kMostMultiples && times(count, unit) == value;
  }
  return exact ? unit : 0;
}

double find_unit(const std::vector<float>& row, double guess) {
  if (row.empty()) return 1;
  const double unit = guess > 0 ? fit(row, sharpen(row, guess)) : 0;
  return unit > 0 ? unit : fit(row, sharpen(row, smallest_step(row)));
}

// Time differs little, so one slot's unit is a good guess for all. Of some slots that have one,
// that of the slot with most counts; 0: none has.
double guess_unit(std::span<const float> values, std::size_t slots) {
  std::vector<float> row;
  std::size_t most = 0;
  double guess = 0;
  for (std::size_t slot = 0; slot < slots; slot += (slots + kTriedSlots - 1) / kTriedSlots) {
    read_row(values, slot, slots, row);
    if (row.size() <= most) continue;
    const double unit = find_unit(row, 0);
    if (unit == 0) continue;
    guess = unit;
    most = row.size();
  }
  return guess;
}

}  // namespace

std::vector<double> find_units(std::span<const float> values, std::size_t slots) {
  if (!all_countable(values)) return {};
  const double guess = guess_unit(values, slots);
  if (guess == 0) return {};
  std::vector<float> row;
  std::vector<double> units;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    read_row(values, slot, slots, row);
    units.push_back(find_unit(row, guess));
    if (units.back() == 0) return {};
  }
  return units;
}

void over_units(std::span<const float> values, std::span<const double> units, float* out) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    out[i] = static_cast<float>(round_to_even(values[i] / units[i]));
  }
}

void times_units(std::span<float> values, std::span<const double> units) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = times(values[i], units[i]);
}

}  // namespace jobledger::storage::metrics
