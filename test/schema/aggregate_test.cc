// SPDX-License-Identifier: MIT
#include "schema/aggregate.h"

#include "test/schema/series_support.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

using Members = std::vector<Samples>;

SeriesAggregator added(Aggregation how, std::size_t slots, const Members& members) {
  auto out = *SeriesAggregator::make(how, members.size(), slots);
  for (const Samples& member : members) out.add({.values = member});
  return out;
}

}  // namespace

TEST_CASE("members are added up or averaged slot by slot, over those that are there") {
  struct Row {
    const char* name;
    Members members;
    Samples sum, avg;
    float coverage;
  };
  for (const Row& row :
       std::vector<Row>{{"all there", {{1, 2}, {3, 6}}, {4, 8}, {2, 4}, 1},
                        {"a gap of one", {{1, kGap}, {3, 6}}, {4, 6}, {2, 6}, 0.75F},
                        {"a gap of all", {{1, kGap}, {3, kGap}}, {4, kGap}, {2, kGap}, 0.5F},
                        {"one lags behind at the end", {{1, 2}, {3}}, {4, 2}, {2, 2}, 0.75F},
                        {"one never came", {{1, 2}, {}}, {1, 2}, {1, 2}, 0.5F},
                        {"none came", {{}, {}}, {kGap, kGap}, {kGap, kGap}, 0},
                        {"one alone", {{1, -2}}, {1, -2}, {1, -2}, 1},
                        {"longer than the grid", {{1, 2, 3}, {1, 2, 3, 4}}, {2, 4}, {1, 2}, 1}}) {
    CAPTURE(row.name);
    CHECK(same_samples(added(Aggregation::sum, 2, row.members).values(), row.sum));
    CHECK(same_samples(added(Aggregation::avg, 2, row.members).values(), row.avg));
    CHECK(added(Aggregation::avg, 2, row.members).coverage() == row.coverage);
  }
}

TEST_CASE("a metric without aggregation stays one series, or an error says why not") {
  const Result<SeriesAggregator> several = SeriesAggregator::make(Aggregation::none, 4, 10);
  REQUIRE_FALSE(several.has_value());
  CHECK(several.error().kind == ErrorKind::invalid);
  CHECK(several.error().detail ==
        "the metric has no aggregation, so that 4 elements cannot become one series");
  CHECK(same_samples(added(Aggregation::none, 3, {{1, kGap, 3}}).values(), {1, kGap, 3}));
}

TEST_CASE("windows of one member stand where their first slot says") {
  auto sum = *SeriesAggregator::make(Aggregation::sum, 2, 6);
  const Samples early = {1, 2}, late = {3, 4, 5}, other = {10, 10, 10, 10, 10, 10};
  sum.add({.values = early});
  sum.add({.values = late, .first_slot = 4});  // its last one is beyond the grid
  sum.add({.values = other});
  sum.add({.values = other, .first_slot = 6});
  sum.add({.values = other, .first_slot = std::numeric_limits<std::size_t>::max()});
  CHECK(same_samples(sum.values(), {11, 12, 10, 10, 13, 14}));
  CHECK(sum.samples() == 10);
  CHECK(*sum.coverage() == doctest::Approx(10.0 / 12));
  const auto counts = sum.contributors();
  CHECK(std::vector<std::uint32_t>(counts.begin(), counts.end()) ==
        std::vector<std::uint32_t>{2, 2, 1, 1, 2, 2});
}

TEST_CASE("aggregates weigh as much as the elements behind them") {
  const Samples socket = {10, 20, kGap}, thread = {4, kGap, 7};
  auto avg = *SeriesAggregator::make(Aggregation::avg, 3, 3);
  avg.add({.values = socket, .elements = 2});
  avg.add({.values = thread});
  CHECK(same_samples(avg.values(), {8, 20, 7}));
  CHECK(avg.samples() == 6);
  CHECK(*avg.coverage() == doctest::Approx(6.0 / 9));
  auto sum = *SeriesAggregator::make(Aggregation::sum, 3, 3);
  sum.add({.values = socket, .elements = 2});
  sum.add({.values = thread});
  CHECK(same_samples(sum.values(), {14, 20, 7}));
}

TEST_CASE("what single precision cannot hold is missing") {
  constexpr float kLargest = std::numeric_limits<float>::max();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  CHECK(same_samples(added(Aggregation::sum, 1, {{kLargest}, {kLargest}}).values(), {kGap}));
  CHECK(same_samples(added(Aggregation::avg, 1, {{kLargest}, {kLargest}}).values(), {kLargest}));
  CHECK(
      same_samples(added(Aggregation::sum, 2, {{kInfinity, 1}, {1, -kInfinity}}).values(), {1, 1}));
}

TEST_CASE("nothing expected has no coverage") {
  CHECK(SeriesAggregator::make(Aggregation::sum, 0, 5)->coverage() == std::nullopt);
  CHECK(SeriesAggregator::make(Aggregation::sum, 5, 0)->coverage() == std::nullopt);
  CHECK(SeriesAggregator::make(Aggregation::sum, 5, 0)->values().empty());
}

TEST_CASE("aggregates of random members are those of one slot at a time, in any order") {
  RandomSeries random(test_seed());
  for (int round = 0; round < 100; ++round) {
    Members members(random.number(1, 30));
    const std::size_t slots = random.number(0, 80);
    for (Samples& member : members) member = random.samples(random.number(0, 80), 0.3);
    const Samples sum = added(Aggregation::sum, slots, members).values();
    const Samples avg = added(Aggregation::avg, slots, members).values();
    std::reverse(members.begin(), members.end());
    const Samples reversed = added(Aggregation::sum, slots, members).values();
    REQUIRE(sum.size() == slots);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      double expected = 0;
      std::size_t came = 0;
      for (const Samples& member : members) {
        if (slot >= member.size() || std::isnan(member[slot])) continue;
        expected += member[slot];
        ++came;
      }
      CHECK(std::isnan(sum[slot]) == (came == 0));
      CHECK(std::isnan(avg[slot]) == (came == 0));
      if (came == 0) continue;
      CHECK(sum[slot] == doctest::Approx(expected).epsilon(1e-6));
      CHECK(reversed[slot] == doctest::Approx(expected).epsilon(1e-6));
      CHECK(avg[slot] == doctest::Approx(expected / static_cast<double>(came)).epsilon(1e-6));
    }
  }
}
