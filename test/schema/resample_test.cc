// SPDX-License-Identifier: MIT
#include "schema/resample.h"

#include "test/schema/series_support.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

constexpr ResamplePlan lttb_by(std::size_t factor) { return {ResampleAlgorithm::lttb, 60, factor}; }
constexpr ResamplePlan min_max_by(std::size_t factor) {
  return {ResampleAlgorithm::min_max, 60, factor};
}

Samples jagged(std::size_t count) {
  Samples out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<float>((i * i * 7 + i * 3) % 23));
  return out;
}

// The rules of the field's largest triangle, step by step as they are written down.
Samples slow_lttb(const Samples& x, std::size_t factor) {
  const auto n = static_cast<std::int64_t>(x.size()), m = n / static_cast<std::int64_t>(factor);
  const double s = (static_cast<double>(n) - 2) / (static_cast<double>(m) - 2);
  const auto at = [&x](std::int64_t i) {
    return static_cast<double>(x[static_cast<std::size_t>(i)]);
  };
  Samples out = {x.front()};
  std::int64_t a = 0, lo = 1, mid = m > 2 ? static_cast<std::int64_t>(std::floor(s)) + 1 : 0;
  for (std::int64_t i = 0; i <= m - 3; ++i) {
    auto hi = static_cast<std::int64_t>(std::floor(static_cast<double>(i + 2) * s)) + 1;
    if (hi >= n - 1) hi = n - 2;
    double bx = 0, by = 0;
    for (std::int64_t k = mid; k <= hi; ++k) bx += static_cast<double>(k);
    for (std::int64_t k = mid; k <= hi; ++k) by += at(k);
    bx /= static_cast<double>(hi - mid + 1);
    by /= static_cast<double>(hi - mid + 1);
    double best = -1;
    std::int64_t choice = lo;
    for (std::int64_t c = lo; c < mid; ++c) {
      const double area = 0.5 * std::abs(static_cast<double>(a - c) * (by - at(a)) -
                                         (static_cast<double>(a) - bx) * (at(c) - at(a)));
      if (!(std::isnan(area) || area > best)) continue;
      best = area;
      choice = c;
    }
    out.push_back(static_cast<float>(at(choice)));
    a = choice;
    lo = mid;
    mid = hi;
  }
  out.push_back(x.back());
  return out;
}

struct Interval {
  std::size_t first, end;
};
Interval place_of(std::size_t point, std::size_t points, std::size_t samples, std::size_t factor) {
  return {point * factor, point + 1 == points ? samples : (point + 1) * factor};
}

// What is there in the interval, in order.
Samples present(const Samples& samples, Interval interval) {
  Samples out;
  for (std::size_t i = interval.first; i < interval.end; ++i)
    if (!std::isnan(samples[i])) out.push_back(samples[i]);
  return out;
}

bool has(const Samples& samples, float value) {
  return std::find(samples.begin(), samples.end(), value) != samples.end();
}

}  // namespace

