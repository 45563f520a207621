// SPDX-License-Identifier: MIT
#include "schema/statistics_series.h"

#include "test/schema/series_support.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<Series> list_of(const std::vector<Samples>& samples) {
  std::vector<Series> out;
  for (const Samples& one : samples) out.push_back(series_of("h", one));
  return out;
}

// One time step after the other, sorted.
StatisticsSeries slow_statistics(const std::vector<Series>& series) {
  std::size_t steps = 0;
  for (const Series& one : series) steps = std::max(steps, one.data.size());
  StatisticsSeries out;
  for (auto* list : {&out.mean, &out.median, &out.min, &out.max}) list->emplace(steps, kNone);
  for (std::size_t step = 0; step < steps; ++step) {
    std::vector<double> values;
    for (const Series& one : series)
      if (step < one.data.size() && !std::isnan(one.data[step])) values.push_back(one.data[step]);
    if (values.size() < 3) continue;
    std::sort(values.begin(), values.end());
    double sum = 0;
    for (const double value : values) sum += value;
    (*out.mean)[step] = sum / static_cast<double>(values.size());
    (*out.min)[step] = values.front();
    (*out.max)[step] = values.back();
    const std::size_t half = values.size() / 2;
    (*out.median)[step] =
        values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }
  return out;
}

}  // namespace

TEST_CASE("each time step has the minimum, mean, median and maximum of its samples") {
  struct Row {
    const char* name;
    std::vector<Samples> series;
    std::vector<double> mean, median, min, max;
  };
  for (const Row& row : std::vector<Row>{
           {"odd", {{1, 5}, {2, 6}, {9, 1}}, {4, 4}, {2, 5}, {1, 1}, {9, 6}},
           {"even: the mean of the middle two", {{1}, {2}, {4}, {9}}, {4}, {3}, {1}, {9}},
           {"a gap is left out, not zero", {{8}, {kGap}, {2}, {5}}, {5}, {5}, {2}, {8}},
           {"two are too few",
            {{8, 1}, {kGap, 1}, {2, 1}},
            {kNone, 1},
            {kNone, 1},
            {kNone, 1},
            {kNone, 1}},
           {"an early end is no end for all",
            {{1, 1}, {2, 2}, {3, 3}, {9}},
            {3.75, 2},
            {2.5, 2},
            {1, 1},
            {9, 3}},
           {"the last step of one alone",
            {{1, 1}, {2}, {3}},
            {2, kNone},
            {2, kNone},
            {1, kNone},
            {3, kNone}},
           {"negative", {{-1}, {-2}, {-3}}, {-2}, {-2}, {-3}, {-1}},
           {"no samples", {{}, {}, {}}, {}, {}, {}, {}}}) {
    CAPTURE(row.name);
    const StatisticsSeries found = statistics_over(list_of(row.series));
    CHECK(same_samples(*found.mean, row.mean));
    CHECK(same_samples(*found.median, row.median));
    CHECK(same_samples(*found.min, row.min));
    CHECK(same_samples(*found.max, row.max));
    CHECK(found.percentiles.empty());
  }
}

TEST_CASE("statistics of random series are those of sorting each time step") {
  RandomSeries random(test_seed());
  for (int round = 0; round < 100; ++round) {
    std::vector<Series> series;
    const std::size_t count = random.number(0, 20);
    for (std::size_t i = 0; i < count; ++i)
      series.push_back(series_of("h", random.samples(random.number(0, 60), 0.4)));
    const StatisticsSeries found = statistics_over(series), expected = slow_statistics(series);
    CHECK(same_samples(*found.min, *expected.min));
    CHECK(same_samples(*found.max, *expected.max));
    CHECK(same_samples(*found.median, *expected.median));
    REQUIRE(found.mean->size() == expected.mean->size());
    for (std::size_t i = 0; i < found.mean->size(); ++i)
      CHECK((std::isnan((*found.mean)[i]) == std::isnan((*expected.mean)[i])));
    for (std::size_t i = 0; i < found.mean->size(); ++i)
      if (!std::isnan((*found.mean)[i]))
        CHECK((*found.mean)[i] == doctest::Approx((*expected.mean)[i]));
  }
}

TEST_CASE("a metric has a statistics series from eight series on, an archived one stays") {
  ScopedMetric metric;
  metric.series = list_of(std::vector<Samples>(7, {1, 2}));
  add_statistics_series(metric);
  CHECK_FALSE(metric.statistics_series.has_value());
  metric.series.push_back(series_of("h", {1, 2}));
  add_statistics_series(metric);
  REQUIRE(metric.statistics_series.has_value());
  CHECK(same_samples(*metric.statistics_series->median, {1, 2}));
  metric.statistics_series->median = {{7, 7}};
  add_statistics_series(metric);
  CHECK(same_samples(*metric.statistics_series->median, {7, 7}));
}
