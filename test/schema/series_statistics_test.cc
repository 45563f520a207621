// SPDX-License-Identifier: MIT
#include "schema/series_statistics.h"

#include "schema/job_json.h"
#include "test/schema/archive_files.h"
#include "test/schema/series_support.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

SeriesSummary of(const Samples& samples) { return summarize(samples); }

}  // namespace

TEST_CASE("statistics are over the samples that are there") {
  struct Row {
    Samples samples;
    std::uint64_t count;
    SeriesStatistics statistics;
  };
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const Row& row : std::vector<Row>{
           {{1, 2, 6}, 3, {1, 3, 6}},
           {{kGap, 4, kGap}, 1, {4, 4, 4}},  // a gap is no zero
           {{-3, -5}, 2, {-5, -4, -3}},      // the largest of negative ones is negative
           {{0, 0}, 2, {0, 0, 0}},
           {{kInfinity, 5, -kInfinity}, 1, {5, 5, 5}},  // not measured: no sensor says infinite
           {{kGap, kGap}, 0, {0, 0, 0}},
           {{}, 0, {0, 0, 0}}}) {
    CAPTURE(row.samples.size());
    CHECK(of(row.samples).count == row.count);
    CHECK(statistics_of(of(row.samples)) == row.statistics);
  }
}

TEST_CASE("large samples do not lose the small ones beside them") {
  const Samples samples = {16777216.0F, 1, 1, 1};
  CHECK(of(samples).sum == 16777219.0);
}

TEST_CASE("a summary in parts is the summary of the whole") {
  RandomSeries random(test_seed());
  for (int round = 0; round < 200; ++round) {
    const Samples samples = random.samples(random.number(0, 300), 0.2);
    const std::size_t cut = random.number(0, samples.size());
    SeriesSummary parts = summarize(std::span(samples).subspan(cut));
    parts += summarize(std::span(samples).first(cut));
    const SeriesSummary whole = of(samples);
    CHECK(parts.count == whole.count);
    CHECK(parts.min == whole.min);
    CHECK(parts.max == whole.max);
    CHECK(parts.sum == doctest::Approx(whole.sum));
  }
}

TEST_CASE("archived statistics have two decimals, half-way cases away from zero") {
  CHECK(rounded_statistics_of(of({0.125F, 0.125F})) == SeriesStatistics{0.13, 0.13, 0.13});
  CHECK(rounded_statistics_of(of({-0.125F, 1})) == SeriesStatistics{-0.13, 0.44, 1});
  CHECK(rounded_statistics_of(of({})) == SeriesStatistics{});
}

TEST_CASE("rounding goes half away from zero and never beyond a double") {
  CHECK(round2(0.125) == 0.13);
  CHECK(round2(-0.125) == -0.13);
  CHECK(round2(1.004) == 1.0);
  CHECK(round2(1e300) == 1e300);
  CHECK(round2(std::numeric_limits<double>::max()) == std::numeric_limits<double>::max());
}

TEST_CASE("coverage is the share that came") {
  CHECK(coverage_of(0, 4) == 0.0F);
  CHECK(coverage_of(1, 4) == 0.25F);
  CHECK(coverage_of(4, 4) == 1.0F);
  CHECK(coverage_of(5, 4) == 1.0F);  // sent by more elements than the topology has
  CHECK(coverage_of(0, 0) == std::nullopt);
}

TEST_CASE("a job's average is that of its hosts, whose extremes are its own") {
  const std::vector<SeriesSummary> hosts = {of({1, 3}), of({10, kGap})};
  CHECK(job_statistic("m", {"W", ""}, hosts) == JobStatistic{"m", {"W", ""}, 6, 1, 10});
}

TEST_CASE("a host without samples is left out of a job's average, not counted as zero") {
  const std::vector<SeriesSummary> hosts = {of({4, 6}), of({kGap, kGap}), of({})};
  CHECK(job_statistic("m", {}, hosts) == JobStatistic{"m", {}, 5, 4, 6});
}

TEST_CASE("a job's minimum is a measured one") {
  const std::vector<SeriesSummary> hosts = {of({5, 7}), of({6})};
  CHECK(job_statistic("m", {}, hosts)->min == 5);
  const std::vector<SeriesSummary> below = {of({-5, -7}), of({-6})};
  CHECK(job_statistic("m", {}, below)->max == -5);
}