TEST_CASE("the new time step is the next one that can be had") {
  struct Row {
    const char* name;
    std::size_t samples;
    std::int32_t timestep;
    std::int64_t resolution;
    std::int32_t new_timestep;
    std::size_t factor;
  };
  constexpr std::int32_t kLargest = std::numeric_limits<std::int32_t>::max();
  for (const Row& row : std::vector<Row>{
           {"a multiple", 1440, 60, 600, 600, 10},
           {"between two multiples: the coarser", 1440, 60, 601, 660, 11},
           {"just above the step", 1440, 60, 61, 120, 2},
           {"the step itself", 1440, 60, 60, 60, 1},
           {"finer than the step", 1440, 60, 30, 60, 1},
           {"0 is the step of the samples", 1440, 60, 0, 60, 1},
           {"negative", 1440, 60, -600, 60, 1},
           {"fewer samples than the minimum", 999, 60, 600, 60, 1},
           {"as many as the minimum", 1000, 60, 600, 600, 10},
           {"all in one step", 1440, 60, 86'400, 86'400, 1440},
           {"more than there is", 1440, 60, 86'401, 60, 1},
           {"absurd", 1440, 60, std::numeric_limits<std::int64_t>::max(), 60, 1},
           {"more than a step's type holds", 1440, kLargest / 2, kLargest, kLargest / 2, 1},
           {"no step", 1440, 0, 600, 0, 1}}) {
    CAPTURE(row.name);
    const ResamplePlan plan = plan_resampling(row.samples, row.timestep, row.resolution, {});
    CHECK(plan == ResamplePlan{ResampleAlgorithm::lttb, row.new_timestep, row.factor});
  }
}

TEST_CASE("the minimum of samples is a setting") {
  ResampleConfig config;
  config.algorithm = ResampleAlgorithm::min_max;
  config.minimum_points = 0;
  CHECK(plan_resampling(4, 60, 120, config) == ResamplePlan{ResampleAlgorithm::min_max, 120, 2});
  CHECK(plan_resampling(0, 60, 120, config).factor == 1);
  config.minimum_points = 5;
  CHECK(plan_resampling(4, 60, 120, config).factor == 1);
}

TEST_CASE("who asks for nothing gets the largest configured resolution") {
  ResampleConfig config;
  CHECK(resolution_for(std::nullopt, config) == 0);
  config.resolutions = {120, 600, 300};
  CHECK(resolution_for(std::nullopt, config) == 600);
  CHECK(resolution_for(0, config) == 0);
  CHECK(resolution_for(77, config) == 77);
}

TEST_CASE("algorithms have names") {
  for (const auto algorithm : {ResampleAlgorithm::lttb, ResampleAlgorithm::min_max})
    CHECK(parse_resample_algorithm(to_string(algorithm)) == algorithm);
  CHECK(parse_resample_algorithm("min_max").has_value());
  CHECK_FALSE(parse_resample_algorithm("LTTB").has_value());
}

TEST_CASE("largest triangles choose these samples") {
  struct Row {
    const char* name;
    std::size_t samples, factor;
    std::vector<std::size_t> gaps, chosen;
  };
  // Chosen by another program, written from the same rules.
  for (const Row& row : std::vector<Row>{
           {"halved", 23, 2, {}, {0, 1, 3, 6, 9, 11, 14, 16, 18, 19, 22}},
           {"buckets of a broken width", 23, 3, {}, {0, 1, 7, 11, 16, 18, 22}},
           {"four points", 23, 5, {}, {0, 7, 16, 22}},
           {"three points: no bucket follows, so the last of the middle", 23, 7, {}, {0, 21, 22}},
           {"two points", 23, 11, {}, {0, 22}},
           {"one point makes two", 23, 12, {}, {0, 22}},
           {"no rest", 24, 4, {}, {0, 1, 9, 16, 18, 23}},
           {"gaps", 24, 3, {10, 17}, {0, 1, 7, 10, 14, 17, 21, 23}},
           {"a gap at the start", 24, 3, {0}, {0, 3, 7, 11, 13, 18, 21, 23}}}) {
    CAPTURE(row.name);
    Samples samples = jagged(row.samples), expected;
    for (const std::size_t gap : row.gaps) samples[gap] = kGap;
    for (const std::size_t index : row.chosen) expected.push_back(samples[index]);
    CHECK(same_samples(resample(samples, lttb_by(row.factor)), expected));
  }
}

TEST_CASE("largest triangles keep a spike and lose nothing at the ends") {
  Samples samples(1440, 10);
  samples[700] = 90;
  samples.front() = 1;
  samples.back() = 2;
  const Samples out = resample(samples, lttb_by(10));
  CHECK(out.size() == 144);
  CHECK(out.front() == 1);
  CHECK(out.back() == 2);
  CHECK(has(out, 90));
}

TEST_CASE("largest triangles of random series are those of the written rules") {
  RandomSeries random(test_seed());
  for (int round = 0; round < 500; ++round) {
    const Samples samples = random.samples(random.number(2, 700), random.chance(0.5) ? 0 : 0.05);
    const std::size_t factor = random.number(2, samples.size());
    CAPTURE(samples.size());
    CAPTURE(factor);
    CHECK(same_samples(resample(samples, lttb_by(factor)), slow_lttb(samples, factor)));
  }
}

TEST_CASE("largest triangles stand no further off than documented") {
  RandomSeries random(test_seed());
  for (int round = 0; round < 200; ++round) {
    Samples samples(random.number(6, 500));
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i);
    const std::size_t factor = random.number(2, samples.size() / 3);
    // The values are indexes, but the area needs a shape: bend them, and look where they came from.
    Samples bent(samples.size());
    for (std::size_t i = 0; i < bent.size(); ++i)
      bent[i] = static_cast<float>(i) * 16 + static_cast<float>(random.number(0, 15));
    const Samples out = resample(bent, lttb_by(factor));
    for (std::size_t place = 0; place < out.size(); ++place) {
      const auto measured = static_cast<std::size_t>(out[place] / 16);
      CHECK(measured + factor >= place * factor);
      CHECK(measured < (place + 3) * factor);
    }
  }
}

TEST_CASE("minima and maxima of pairs of places come in the order of measurement") {
  struct Row {
    const char* name;
    std::size_t factor;
    Samples samples, expected;
  };
  for (const Row& row : std::vector<Row>{
           {"up, then down", 2, {1, 2, 3, 4, 8, 7, 6, 5}, {1, 4, 8, 5}},
           {"both in one half: the other place takes one", 2, {5, 9, 6, 6}, {5, 9}},
           {"the rest belongs to the last place", 2, {1, 2, 3, 4, 99}, {1, 99}},
           {"an odd place has the sample further from the mean", 2, {5, 5, 5, 5, 5, 9}, {5, 5, 9}},
           {"the same, a dip", 2, {5, 5, 5, 5, 5, -9}, {5, 5, -9}},
           {"a gap stays a gap", 2, {1, 2, kGap, kGap}, {2, kGap}},
           {"a gap in front", 2, {kGap, kGap, 1, 5, 5, 5, 5, 5}, {kGap, 1, 5, 5}},
           {"single gaps do not matter", 2, {1, kGap, kGap, 4}, {1, 4}},
           {"constant", 2, {3, 3, 3, 3}, {3, 3}},
           {"nothing there", 2, {kGap, kGap, kGap, kGap, kGap}, {kGap, kGap}},
           {"one place", 4, {1, 2, 9, 3}, {9}},
           {"shorter than one place", 4, {1, 2}, {2}}}) {
    CAPTURE(row.name);
    CHECK(same_samples(resample(row.samples, min_max_by(row.factor)), row.expected));
  }
}

