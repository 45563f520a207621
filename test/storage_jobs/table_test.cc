// SPDX-License-Identifier: MIT
#include "storage/jobs/table.h"

#include "storage/jobs/query.h"

#include <doctest/doctest.h>

#include <numeric>

namespace jobledger::storage::jobs {
namespace {

using schema::JobState;
using schema::MonitoringStatus;

Row running_job(std::int64_t id) {
  Row row;
  row.id = id;
  row.job_id = 1'000 + id;
  row.start_time = 1'600'000'000 + id;
  return row;
}

Row archived_job(std::int64_t id) {
  Row row = running_job(id);
  row.revision = 3;
  row.state = JobState::completed;
  row.monitoring_status = MonitoringStatus::archived;
  row.duration = 60;
  return row;
}

TEST_CASE("an empty table answers") {
  Table table;
  CHECK(table.view()->job_count() == 0);
  CHECK_FALSE(table.view()->find(1));
  CHECK(table.find_by_job_id(1).empty());
  const auto page = find_jobs(*table.view(), {}, {}, {}, 0);
  CHECK(page->items.empty());
  CHECK(page->count == 0);
  CHECK_FALSE(page->has_next);
  table.finish_load({});
  CHECK(table.view()->job_count() == 0);
}

TEST_CASE("each change makes a new version") {
  Table table;
  const auto before = table.view()->version();
  table.apply(std::vector{running_job(1)});
  const auto between = table.view()->version();
  table.apply(std::vector{archived_job(1)});
  CHECK(before < between);
  CHECK(between < table.view()->version());
  CHECK(table.view()->job_count() == 1);
}

TEST_CASE("the same job twice in one change keeps the later version") {
  Table table;
  table.apply(std::vector{running_job(1), archived_job(1)});
  CHECK(table.view()->find(1) == archived_job(1));
  CHECK(find_jobs(*table.view(), {}, {}, {}, 0)->items == std::vector{JobRef{1, 3}});
  CHECK(table.stats().running == 0);
}

TEST_CASE("jobs of one scheduler id come oldest start first") {
  Table table;
  Row late = running_job(1), early = running_job(2), other = running_job(3);
  late.job_id = early.job_id = 77;
  early.start_time = late.start_time - 10;
  table.apply(std::vector{late, early, other});
  const auto found = table.find_by_job_id(77);
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == 2);
  CHECK(found[1].id == 1);
  CHECK(found[1].start_time == late.start_time);
  CHECK(table.find_by_id(3)->job_id == 1'003);
  CHECK_FALSE(table.find_by_id(4));
}

TEST_CASE("settled jobs are sealed and dead rows of the tail vanish") {
  Table table({.segment_rows = 100, .chunk_rows = 8, .seal_rows = 100, .max_dead_rows = 1'000});
  for (std::int64_t id = 1; id <= 110; ++id) table.apply(std::vector{running_job(id)});
  for (std::int64_t id = 1; id <= 99; ++id) table.apply(std::vector{archived_job(id)});
  CHECK(table.stats().segments == 0);
  CHECK(table.stats().tail_rows == 209);
  table.apply(std::vector{archived_job(100)});
  CHECK(table.stats().segments == 1);
  CHECK(table.stats().tail_rows == 10);
  CHECK(table.stats().running == 10);
  CHECK(table.stats().jobs == 110);
}

TEST_CASE("a tail of dead rows is rewritten though nothing settles") {
  Table table({.segment_rows = 100, .chunk_rows = 8, .seal_rows = 100, .max_dead_rows = 50});
  for (int change = 0; change < 60; ++change) {
    Row row = running_job(1);
    row.revision = static_cast<std::uint32_t>(change);
    table.apply(std::vector{row});
  }
  CHECK(table.stats().tail_rows < 50);
  CHECK(table.view()->find(1)->revision == 59);
}

TEST_CASE("a segment of which more than half died is merged into the next one") {
  Table table({.segment_rows = 30, .chunk_rows = 8, .seal_rows = 20, .max_dead_rows = 1'000});
  std::vector<Row> rows;
  for (std::int64_t id = 1; id <= 20; ++id) rows.push_back(archived_job(id));
  table.apply(rows);
  CHECK(table.stats().segments == 1);
  for (Row& row : rows) ++row.revision;
  rows.resize(15);
  table.apply(rows);
  CHECK(table.stats().segments == 1);
  for (std::int64_t id = 21; id <= 25; ++id) table.apply(std::vector{archived_job(id)});
  CHECK(table.stats().segments == 1);
  CHECK(table.stats().tail_rows == 0);
  CHECK(table.stats().jobs == 25);
  CHECK(table.view()->find(15)->revision == 4);
  CHECK(table.view()->find(16)->revision == 3);
}

TEST_CASE("small segments are merged until one is large enough") {
  Table table({.segment_rows = 60, .chunk_rows = 8, .seal_rows = 10, .max_dead_rows = 1'000});
  std::vector<std::uint64_t> segments;
  for (std::int64_t id = 1; id <= 80; ++id) {
    table.apply(std::vector{archived_job(id)});
    if (id % 10 == 0) segments.push_back(table.stats().segments);
  }
  CHECK(segments == std::vector<std::uint64_t>{1, 1, 1, 1, 2, 2, 2, 2});
  CHECK(table.stats().tail_rows == 0);
  for (std::int64_t id = 1; id <= 80; ++id) CHECK(table.view()->find(id) == archived_job(id));
}

TEST_CASE("settled jobs that a rewrite kept still count for sealing") {
  Table table({.segment_rows = 100, .chunk_rows = 8, .seal_rows = 6, .max_dead_rows = 10});
  for (std::int64_t id = 1; id <= 5; ++id) table.apply(std::vector{archived_job(id)});
  for (int change = 0; change < 20; ++change) table.apply(std::vector{running_job(9)});
  REQUIRE(table.stats().tail_rows < 20);
  CHECK(table.stats().segments == 0);
  table.apply(std::vector{archived_job(6)});
  CHECK(table.stats().segments == 1);
}

TEST_CASE("a partition is gone with the last job that had it, sealed or not") {
  Table table({.segment_rows = 100, .chunk_rows = 8, .seal_rows = 2, .max_dead_rows = 10});
  auto& dictionaries = table.dictionaries();
  Row one = archived_job(1), two = archived_job(2);
  one.cluster = two.cluster = dictionaries.intern(Dictionary::cluster, "c");
  one.partition = dictionaries.intern(Dictionary::partition, "old");
  two.partition = dictionaries.intern(Dictionary::partition, "other");
  table.apply(std::vector{one, two});
  REQUIRE(table.stats().segments == 1);
  const auto before = table.view();
  one.partition = dictionaries.intern(Dictionary::partition, "new");
  table.apply(std::vector{one});
  using Names = std::vector<std::string>;
  CHECK(partitions_of(*table.view(), "c") == Names{"new", "other"});
  CHECK(partitions_of(*before, "c") == Names{"old", "other"});
}

TEST_CASE("a job with thousands of hosts, values and tags comes back whole") {
  Table table({.segment_rows = 10, .chunk_rows = 2, .seal_rows = 2, .max_dead_rows = 10});
  Row row = archived_job(1);
  row.hosts.resize(5'000);
  std::iota(row.hosts.begin(), row.hosts.end(), 7U);
  row.tags.resize(1'000);
  std::iota(row.tags.begin(), row.tags.end(), 1U);
  for (StringId key = 0; key < 500; ++key) row.footprint.emplace_back(key, key / 3.0);
  table.apply(std::vector{row});
  CHECK(table.view()->find(1) == row);
  table.apply(std::vector{archived_job(2)});
  REQUIRE(table.stats().segments == 1);
  CHECK(table.view()->find(1) == row);
}

TEST_CASE("extreme values survive the tail and a segment") {
  constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLow32 = std::numeric_limits<std::int32_t>::min();
  constexpr auto kHigh32 = std::numeric_limits<std::int32_t>::max();
  Table table({.segment_rows = 10, .chunk_rows = 4, .seal_rows = 3, .max_dead_rows = 10});
  Row low = archived_job(1), high = archived_job(2);
  low.job_id = low.array_job_id = low.start_time = low.walltime = kLowest;
  high.job_id = high.array_job_id = high.start_time = high.walltime = kHighest;
  low.duration = low.num_nodes = low.num_acc = low.num_hwthreads = low.smt = kLow32;
  high.duration = high.num_nodes = high.num_acc = high.num_hwthreads = high.smt = kHigh32;
  low.energy = -1.7e308;
  high.energy = 1.7e308;
  high.revision = 0xffffffff;
  low.footprint = {{0, -0.005}};
  high.footprint = {{0, 90071992547409.93}};
  table.apply(std::vector{low, high});
  CHECK(table.view()->find(1) == low);
  CHECK(table.view()->find(2) == high);
  table.apply(std::vector{archived_job(3)});
  REQUIRE(table.stats().segments == 1);
  CHECK(table.view()->find(1) == low);
  CHECK(table.view()->find(2) == high);
  JobFilter filter;
  filter.job_id = StringMatch{StringMatch::Kind::eq, {std::to_string(kHighest)}};
  CHECK(find_jobs(*table.view(), {filter}, {}, {}, 0)->items == std::vector{JobRef{2, 0xffffffff}});
}

TEST_CASE("running and due jobs of a load are counted and stay changeable") {
  Table table({.segment_rows = 10, .chunk_rows = 4, .seal_rows = 10, .max_dead_rows = 10});
  auto loader = table.make_loader();
  Row due = archived_job(2);
  due.monitoring_status = MonitoringStatus::running_or_archiving;
  loader->add(running_job(1));
  loader->add(due);
  for (std::int64_t id = 3; id <= 30; ++id) loader->add(archived_job(id));
  std::vector<std::unique_ptr<Table::Loader>> loaders;
  loaders.push_back(std::move(loader));
  table.finish_load(std::move(loaders));
  CHECK(table.stats().jobs == 30);
  CHECK(table.stats().running == 1);
  CHECK(table.stats().due == 1);
  CHECK(table.stats().tail_rows == 2);
  CHECK(table.stats().segments == 3);
  table.apply(std::vector{archived_job(1), archived_job(2)});
  CHECK(table.stats().running == 0);
  CHECK(table.stats().due == 0);
  CHECK(table.find_by_job_id(1'001).size() == 1);
}

}  // namespace
}  // namespace jobledger::storage::jobs