TEST_CASE("a job's numbers follow from the rounded ones of its hosts") {
  // Both hosts say 0.01 (0.0125), so the job does; of the unrounded ones it would, too. Of 0.005
  // (0.01) and 0 the mean is 0.005, again 0.01; unrounded it would be 0.0025, which is 0.
  const std::vector<SeriesSummary> hosts = {of({0.00501F}), of({0})};
  CHECK(job_statistic("m", {}, hosts)->avg == 0.01);
  CHECK(job_statistic("m", {}, hosts)->max == 0.01);
}

TEST_CASE("a metric without any sample has no job statistic") {
  CHECK_FALSE(job_statistic("m", {}, {}).has_value());
  CHECK_FALSE(job_statistic("m", {}, std::vector{of({kGap})}).has_value());
}

TEST_CASE("a job's statistics are those of node scope, by metric name") {
  MetricData data;
  ScopedMetric node{MetricScope::node, {"W", ""}, 60, {series_of("a", {2, 4})}, {}};
  ScopedMetric core{MetricScope::core, {"W", ""}, 60, {series_of("a", {99})}, {}};
  ScopedMetric silent{MetricScope::node, {}, 60, {series_of("a", {kGap})}, {}};
  data.metrics.push_back({"cores_only", {core}});
  data.metrics.push_back({"power", {core, node}});
  data.metrics.push_back({"silent", {silent}});
  Job job;
  job.statistics = {{"old", {}, 1, 1, 1}};
  set_job_statistics(job, data);
  CHECK(job.statistics == std::vector<JobStatistic>{{"power", {"W", ""}, 3, 2, 4}});
  set_job_statistics(job, {});
  CHECK(job.statistics == std::vector<JobStatistic>{});
}

TEST_CASE("coverage over hosts counts those alike that have more series, and those without any") {
  const auto part = [](const char* host, std::optional<float> coverage) {
    Series series = series_of(host, {});
    series.coverage = coverage;
    return series;
  };
  const std::vector<Series> some = {part("a", 1.0F), part("a", 0.5F), part("b", 0.25F)};
  CHECK(coverage_over(some, 2) == 0.5F);
  CHECK(coverage_over(some, 4) == 0.25F);
  CHECK(coverage_over(some, 1) == 0.5F);  // hosts that nobody asked for count, too
  CHECK(coverage_over({}, 3) == 0.0F);
  CHECK(coverage_over({}, 0) == std::nullopt);
  const std::vector<Series> unknown = {part("a", 1.0F), part("b", std::nullopt)};
  CHECK(coverage_over(unknown, 2) == std::nullopt);
}

TEST_CASE("statistics of real jobs are those of their archive") {
  const std::filesystem::path root = archive_files();
  if (root.empty()) return;
  for (const char* folder : {"emmy/1403/244/1608923076", "emmy/1404/397/1609300556"}) {
    CAPTURE(folder);
    Job job = *parse_meta_json(file_text(root / folder / "meta.json"));
    const std::vector<JobStatistic> archived = *job.statistics;
    const MetricData data = *parse_metric_data(file_text(root / folder / "data.json.gz"));
    set_job_statistics(job, data);
    REQUIRE(job.statistics->size() == archived.size());
    for (std::size_t i = 0; i < archived.size(); ++i) {
      const std::string& metric = archived[i].metric;
      CAPTURE(metric);
      if (metric == "ipc") continue;  // its statistics are not of its samples
      CHECK(job.statistics->at(i).metric == metric);
      CHECK(job.statistics->at(i).min == doctest::Approx(archived[i].min));
      CHECK(job.statistics->at(i).max == doctest::Approx(archived[i].max));
      // How the archive weighted its hosts is not known.
      CHECK(job.statistics->at(i).avg == doctest::Approx(archived[i].avg).epsilon(1e-3));
      for (const Series& series : data.find(metric, MetricScope::node)->series) {
        const SeriesStatistics found = rounded_statistics_of(summarize(series.data));
        CHECK(std::abs(found.avg - series.statistics.avg) < 0.011);
        CHECK(std::abs(found.min - series.statistics.min) < 0.011);
        CHECK(std::abs(found.max - series.statistics.max) < 0.011);
      }
    }
  }
}
