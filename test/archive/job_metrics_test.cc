// SPDX-License-Identifier: MIT
// What was measured comes into the archive, when it has arrived.
#include "archive/import_index.h"
#include "archive/job_path.h"
#include "archive/running_footprints.h"
#include "sources/own_store.h"
#include "test/archive/support.h"
#include "test/peak_memory.h"

#include <doctest/doctest.h>

#include <atomic>
#include <ctime>
#include <limits>
#include <thread>

namespace jobledger::archive {
namespace {

namespace fs = std::filesystem;
using schema::MetricScope;
using schema::MonitoringStatus;

constexpr std::int64_t kStart = 1'700'000'000;

std::shared_ptr<const schema::Clusters> clusters() {
  auto cluster = schema::parse_cluster(cluster_json("testcluster"));
  REQUIRE(cluster.has_value());
  std::vector<schema::Cluster> all;
  all.push_back(*std::move(cluster));
  return std::make_shared<const schema::Clusters>(std::move(all));
}

// One source for everything; ours, or one that fails.
class OneSource : public sources::SourceMap, public sources::MetricSource {
 public:
  sources::MetricSource& source_of(std::string_view, std::string_view) const override {
    return const_cast<OneSource&>(*this);
  }
  bool is_own() const override { return own_; }
  Result<sources::MetricAnswer> read(const sources::MetricQuery& query,
                                     const sources::ReadContext& context) override {
    ++reads;
    if (failing) return Error{ErrorKind::unavailable, "out of reach"};
    return store_.read(query, context);
  }
  Result<std::vector<std::string>> hosts(std::string_view, std::int64_t, std::int64_t,
                                         const sources::ReadContext&) override {
    return std::vector<std::string>();
  }
  Result<std::vector<sources::HostHealth>> health(const sources::HealthQuery&,
                                                  const sources::ReadContext&) override {
    return std::vector<sources::HostHealth>();
  }

  std::atomic<bool> failing = false, caught_up = true;
  std::atomic<int> reads = 0;
  bool own_ = true;
  MetricAccess access() {
    return {this, [this] { return caught_up.load(); }};
  }

