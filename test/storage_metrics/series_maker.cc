// SPDX-License-Identifier: MIT
#include "test/storage_metrics/series_maker.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace jobledger::storage::metrics::test {

using Limits = std::numeric_limits<float>;

std::size_t SeriesMaker::pick(std::size_t low, std::size_t high) {
  return std::uniform_int_distribution<std::size_t>(low, high)(random_);
}

float SeriesMaker::any_bits() {
  return std::bit_cast<float>(static_cast<std::uint32_t>(random_()));
}

float SeriesMaker::special() {
  constexpr std::array kSpecial{0.0F,
                                -0.0F,
                                1.0F,
                                -1.0F,
                                0.1F,
                                16777216.0F,
                                -16777216.0F,
                                16777217.0F * 2,
                                1e12F,
                                Limits::max(),
                                Limits::lowest(),
                                Limits::min(),
                                Limits::denorm_min(),
                                -Limits::denorm_min(),
                                Limits::infinity(),
                                -Limits::infinity(),
                                Limits::quiet_NaN()};
  return kSpecial[pick(0, kSpecial.size() - 1)];
}

std::vector<float> SeriesMaker::make_walk(std::size_t count) {
  const double step = std::pow(10, static_cast<double>(pick(0, 9)));
  double state = chance(50) ? 0 : 1e12 * unit();
  std::vector<float> values;
  const bool grows = chance(50);
  for (std::size_t i = 0; i < count; ++i) {
    state += step * (grows ? 1 + 0.1 * unit() : unit() - 0.5);
    values.push_back(static_cast<float>(state));
  }
  return values;
}

std::vector<float> SeriesMaker::make_plain(std::size_t count) {
  const std::size_t kind = pick(0, 7);
  const float constant = chance(50) ? special() : any_bits();
  const double level = std::pow(10, 12 * unit() - 4), noise = std::pow(10, -6 * unit());
  const double power = std::pow(10, static_cast<double>(pick(0, 10)));
  const unsigned rare = static_cast<unsigned>(pick(1, 60));
  std::vector<float> values;
  if (kind == 7) return make_walk(count);
  float held = constant;
  for (std::size_t i = 0; i < count; ++i) {
    if (chance(rare)) held = chance(20) ? special() : static_cast<float>(level * unit());
    const auto noisy = static_cast<float>(level * (1 + noise * (unit() - 0.5)));
    const auto decimal = static_cast<float>(std::round(unit() * 5000 - 100) / power);
    const std::array by_kind{
        any_bits(), special(), constant, held, noisy, decimal, chance(rare) ? noisy : 0.0F};
    values.push_back(by_kind[kind]);
  }
  return values;
}

std::vector<float> SeriesMaker::make(std::size_t count) {
  std::vector<float> values = make_plain(count);
  if (chance(30)) {  // phases of another kind
    const std::vector<float> other = make_plain(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = i / 20 % 2 == 0 ? values[i] : other[i];
  }
  const unsigned odd = chance(30) ? static_cast<unsigned>(pick(1, 50)) : 0;
  const unsigned missing = chance(40) ? static_cast<unsigned>(pick(1, 100)) : 0;
  for (float& value : values) {
    if (chance(odd)) value = chance(50) ? special() : any_bits();
    if (chance(missing)) value = Limits::quiet_NaN();
  }
  return values;
}

std::vector<float> SeriesMaker::make_rates(std::size_t elements, std::size_t slots) {
  std::vector<double> intervals;
  for (std::size_t slot = 0; slot < slots; ++slot) intervals.push_back(59.9 + 0.2 * unit());
  const std::size_t most = pick(1, 6000), spread = pick(0, std::min<std::size_t>(most, 300));
  std::vector<float> values;
  for (std::size_t i = 0; i < elements * slots; ++i) {
    const auto count = static_cast<double>(pick(most - spread, most));
    values.push_back(static_cast<float>(count / intervals[i % slots] / 100 * 100));
    if (chance(1)) values.back() = Limits::quiet_NaN();
  }
  return values;
}

std::vector<std::uint32_t> bits_of(std::span<const float> values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) {
    bits.push_back(std::bit_cast<std::uint32_t>(std::isnan(value) ? Limits::quiet_NaN() : value));
  }
  return bits;
}

}  // namespace jobledger::storage::metrics::test
