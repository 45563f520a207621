// SPDX-License-Identifier: MIT
// Jobs whose samples do not fit into memory (archive/large_data.h, archive/job_span.h).
#include "archive/large_data.h"

#include "archive/job_path.h"
#include "archive/job_span.h"
#include "base/gzip.h"
#include "test/archive/support.h"
#include "test/peak_memory.h"
#include "test/seed.h"
#include "test/sources/fake_source.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <cmath>
#include <random>

namespace jobledger::archive {
namespace {

using schema::MetricScope;

constexpr std::int64_t kLargeStart = 1'700'000'000;
constexpr std::size_t kAll = 256u << 20;

// Series of random lengths, with gaps and beginnings of their own.
void fill(sources::FakeSource& source, std::mt19937& random, int minutes) {
  std::uniform_real_distribution<float> value(-10, 1000);
  const auto hold = [&](const char* metric, MetricScope scope, const char* host, std::string id) {
    sources::FakeSource::Held held{metric, scope, host, std::move(id), kLargeStart, {}};
    const auto begin = static_cast<int>(random() % 40),
               end = minutes - static_cast<int>(random() % 9);
    held.begin += begin * 60;
    for (int n = begin; n < end; ++n)
      held.values.push_back(random() % 9 == 0 ? std::nanf("") : value(random));
    source.hold(std::move(held));
  };
  for (const char* host : {"n001", "n002"}) {
    hold("cpu_load", MetricScope::node, host, "");
    if (host[3] == '1') hold("mem_used", MetricScope::node, host, "");
    for (int core = 0; core < 5; ++core) {
      hold("mem_used", MetricScope::core, host, std::to_string(core));
      hold("node_power", MetricScope::core, host, std::to_string(core));
    }
  }
}

struct Archived {
  std::string data;
  schema::Job job;
};

// How a job of so many minutes comes into the tree, given so much memory.
Archived archive_with(sources::FakeSource& source, int minutes, std::size_t bytes) {
  TemporaryDirectory directory;
  sources::FakeMap map(source);
  World world(
      directory.path(), {}, [&](Config& config) { config.finisher_bytes = bytes; },
      MetricAccess{&map});
  schema::Job job = finished_job(7, kLargeStart);
  job.duration = minutes * 60;
  job.statistics.reset();
  world.add(job);
  world.settle();
  Archived out{{}, world.indexed(1)};
  REQUIRE(out.job.monitoring_status == schema::MonitoringStatus::archived);
  const auto folder = world.root / job_path(job);
  const std::string packed = read_text(folder / "data.json.gz");
  out.data = packed.empty() ? read_text(folder / "data.json") : *gunzip(packed, kAll);
  CHECK(list_tree(folder).size() == 2);  // and meta.json
  return out;
}

}  // namespace

TEST_CASE("a job that is written piece by piece has the data of one that is written as a whole") {
  std::mt19937 random(test::test_seed());
  for (const int minutes : {1, 7, 100, 400}) {
    CAPTURE(minutes);
    sources::FakeSource source;
    fill(source, random, minutes);
    const Archived whole = archive_with(source, minutes, kAll);
    for (const std::size_t bytes : {std::size_t{1} << 10, std::size_t{20} << 10}) {
      CAPTURE(bytes);
      const Archived parts = archive_with(source, minutes, bytes);
      CHECK(parts.data == whole.data);
      CHECK(parts.job.statistics == whole.job.statistics);
      CHECK(parts.job.footprint == whole.job.footprint);
      CHECK(parts.job.energy == whole.job.energy);
    }
  }
}

TEST_CASE("series that only some tiles have stand where they belong") {
  sources::FakeSource source;
  // Each tile of a few minutes has others of the cores 0, 2, 9 and 10.
  const auto hold = [&source](const char* core, int begin, std::size_t minutes) {
    source.hold({"mem_used", MetricScope::core, "n001", core, kLargeStart + begin * 60,
                 std::vector<float>(minutes, static_cast<float>(begin))});
  };
  hold("0", 0, 2);
  hold("2", 6, 2);
  hold("9", 12, 2);
  hold("10", 3, 13);
  const Archived whole = archive_with(source, 16, kAll);
  const Archived parts = archive_with(source, 16, 1u << 10);
  CHECK(parts.data == whole.data);
}

TEST_CASE("a large job asks for no more than a tile at a time") {
  std::mt19937 random(test::test_seed());
  sources::FakeSource source;
  fill(source, random, 400);
  constexpr std::size_t kBytes = 20u << 10;
  (void)archive_with(source, 400, kBytes);
  CHECK(source.asked().size() > 20);
  for (const sources::MetricQuery& asked : source.asked()) {
    const auto steps = static_cast<std::size_t>(asked.to - asked.from) / 60;
    CHECK(steps * asked.hosts.size() * asked.metrics.size() <= kBytes / 4 / 64);
  }
}

TEST_CASE("archiving large jobs takes no more memory than it may") {
  // Two jobs of 100 hosts and 4 days: 1.7 million samples each, 15 MB of text.
  sources::FakeSource source;
  std::vector<schema::Resource> hosts;
  for (int h = 1; h <= 100; ++h) {
    hosts.push_back({fmt::format("n{:03}", h), {}, {}, ""});
    for (const char* metric : {"cpu_load", "mem_used", "node_power"}) {
      std::vector<float> values(4 * 1440, static_cast<float>(h) + 0.25F);
      source.hold({metric, MetricScope::node, hosts.back().hostname, "", kLargeStart, values});
    }
  }
  sources::FakeMap map(source);
  TemporaryDirectory directory;
  World world(
      directory.path(), {}, [](Config& config) { config.finisher_bytes = 8u << 20; },
      MetricAccess{&map});
  for (int i = 0; i < 2; ++i) {
    schema::Job job = finished_job(7 + i, kLargeStart);
    job.duration = 4 * 86'400;
    job.num_nodes = 100;
    job.resources = hosts;
    world.add(job);
  }
  const std::size_t peak = test::peak_growth([&] { world.settle(); });
  CHECK(peak < (16u << 20));
  CHECK(world.due() == 0);
}

TEST_CASE("a failure in the midst of a large job leaves nothing behind") {
  TemporaryDirectory directory;
  std::mt19937 random(test::test_seed());
  sources::FakeSource source;
  fill(source, random, 400);
  int left = 10;
  source.on_read = [&] {
    if (--left == 0) source.broken = Error{ErrorKind::unavailable, "gone"};
  };
  sources::FakeMap map(source);
  World world(
      directory.path(), {},
      [&](Config& config) {
        config.finisher_bytes = 20u << 10;
        config.finisher_threads = 1;
        config.retry_min = config.retry_max = std::chrono::hours(1);
      },
      MetricAccess{&map});
  schema::Job job = finished_job(7, kLargeStart);
  job.duration = 400 * 60;
  world.add(job);
  world.settle();
  CHECK(world.finisher->status().unread == 1);
  CHECK_FALSE(world.finisher->status().blocked.has_value());
  CHECK(list_tree(staging_path(world.config)).empty());
}

TEST_CASE("the span of a job is that of its samples where its ends are far from them") {
  struct Case {
    std::int64_t begin, minutes, from, to;  // samples; what is found
  };
  constexpr std::int64_t kDay = 86'400, kLong = 1000 * kDay;
  for (const Case& one : {
           Case{0, 20, 0, 1200},                    // it ends with its last sample
           Case{kDay - 60, 1, 0, kDay},             // a gap that is short enough
           Case{kDay, 2, kDay, kDay + 120},         // one that is not
           Case{kDay + 30, 1, kDay, kDay + 60},     // between two steps
           Case{kLong - 60, 1, kLong - 60, kLong},  // the last step alone
           Case{500 * kDay, 9, 500 * kDay, 500 * kDay + 540},
       }) {
    CAPTURE(one.begin);
    sources::FakeSource source;
    source.hold({"cpu_load", MetricScope::node, "n001", "", kLargeStart + one.begin,
                 std::vector<float>(static_cast<std::size_t>(one.minutes), 1)});
    const auto cluster = schema::parse_cluster(cluster_json("testcluster"));
    sources::MetricQuery query;
    query.cluster = &*cluster;
    query.sub_cluster = &cluster->sub_clusters.front();
    query.hosts = {{"n001", {}, {}, ""}};
    query.metrics = {"cpu_load"};
    query.scopes = {MetricScope::node};
    query.from = kLargeStart;
    query.to = kLargeStart + kLong;
    const auto span = find_span(source, query, {}, std::chrono::seconds(kDay));
    REQUIRE(span);
    REQUIRE(*span);
    CHECK((*span)->from - kLargeStart == one.from);
    CHECK((*span)->to - kLargeStart == one.to);
    query.metrics = {"mem_used"};
    CHECK_FALSE(find_span(source, query, {}, std::chrono::seconds(kDay))->has_value());
  }
}

TEST_CASE("a spool gives back what was put into it, from memory and from its file") {
  TemporaryDirectory directory;
  const Fd folder(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const std::size_t memory : {std::size_t{0}, std::size_t{40}, std::size_t{1} << 20}) {
    SampleSpool spool(folder.get(), memory);
    for (int round = 0; round < 2; ++round) {
      std::vector<float> all;
      for (std::size_t size : {3u, 0u, 25u, 7u}) {
        std::vector<float> part;
        for (std::size_t i = 0; i < size; ++i) part.push_back(static_cast<float>(all.size() + i));
        CHECK(*spool.put(part) == all.size());
        all.insert(all.end(), part.begin(), part.end());
      }
      for (std::size_t from = 0; from <= all.size(); ++from) {
        std::vector<float> out(all.size() - from);
        REQUIRE(spool.read(from, out));
        CHECK(std::equal(out.begin(), out.end(), all.begin() + static_cast<std::ptrdiff_t>(from)));
      }
      spool.clear();
    }
  }
  CHECK(list_tree(directory.path()).empty());
}

}  // namespace jobledger::archive