 private:
  sources::OwnStore store_{clusters()};
};

// Minutes of the two hosts of finished_job(): load h + 1, power 100 (h + 1); memory grows from 10.
void measure(World& world, std::int64_t from, int minutes, std::int64_t log_time) {
  storage::metrics::SampleBatch batch;
  batch.metrics = {{"testcluster", "cpu_load", 60},
                   {"testcluster", "mem_used", 60},
                   {"testcluster", "node_power", 60}};
  static const std::vector<std::string> hosts = [] {
    std::vector<std::string> names;
    for (const auto& resource : finished_job(1).resources) names.push_back(resource.hostname);
    return names;
  }();
  batch.elements = {{}};
  for (const auto& host : hosts) batch.hosts.push_back({"testcluster", host});
  for (int n = 0; n < minutes; ++n) {
    for (std::uint32_t h = 0; h < hosts.size(); ++h) {
      const std::int64_t time = from + n * 60;
      const auto number = static_cast<float>(h + 1);
      batch.samples.push_back({0, h, 0, number, time});
      batch.samples.push_back({1, h, 0, static_cast<float>(10 + n), time});
      batch.samples.push_back({2, h, 0, 100 * number, time});
    }
  }
  batch.log_time = log_time;
  const auto done = world.writer->run([&](storage::Update& update) -> Result<void> {
    update.put_samples(batch);
    return {};
  });
  REQUIRE(done.has_value());
}

schema::Job measured_job(std::int64_t id, std::int32_t duration) {
  schema::Job job = finished_job(id, kStart);
  job.duration = duration;
  job.statistics.reset();
  job.footprint.reset();
  job.energy_footprint.reset();
  job.energy = 0;
  return job;
}

bool is_archived(const World& world, std::int64_t id) {
  return world.indexed(id).monitoring_status == MonitoringStatus::archived;
}

// The nodes' memory as the first job's file has it.
schema::ScopedMetric archived_memory(const World& world) {
  const schema::Job job = world.indexed(1);
  REQUIRE(job.monitoring_status == MonitoringStatus::archived);
  const auto data = world.tree->read_data({job.cluster, job.job_id, job.start_time});
  REQUIRE_MESSAGE(data.has_value(), data.error().detail);
  const auto* memory = data->find("mem_used", MetricScope::node);
  REQUIRE(memory != nullptr);
  return *memory;
}

}  // namespace

TEST_CASE("a finished job's samples, statistics, footprint and energy come into the tree") {
  TemporaryDirectory directory;
  OneSource source;
  World world(directory.path(), {}, {}, source.access());
  measure(world, kStart - 600, 100, kStart + 90 * 60);
  const auto id = world.add(measured_job(7, 3600));
  world.settle();
  REQUIRE(is_archived(world, id));
  const schema::Job job = world.indexed(id);
  const schema::NaturalKey key{job.cluster, job.job_id, job.start_time};
  const auto data = world.tree->read_data(key);
  REQUIRE_MESSAGE(data.has_value(), data.error().detail);
  const auto* load = data->find("cpu_load", MetricScope::node);
  REQUIRE(load != nullptr);
  REQUIRE(load->series.size() == 2);
  CHECK(load->timestep == 60);
  CHECK(load->series[0].data.size() == 60);
  CHECK(load->series[1].data[59] == 2);
  CHECK(load->series[1].statistics == schema::SeriesStatistics{2, 2, 2});
  const auto* memory = data->find("mem_used", MetricScope::node);
  CHECK(memory->series[0].data.front() == 20);  // ten minutes before the job are not its own
  CHECK(memory->series[0].data.back() == 79);
  REQUIRE(job.statistics.has_value());
  CHECK(job.statistics->size() == 3);
  CHECK(job.footprint ==
        std::vector<schema::NamedValue>{{"cpu_load_avg", 1.5}, {"mem_used_max", 79}});
  CHECK(job.energy == 0.3);  // 150 W, two nodes, an hour
  const auto in_tree = world.tree->read_meta(key);
  REQUIRE(in_tree.has_value());
  CHECK(is_same_job(*in_tree, job));
  CHECK(world.finisher->status().without_metrics == 0);
}

TEST_CASE("a job that claims to have begun in 1970 begins with its first sample") {
  TemporaryDirectory directory;
  OneSource source;
  World world(directory.path(), {}, {}, source.access());
  measure(world, kStart, 100, kStart + 200 * 60);
  schema::Job ancient = measured_job(7, static_cast<std::int32_t>(kStart + 3600 - 1));
  ancient.start_time = 1;
  ancient.submit_time = 0;
  const std::size_t peak = test::peak_growth([&] {
    world.add(ancient);
    world.settle();
  });
  CHECK(peak < (64u << 20));
  const schema::ScopedMetric memory = archived_memory(world);
  CHECK(memory.start_time == (kStart - 1) / 60 * 60 + 1);  // on the grid of the job's start
  REQUIRE(memory.series[0].data.size() == 61);  // the last one is a step that the end cuts
  CHECK(memory.series[0].data.front() == 10);
  CHECK(memory.series[0].data[59] == 69);
  CHECK(world.indexed(1).footprint ==
        std::vector<schema::NamedValue>{{"cpu_load_avg", 1.5}, {"mem_used_max", 69}});
}

TEST_CASE("a job that ends long after its last sample ends with that") {
  TemporaryDirectory directory;
  OneSource source;
  World world(directory.path(), {}, {}, source.access());
  const std::int32_t forever = std::numeric_limits<std::int32_t>::max();
  measure(world, kStart, 100, kStart + forever + 60);
  world.add(measured_job(7, forever));
  world.settle();
  const schema::ScopedMetric memory = archived_memory(world);
  CHECK_FALSE(memory.start_time.has_value());
  CHECK(memory.series[0].data.size() == 100);
}

TEST_CASE("a job of which nothing was measured is archived all the same, and counted") {
  TemporaryDirectory directory;
  OneSource source;
  World world(directory.path(), {}, {}, source.access());
  const auto id = world.add(measured_job(7, 60));
  world.settle();
  CHECK(is_archived(world, id));
  CHECK(world.finisher->status().without_metrics == 1);
  CHECK(read_text(world.root / job_path(world.indexed(id)) / "data.json") == "{}\n");
}

TEST_CASE("a job waits until the log of metrics is past its end") {
  TemporaryDirectory directory;
  OneSource source;
  source.caught_up = false;
  World world(directory.path(), {}, {}, source.access());
  measure(world, kStart, 10, kStart + 600);
  const auto id = world.add(measured_job(7, 1200));
  world.settle();
  CHECK_FALSE(is_archived(world, id));
  CHECK(world.finisher->status().settling == 1);
  measure(world, kStart + 600, 11, kStart + 1200 + 30);
  while (world.finisher->status().archived == 0) std::this_thread::yield();
  const schema::Job job = world.indexed(id);
  const auto data = world.tree->read_data({job.cluster, job.job_id, job.start_time});
  REQUIRE(data.has_value());
  CHECK(data->find("cpu_load", MetricScope::node)->series[0].data.size() == 20);
}

TEST_CASE("once the log is read to its end the clock decides") {
  TemporaryDirectory directory;
  OneSource source;
  source.caught_up = false;
  World world(
      directory.path(), {}, [](Config& config) { config.metrics_settle = std::chrono::seconds(1); },
      source.access());
  measure(world, kStart, 10, kStart + 600);  // and then the agents fall silent
  const auto id = world.add(measured_job(7, 1200));
  world.settle();
  CHECK_FALSE(is_archived(world, id));
  source.caught_up = true;
  while (world.finisher->status().archived == 0) std::this_thread::yield();
  CHECK(is_archived(world, id));
}

TEST_CASE("a source out of reach is asked again, until patience ends") {
  for (const bool comes_back : {true, false}) {
    TemporaryDirectory directory;
    OneSource source;
    source.own_ = false;
    source.failing = true;
    World world(
        directory.path(), {},
        [&](Config& config) {
          config.metrics_patience = std::chrono::seconds(comes_back ? 3600 : 0);
        },
        source.access());
    measure(world, kStart, 30, kStart + 1800);
    const auto id = world.add(measured_job(7, 1200));
    world.settle();
    if (comes_back) {
      CHECK_FALSE(is_archived(world, id));
      CHECK(world.finisher->status().unread == 1);
      source.failing = false;
    }
    while (world.finisher->status().archived == 0) std::this_thread::yield();
    CHECK(is_archived(world, id));
    CHECK(world.finisher->status().without_metrics == (comes_back ? 0 : 1));
  }
}

TEST_CASE("a running job's footprint and energy follow what is measured") {
  TemporaryDirectory directory;
  OneSource source;
  World world(directory.path(), {}, {}, source.access());
  measure(world, kStart, 60, kStart + 3600);
  schema::Job job = measured_job(7, 0);
  job.state = schema::JobState::running;
  const auto id = world.add(job);
  schema::Job elsewhere = measured_job(8, 0);
  elsewhere.state = schema::JobState::running;
  for (auto& resource : elsewhere.resources) resource.hostname += "9";
  const auto other = world.add(elsewhere);
  RunningFootprints footprints(
      world.config, {clusters(), *world.store, *world.writer, world.telemetry, source.access()});
  CHECK(*footprints.refresh(kStart + 1800) == 1);
  CHECK(world.indexed(id).footprint ==
        std::vector<schema::NamedValue>{{"cpu_load_avg", 1.5}, {"mem_used_max", 39}});
  CHECK(world.indexed(id).energy == 0.15);
  CHECK_FALSE(world.indexed(id).statistics.has_value());
  CHECK_FALSE(world.indexed(other).footprint.has_value());
  CHECK(*footprints.refresh(kStart + 3600) == 1);
  CHECK(world.indexed(id).energy == 0.3);
  CHECK(*footprints.refresh(kStart + 3600) == 0);
  world.change(id, [](schema::Job& done) {
    done.state = schema::JobState::completed;
    done.duration = 3600;
  });
  CHECK(*footprints.refresh(kStart + 7200) == 0);
}

// Jobs of the cluster "away" have a source that is out of reach, all others ours.
struct TwoSources : sources::SourceMap {
  sources::MetricSource& source_of(std::string_view cluster, std::string_view) const override {
    return const_cast<OneSource&>(cluster == "away" ? away : ours);
  }
  OneSource away, ours;
};

TEST_CASE("a source out of reach is left out of the sweep, others' jobs have their footprints") {
  TemporaryDirectory directory;
  TwoSources both;
  both.away.own_ = false;
  both.away.failing = true;
  World world(directory.path());
  measure(world, kStart, 60, kStart + 3600);
  std::vector<schema::Cluster> all;
  for (const char* name : {"testcluster", "away"}) {
    auto cluster = schema::parse_cluster(cluster_json(name));
    REQUIRE(cluster.has_value());
    all.push_back(*std::move(cluster));
  }
  std::vector<std::int64_t> ours;
  for (std::int64_t number = 1; number <= 20; ++number) {
    schema::Job job = measured_job(number, 0);
    job.state = schema::JobState::running;
    if (number % 2 == 0) job.cluster = "away";
    const auto id = world.add(job);
    if (number % 2 == 1) ours.push_back(id);
  }
  RunningFootprints footprints(world.config,
                               {std::make_shared<const schema::Clusters>(std::move(all)),
                                *world.store,
                                *world.writer,
                                world.telemetry,
                                {&both, [] { return true; }}});
  CHECK(*footprints.refresh(kStart + 1800) == 10);
  for (const auto id : ours) CHECK(world.indexed(id).footprint.has_value());
  CHECK(both.ours.reads == 10);
  CHECK(both.away.reads == 3);
  // It is tried again at the next look.
  both.away.failing = false;
  CHECK(*footprints.refresh(kStart + 1800) == 0);
  CHECK(both.away.reads == 3 + 10);
}

}  // namespace jobledger::archive
