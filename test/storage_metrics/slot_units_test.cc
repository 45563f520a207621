// SPDX-License-Identifier: MIT
#include "storage/metrics/slot_units.h"

#include "test/seed.h"
#include "test/storage_metrics/series_maker.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

namespace jobledger::storage::metrics {
namespace {

using jobledger::test::test_seed;
using test::bits_of;
using test::SeriesMaker;

constexpr float kNoUnit = std::numeric_limits<float>::quiet_NaN();

// Two hosts' worth of processor ticks per interval, in percent: what some elements counted.
std::vector<float> percent(const std::vector<std::vector<double>>& ticks,
                           const std::vector<double>& intervals) {
  std::vector<float> values;
  for (const auto& element : ticks) {
    for (std::size_t slot = 0; slot < intervals.size(); ++slot) {
      values.push_back(static_cast<float>(element[slot] / intervals[slot] / 100 * 100));
    }
  }
  return values;
}

TEST_CASE("ticks of busy and idle processors over a jittering interval are found") {
  const std::vector<float> values = percent(
      {{5997, 5990, 0}, {3, 0, 0}, {5981, 6003, 7}, {1, 2, 0}}, {60.0031, 59.9987, 60.0102});
  const std::vector<double> units = find_units(values, 3);
  REQUIRE(units.size() == 3);
  std::array<float, 3> counts;
  over_units(std::span(values).first(3), units, counts.data());
  CHECK(counts[0] == 5997);
  CHECK(counts[1] == 5990);
  CHECK(counts[2] == 0);
  times_units(counts, units);
  CHECK(bits_of(counts) == bits_of(std::span(values).first(3)));
}

TEST_CASE("missing samples and silent slots do not hinder") {
  std::vector<float> values = percent({{5, 6, 7}, {1, 2, 3}}, {60.01, 59.99, 60.02});
  values[1] = values[4] = kNoUnit;
  values[2] = kNoUnit;
  const std::vector<double> units = find_units(values, 3);
  REQUIRE(units.size() == 3);
  std::array<float, 3> counts;
  over_units(std::span(values).first(3), units, counts.data());
  CHECK(counts[0] == 5);
  CHECK(std::isnan(counts[1]));
  times_units(counts, units);
  CHECK(bits_of(counts) == bits_of(std::span(values).first(3)));
}

TEST_CASE("noise, negative and infinite values have no units") {
  CHECK(find_units(std::vector<float>{0.1234567F, 0.7654321F, 0.3141593F, 0.2718281F}, 1).empty());
  CHECK(find_units(std::vector<float>{1, 2, -3}, 1).empty());
  CHECK(find_units(std::vector<float>{1, -0.0F}, 1).empty());
  CHECK(find_units(std::vector<float>{1, std::numeric_limits<float>::infinity()}, 1).empty());
}

TEST_CASE("whatever has units comes back from them") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  SeriesMaker maker(seed);
  int found = 0;
  for (int round = 0; round < 300; ++round) {
    const std::size_t slots = maker.pick(1, 70), elements = maker.pick(16, 60);
    const bool rates = maker.chance(70);
    const std::vector<float> values =
        rates ? maker.make_rates(elements, slots) : maker.make(elements * slots);
    const std::vector<double> units = find_units(values, slots);
    if (units.empty()) continue;
    REQUIRE(units.size() == slots);
    ++found;
    for (std::size_t i = 0; i < elements; ++i) {
      const auto column = std::span(values).subspan(i * slots, slots);
      std::vector<float> back(slots);
      over_units(column, units, back.data());
      times_units(back, units);
      REQUIRE(bits_of(back) == bits_of(column));
    }
  }
  CHECK(found > 150);  // of about 210; few elements and far apart, a unit may not be seen
}

}  // namespace
}  // namespace jobledger::storage::metrics
