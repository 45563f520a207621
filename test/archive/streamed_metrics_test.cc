// SPDX-License-Identifier: MIT
// Data files that do not fit into memory (archive/streamed_metrics.h, archive/data_file.h).
#include "archive/job_metrics.h"
#include "archive/job_path.h"
#include "base/gzip.h"
#include "schema/statistics_series.h"
#include "test/archive/support.h"
#include "test/peak_memory.h"
#include "test/seed.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <random>

namespace jobledger::archive {
namespace {

using schema::MetricScope;

constexpr std::int64_t kStreamStart = 1'700'000'000;

// One archived job, read with so much memory.
class Archive {
 public:
  explicit Archive(std::size_t read_bytes)
      : world_(folder_.path(), {}, [=](Config& config) { config.read_bytes = read_bytes; }),
        metrics_(*world_.tree, nullptr, world_.telemetry) {
    schema::Job job = finished_job(1, kStreamStart);
    job.monitoring_status = schema::MonitoringStatus::archived;
    path_ = world_.root / job_path(job);
    world_.add(job);
  }
  void put(const char* name, std::string_view bytes) { write_text(path_ / name, bytes); }

  Result<std::vector<JobMetric>> read(const JobMetricsQuery& query, sources::Stop stop = {}) {
    const auto snapshot = world_.store->snapshot();
    sources::ReadContext context;
    context.snapshot = snapshot.get();
    context.stop = stop;
    return metrics_.read({std::make_shared<const schema::Job>(world_.indexed(1)),
                          snapshot->jobs().find(1)->revision},
                         query, context);
  }

