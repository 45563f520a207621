// SPDX-License-Identifier: MIT
#include "storage/metric_keeper.h"

#include "storage/database.h"
#include "test/storage/metric_world.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

namespace jobledger::storage::test {
namespace {

namespace fs = std::filesystem;
using schema::MetricScope;

constexpr std::int64_t kKeeperBegin = 1'700'000'040;

// One host, ticks [from, to), a thread metric and a node metric; value: the number of the tick.
void fill(Store& store, const std::string& host, std::int64_t from, std::int64_t to) {
  for (std::int64_t n = from; n < to; n += 20) {
    std::vector<Measured> samples;
    for (std::int64_t i = n; i < std::min(n + 20, to); ++i) {
      const std::int64_t time = kKeeperBegin + i * 60;
      samples.push_back({host, "load", "", "", "", "", time, static_cast<float>(i)});
      for (const char* id : {"0", "1"}) {
        samples.push_back({host, "flops", "hwthread", id, "", "", time, static_cast<float>(i)});
      }
    }
    put(store, samples, samples.back().time + 5);
  }
}

TimeRange ticks(std::int64_t from, std::int64_t to) {
  return {kKeeperBegin + from * 60, kKeeperBegin + to * 60, 60};
}

std::size_t known(const Points& points) {
  return static_cast<std::size_t>(
      std::count_if(points.begin(), points.end(), [](float v) { return !std::isnan(v); }));
}

TEST_CASE("full windows are sealed after the grace, and the head log is cut behind them") {
  TestStore store;
  const metrics::Config config = store.config().metrics;
  fill(*store, "m1", 0, 300);
  const KeepOutcome outcome = keep(*store, config);
  CHECK(outcome.hosts_sealed == 1);
  CHECK(outcome.blocks > 0);
  const auto snapshot = store->snapshot();
  const metrics::HostTicks& host = *snapshot->metric_head().hosts[0];
  CHECK(host.ticks.size() < 64 + 10);
  CHECK(host.ticks.front()->slot == host.sealed_end);
  CHECK(snapshot->metric_head().log_begin > 10);
  CHECK(keep(*store, config).hosts_sealed == 0);
}

TEST_CASE("statistics of whole windows come from summaries and say the same as the samples") {
  TestStore store;
  fill(*store, "m1", 0, 500);
  keep(*store, store.config().metrics);
  for (const auto& [from, to] : {std::pair{0, 500}, {13, 487}, {100, 101}, {3, 450}}) {
    const auto values = read_rollups(*store, "m1", "flops", MetricScope::node, ticks(from, to));
    const auto summary =
        read_rollups(*store, "m1", "flops", MetricScope::node, ticks(from, to), false);
    REQUIRE(values.contains(0));
    REQUIRE(summary.contains(0));
    CHECK(values.at(0).summary == summary.at(0).summary);
    CHECK(summary.at(0).summary.count == static_cast<std::uint32_t>(to - from));
    CHECK(summary.at(0).summary.samples == 2 * static_cast<std::uint64_t>(to - from));
    CHECK(summary.at(0).summary.min == static_cast<float>(2 * from));
    CHECK(summary.at(0).summary.max == static_cast<float>(2 * (to - 1)));
    CHECK(summary.at(0).values.empty());
  }
}

TEST_CASE("a late sample waits for its window to be merged, and is read meanwhile") {
  TestStore store;
  metrics::Config config = store.config().metrics;
  fill(*store, "m1", 0, 200);
  keep(*store, config);
  put(*store, {{"m1", "flops", "hwthread", "1", "", "", kKeeperBegin + 10 * 60, 1000}},
      kKeeperBegin + 200 * 60);
  const auto late = [&] {
    const auto node = read_rollups(*store, "m1", "flops", MetricScope::node, ticks(0, 200));
    const auto elements = read_elements(*store, "m1", "flops", ticks(0, 200));
    CHECK(node.at(0).values.at(10) == 1010);
    CHECK(node.at(0).values.at(11) == 22);
    CHECK(node.at(0).summary.max == 1010);
    CHECK(elements.at("hwthread 1").at(10) == 1000);
    CHECK(elements.at("hwthread 0").at(10) == 10);
  };
  late();
  fill(*store, "m1", 200, 300);
  CHECK(keep(*store, config).hosts_sealed == 1);
  CHECK(store->snapshot()->metric_head().hosts[0]->ticks.front()->slot >=
        store->snapshot()->metric_head().hosts[0]->sealed_end);
  late();
}

TEST_CASE("too much in memory is sealed early, window by window it comes together again") {
  TestStore store;
  metrics::Config config = store.config().metrics;
  config.max_head_bytes = 1000;
  for (std::int64_t n = 0; n < 200; n += 10) {
    fill(*store, "m1", n, n + 10);
    keep(*store, config);
    std::size_t bytes = 0;
    for (const auto& host : store->snapshot()->metric_head().hosts) bytes += host->bytes();
    CHECK(bytes <= 1000);
  }
  const auto node = read_rollups(*store, "m1", "flops", MetricScope::node, ticks(0, 200));
  CHECK(known(node.at(0).values) == 200);
  for (std::size_t i = 0; i < 200; ++i) CHECK(node.at(0).values[i] == static_cast<float>(2 * i));
  const auto summary = read_rollups(*store, "m1", "flops", MetricScope::node, ticks(0, 200), false);
  CHECK(summary.at(0).summary.count == 200);
}

TEST_CASE("hosts that no sub-cluster has take no place of the others, and make room in time") {
  TestStore store;
  metrics::Config& config = store.config().metrics;
  config.max_hosts_per_cluster = 1;
  config.max_unlisted_hosts = 2;
  store.reopen();
  const auto put_one = [&](const std::string& host, std::int64_t time) {
    return put(*store, {{host, "load", "", "", "", "", time, 1}}, time).stored;
  };
  for (const char* host : {"x1", "x2"}) CHECK(put_one(host, kKeeperBegin) == 1);
  CHECK(put_one("x3", kKeeperBegin) == 0);
  CHECK(put_one("m1", kKeeperBegin) == 1);
  const std::int64_t later = kKeeperBegin + 30 * 3600;
  for (const char* host : {"x2", "m1"}) CHECK(put_one(host, later) == 1);
  CHECK(keep(*store, config).hosts_forgotten == 1);
  CHECK(put_one("x3", later) == 1);
  CHECK(put_one("x1", later) == 0);
  store.reopen();  // the counts come back
  CHECK(put_one("x4", later) == 0);
  CHECK(put_one("m2", later) == 0);
  const TimeRange first{kKeeperBegin, kKeeperBegin + 60, 60};
  CHECK(known(read_rollups(*store, "x1", "load", MetricScope::node, first).at(0).values) == 1);
}

TEST_CASE("periods beyond the retention are dropped, hosts that are gone forgotten") {
  TestStore store;
  metrics::Config config = store.config().metrics;
  config.retention = std::chrono::hours(48);
  fill(*store, "m2", 0, 100);
  fill(*store, "m1", 0, 5 * 1440);
  const KeepOutcome outcome = keep(*store, config);
  CHECK(outcome.hosts_forgotten == 1);
  CHECK(store->snapshot()->metric_periods().size() <= 4);
  CHECK(read_rollups(*store, "m1", "load", MetricScope::node, ticks(0, 1440)).empty());
  const auto kept =
      read_rollups(*store, "m1", "load", MetricScope::node, ticks(3 * 1440, 5 * 1440));
  CHECK(known(kept.at(0).values) == 2 * 1440);
  CHECK(store->snapshot()->metric_head().hosts[0] == nullptr);
}

TEST_CASE("series that fell silent leave the head, and what remains is read as before") {
  TestStore store;
  const metrics::Config config = store.config().metrics;
  fill(*store, "m1", 0, 1440);
  const std::int64_t end = 11 * 1440;
  for (std::int64_t n = 1440; n < end; n += 20) {
    std::vector<Measured> samples;
    for (std::int64_t i = n; i < n + 20; ++i) {
      samples.push_back(
          {"m1", "load", "", "", "", "", kKeeperBegin + i * 60, static_cast<float>(i)});
    }
    put(*store, samples, samples.back().time + 5);
    if (n % 1440 == 0) keep(*store, config);
  }
  keep(*store, config);
  CHECK(store->snapshot()->metric_head().series == 1);
  // Others come instead, into the window that is open.
  fill(*store, "m1", end, end + 30);
  CHECK(store->snapshot()->metric_head().series == 3);
  const auto check = [&] {
    const auto load =
        read_rollups(*store, "m1", "load", MetricScope::node, ticks(end - 600, end + 30));
    CHECK(known(load.at(0).values) == 630);
    const auto flops = read_elements(*store, "m1", "flops", ticks(end - 600, end + 30));
    CHECK(known(flops.at("hwthread 1")) == 30);
  };
  check();
  store.reopen();
  check();
  fill(*store, "m1", end + 30, end + 200);
  keep(*store, config);
  check();
}

TEST_CASE("what a running job needs is kept, up to the bound") {
  TestStore store;
  metrics::Config config = store.config().metrics;
  config.retention = std::chrono::hours(24);
  schema::Job job = simple_job(1, kKeeperBegin + 1440 * 60, "big");
  store.add(job);
  fill(*store, "m1", 0, 5 * 1440);
  keep(*store, config);
  const TimeRange since = ticks(1440, 5 * 1440);
  CHECK(known(read_rollups(*store, "m1", "load", MetricScope::node, since).at(0).values) ==
        4 * 1440);
  config.max_pinned = std::chrono::hours(36);
  keep(*store, config);
  CHECK(known(read_rollups(*store, "m1", "load", MetricScope::node, since).at(0).values) <
        3 * 1440);
}

// A table file of that kind of family.
fs::path table_of(const Config& config, const std::string& family_begins_with) {
  auto database = Database::open(config);
  REQUIRE(database.has_value());
  std::vector<rocksdb::LiveFileMetaData> files;
  (*database)->db().GetLiveFilesMetaData(&files);
  for (const auto& file : files) {
    if (file.column_family_name.starts_with(family_begins_with))
      return config.path / file.relative_filename;
  }
  FAIL("no table of " << family_begins_with);
  return {};
}

void damage(const fs::path& table, const std::string& how) {
  const auto size = fs::file_size(table);
  if (how == "gone") fs::remove(table);
  if (how == "cut") fs::resize_file(table, size / 2);
  if (how == "changed") {
    std::fstream file(table, std::ios::in | std::ios::out | std::ios::binary);
    for (std::uintmax_t at = 40; at < size; at += 50) {
      file.seekp(static_cast<std::streamoff>(at));
      file.put('\x5a');
    }
  }
}

TEST_CASE("a damaged table of samples costs them only: it is reported, and the start goes on") {
  for (const std::string how : {"cut", "changed", "gone"}) {
    CAPTURE(how);
    TestStore store;
    store.add(simple_job(1));
    fill(*store, "m1", 0, 300);
    keep(*store, store.config().metrics);
    store.close();
    damage(table_of(store.config(), "metrics_"), how);
    store.reopen();
    CHECK(store->stats().damaged_tables == 1);
    CHECK(store->snapshot()->jobs().job_count() == 1);
    // The head is whole, and life goes on.
    const auto last = read_rollups(*store, "m1", "load", MetricScope::node, ticks(280, 300));
    CHECK(known(last.at(0).values) == 20);
    fill(*store, "m1", 300, 500);
    keep(*store, store.config().metrics);
    const auto all = read_rollups(*store, "m1", "load", MetricScope::node, ticks(0, 500));
    CHECK(known(all.at(0).values) >= 200);
    store.reopen();
    CHECK(store->stats().damaged_tables == 0);
  }
}

TEST_CASE("a damaged table of jobs costs their records, and the jobs are marked") {
  for (const std::string how : {"cut", "changed", "gone"}) {
    CAPTURE(how);
    TestStore store;
    store.add(simple_job(1));
    store.close();
    damage(table_of(store.config(), "jobs"), how);
    for (int start = 0; start < 2; ++start) {
      store.reopen();
      CHECK(store->snapshot()->jobs().job_count() == 1);
      CHECK(store->stats().damaged_jobs == 1);
      const schema::Job job = store.read(1);
      CHECK(job.user == simple_job(1).user);
      CHECK_FALSE(job.meta(kDamageEntry).empty());
    }
  }
}

}  // namespace
}  // namespace jobledger::storage::test