TEST_CASE("no extreme is lost, no gap is filled, no point stands in another pair") {
  RandomSeries random(test_seed());
  for (int round = 0; round < 500; ++round) {
    const Samples samples = random.samples(random.number(1, 400), random.chance(0.5) ? 0 : 0.3);
    const std::size_t factor = random.number(2, samples.size() + 1);
    const Samples out = resample(samples, min_max_by(factor));
    CAPTURE(samples.size());
    CAPTURE(factor);
    REQUIRE(out.size() == std::max<std::size_t>(samples.size() / factor, 1));
    const auto place = [&](std::size_t point) {
      return place_of(point, out.size(), samples.size(), factor);
    };
    for (std::size_t point = 0; point < out.size(); ++point) {
      const Samples own = present(samples, place(point));
      CHECK(std::isnan(out[point]) == own.empty());
      const std::size_t partner = point ^ 1U;
      const Samples others = partner < out.size() ? present(samples, place(partner)) : Samples{};
      if (own.empty()) continue;
      if (others.empty()) {
        const auto [least, most] = std::minmax_element(own.begin(), own.end());
        CHECK((out[point] == *least || out[point] == *most));
        continue;
      }
      Samples both = own;
      both.insert(both.end(), others.begin(), others.end());
      const auto [least, most] = std::minmax_element(both.begin(), both.end());
      CHECK(has({out[point], out[partner]}, *least));
      CHECK(has({out[point], out[partner]}, *most));
      // An extreme that only one place has stands in that place, unless it has both.
      if (has(own, *least) && !has(others, *least) && !has(own, *most)) CHECK(out[point] == *least);
      if (has(own, *most) && !has(others, *most) && !has(own, *least)) CHECK(out[point] == *most);
    }
  }
}

TEST_CASE("empty and short series stay what they are") {
  for (const ResamplePlan& plan : {lttb_by(10), min_max_by(10)}) {
    CHECK(resample({}, plan).empty());
    CHECK(same_samples(resample(Samples{7}, plan), {7}));
  }
  const Samples samples = {1, 2, 3};
  CHECK(same_samples(resample(samples, lttb_by(1)), samples));
}

TEST_CASE("a metric is resampled as a whole, its statistics stay") {
  ScopedMetric metric;
  metric.timestep = 60;
  metric.series.push_back(series_of("a", jagged(1000)));
  metric.series.push_back(series_of("late", jagged(300)));  // alone it would be left as it is
  metric.series.push_back(series_of("silent", {}));
  metric.series[0].statistics = {1, 2, 3};
  metric.series[0].coverage = 0.5F;
  resample(metric, 130, {});
  CHECK(metric.timestep == 180);
  CHECK(metric.series[0].data.size() == 333);
  CHECK(metric.series[1].data.size() == 100);
  CHECK(metric.series[2].data.empty());
  CHECK(metric.series[0].statistics == SeriesStatistics{1, 2, 3});
  CHECK(metric.series[0].coverage == 0.5F);
}

TEST_CASE("a metric that needs no resampling is left alone") {
  ScopedMetric metric;
  metric.timestep = 60;
  metric.series.push_back(series_of("a", jagged(999)));
  metric.statistics_series.emplace().mean = std::vector<double>(999, 1);
  resample(metric, 600, {});
  CHECK(metric.timestep == 60);
  CHECK(metric.series[0].data.size() == 999);
  CHECK(metric.statistics_series->mean->size() == 999);
}

TEST_CASE("a statistics series follows the time step of its series") {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  ResampleConfig config;
  config.minimum_points = 0;
  ScopedMetric metric;
  metric.timestep = 60;
  metric.series.push_back(series_of("a", jagged(9)));
  StatisticsSeries& statistics = metric.statistics_series.emplace();
  const std::vector<double> values = {1, 5, kNone, 3, kNone, kNone, 8, 2, 5};
  statistics.min = statistics.max = statistics.mean = values;
  statistics.percentiles = {{25, values}};
  resample(metric, 120, config);
  CHECK(same_samples(*statistics.min, {1, 3, kNone, 2}));
  CHECK(same_samples(*statistics.max, {5, 3, kNone, 8}));
  CHECK(same_samples(*statistics.mean, {3, 3, kNone, 5}));
  CHECK(same_samples(statistics.percentiles[0].second, {3, 3, kNone, 5}));
  CHECK_FALSE(statistics.median.has_value());
}
