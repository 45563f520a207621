// SPDX-License-Identifier: MIT
// Random series for the codecs: what monitoring delivers, and whatever else a float can be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace jobledger::storage::metrics::test {

class SeriesMaker {
 public:
  explicit SeriesMaker(std::uint64_t seed) : random_(seed) {}

  // Between `low` and `high`, both included.
  std::size_t pick(std::size_t low, std::size_t high);
  bool chance(unsigned percent) { return pick(0, 99) < percent; }

  // Of a kind by chance: any bits, special values, constants, steps, noise, decimals, counters,
  // walks, rare events, and any of these with gaps or with some values exchanged.
  std::vector<float> make(std::size_t count);

  // For several elements, element by element: counts of something over the same interval.
  std::vector<float> make_rates(std::size_t elements, std::size_t slots);

 private:
  float any_bits();
  float special();
  std::vector<float> make_plain(std::size_t count);
  std::vector<float> make_walk(std::size_t count);
  double unit() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  std::mt19937_64 random_;
};

// The bits of each value, those of every NaN the same: what must come back.
std::vector<std::uint32_t> bits_of(std::span<const float> values);

}  // namespace jobledger::storage::metrics::test