 private:
  TemporaryDirectory folder_;
  World world_;
  JobMetrics metrics_;
  std::filesystem::path path_;
};

// All of it, or the kind of the error.
std::string text_of(const Result<std::vector<JobMetric>>& metrics) {
  if (!metrics) return std::string(to_string(metrics.error().kind));
  std::string text;
  for (const JobMetric& metric : *metrics) {
    schema::MetricData one;
    one.metrics.push_back({metric.name, {*metric.data}});
    schema::write_metric_data(text, one);
    text += metric.coverage ? std::to_string(*metric.coverage) : "-";
    for (const schema::Series& series : metric.data->series)
      text += series.coverage ? " " + std::to_string(*series.coverage) : " -";
    text += '\n';
  }
  return text;
}

schema::ScopedMetric random_scope(std::mt19937& random, MetricScope scope) {
  schema::ScopedMetric out;
  out.scope = scope;
  out.unit = {"\u00b5s", random() % 2 == 0 ? "k" : ""};
  out.timestep = random() % 2 == 0 ? 60 : 30;
  if (random() % 4 == 0) out.start_time = kStreamStart + 600;
  const auto count = random() % 12;
  for (std::size_t i = 0; i < count; ++i) {
    schema::Series& series = out.series.emplace_back();
    series.hostname = i % 2 == 0 ? "n001" : "n002";
    if (scope != MetricScope::node) series.id = std::to_string(i / 2);
    series.statistics = {1, 2, static_cast<double>(i)};
    const auto samples = random() % 400;
    for (std::size_t n = 0; n < samples; ++n)
      series.data.push_back(random() % 9 == 0 ? std::nanf("") : static_cast<float>(random() % 999));
  }
  if (random() % 5 == 0) schema::add_statistics_series(out);
  return out;
}

schema::MetricData random_data(std::mt19937& random) {
  schema::MetricData data;
  for (const char* name : {"cpu_load", "flops_any", "mem_bw", "mem_used"}) {
    schema::MetricSamples metric{name, {}};
    // In the order of their texts.
    for (const MetricScope scope : {MetricScope::core, MetricScope::hwthread, MetricScope::node})
      if (random() % 2 == 0) metric.scopes.push_back(random_scope(random, scope));
    data.metrics.push_back(std::move(metric));
  }
  return data;
}

JobMetricsQuery random_query(std::mt19937& random) {
  JobMetricsQuery query;
  if (random() % 2 == 0) query.metrics = {"flops_any", "cpu_load"};
  if (random() % 3 > 0) query.scopes = {MetricScope::node};
  if (random() % 3 == 0) query.scopes = {MetricScope::node, MetricScope::core};
  query.presentation.statistics_series = random() % 2 == 0;
  query.presentation.resolution = std::vector<std::int64_t>{0, 120, 600}[random() % 3];
  query.presentation.resampling.minimum_points = 20;
  return query;
}

}  // namespace

TEST_CASE("a file that is read piece by piece gives what a decoded one gives") {
  std::mt19937 random(test::test_seed());
  for (int round = 0; round < 12; ++round) {
    std::string json;
    schema::write_metric_data(json, random_data(random));
    Archive whole(256u << 20), parts(256);
    const bool packed = round % 2 == 0;
    for (Archive* archive : {&whole, &parts})
      archive->put(packed ? "data.json.gz" : "data.json", packed ? gzip(json, 6) : json);
    for (int i = 0; i < 12; ++i) {
      const JobMetricsQuery query = random_query(random);
      CHECK(text_of(parts.read(query)) == text_of(whole.read(query)));
    }
  }
}

TEST_CASE("of a long file no more is held than what is delivered") {
  // 300 hosts, 4 days: 1.7 million samples of each of three metrics, 35 MB of text.
  std::string json = "{";
  std::string samples = "1.25";
  for (int n = 1; n < 5760; ++n) samples += ",1" + std::to_string(n % 100) + ".25";
  for (const char* metric : {"cpu_load", "mem_used", "node_power"}) {
    json += (json.size() > 1 ? ",\"" : "\"") + std::string(metric) +
            R"(":{"node":{"unit":{"base":"x"},"timestep":60,"series":[)";
    for (int host = 0; host < 300; ++host) {
      json += host == 0 ? "" : ",";
      json += R"({"hostname":"n)" + std::to_string(host) +
              R"(","statistics":{"min":0,"avg":0,"max":0},"data":[)" + samples + "]}";
    }
    json += "]}}";
  }
  json += "}";
  Archive archive(16u << 20);
  archive.put("data.json.gz", gzip(json, 1));
  json = samples = {};
  JobMetricsQuery query;
  query.presentation.resolution = 3600;
  query.presentation.statistics_series = false;
  std::size_t points = 0;
  const std::size_t peak = test::peak_growth([&] {
    const auto found = archive.read(query);
    REQUIRE_MESSAGE(found.has_value(), found.error().detail);
    REQUIRE(found->size() == 3);
    points = found->at(2).data->series.at(299).data.size();
  });
  CHECK(points == 96);
  CHECK(peak < (16u << 20));
  query.presentation.resolution = 0;
  query.max_samples = 1'000'000;  // less than one metric has
  CHECK(archive.read(query).error().kind == ErrorKind::too_large);
}

TEST_CASE("what is wrong with a long file is told") {
  const std::string good =
      R"({"m":{"node":{"unit":{"base":"x"},"timestep":60,"series":[)" +
      std::string(R"({"hostname":"h","statistics":{"min":0,"avg":0,"max":0},)") +
      R"("data":[1,2,3]}]}}})" + std::string(500, ' ');
  struct Case {
    const char* what;
    std::string bytes;
    bool packed;
    ErrorKind kind;
  };
  const std::string packed = gzip(good, 6);
  for (const Case& one : {
           Case{"cut off", good.substr(0, 100), false, ErrorKind::invalid},
           Case{"no text", std::string(300, ' '), false, ErrorKind::invalid},
           Case{"an unknown member", R"({"m":{"node":{"x":1}}})" + std::string(300, ' '), false,
                ErrorKind::invalid},
           Case{"a member cut off", packed + packed.substr(0, 40), true, ErrorKind::corrupt},
       }) {
    CAPTURE(one.what);
    Archive archive(256);
    archive.put(one.packed ? "data.json.gz" : "data.json", one.bytes);
    const auto found = archive.read({});
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().kind == one.kind);
  }
}

TEST_CASE("reading a long file ends when it is stopped") {
  Archive archive(256);
  archive.put("data.json", "{}" + std::string(1000, ' '));
  CHECK(text_of(archive.read({})).empty());
  const std::atomic<bool> stopped = true;
  CHECK(archive.read({}, {&stopped}).error().kind == ErrorKind::cancelled);
}

}  // namespace jobledger::archive
