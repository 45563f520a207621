// SPDX-License-Identifier: MIT
// Samples on a disk that fails or lies: what is lost is what was on the bad place, and it is said.
#include "storage/database.h"
#include "storage/metric_seal.h"
#include "test/storage/faulty_disk.h"
#include "test/storage/metric_world.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

namespace jobledger::storage::test {
namespace {

namespace fs = std::filesystem;
using schema::MetricScope;

constexpr std::int64_t kDamageBegin =
    1'699'968'000 + 7680;  // a window of 60 s begins, the day is young
constexpr std::int64_t kTicks = 640;

// Ticks [0, kTicks) of a host with two threads and a node metric, put in pieces of 10; and noise,
// so that all does not fit into one block of a table.
void fill(Store& store, const std::string& host = "m1") {
  std::mt19937 noise(7);
  for (std::int64_t n = 0; n < kTicks; n += 10) {
    std::vector<Measured> samples;
    for (std::int64_t i = n; i < n + 10; ++i) {
      const std::int64_t time = kDamageBegin + i * 60;
      samples.push_back({host, "load", "", "", "", "", time, static_cast<float>(i)});
      for (const char* id : {"0", "1"}) {
        samples.push_back({host, "flops", "hwthread", id, "", "", time, static_cast<float>(i)});
      }
      for (int thread = 0; thread < 8; ++thread) {
        const auto value = static_cast<float>(noise()) * 1.1F;
        samples.push_back({host, "ipc", "hwthread", std::to_string(thread), "", "", time, value});
        if (thread < 2) {
          samples.push_back({host, "bw", "socket", std::to_string(thread), "", "", time, value});
        }
      }
    }
    put(store, samples, samples.back().time + 5);
  }
}

// One sample for a window that is sealed, long before the end of the log.
void put_late(Store& store) {
  put(store, {{"m1", "flops", "hwthread", "1", "", "", kDamageBegin + 10 * 60, 1000}},
      kDamageBegin + (kTicks + 200) * 60);
}

TimeRange all_ticks() { return {kDamageBegin, kDamageBegin + kTicks * 60, 60}; }

std::size_t known_points(const Points& points) {
  return static_cast<std::size_t>(
      std::count_if(points.begin(), points.end(), [](float v) { return !std::isnan(v); }));
}

void check_all_there(const Store& store) {
  const auto node = read_rollups(store, "m1", "flops", MetricScope::node, all_ticks());
  const auto elements = read_elements(store, "m1", "flops", all_ticks());
  CHECK(known_points(node.at(0).values) == kTicks);
  CHECK(known_points(elements.at("hwthread 0")) == kTicks);
  CHECK(known_points(elements.at("hwthread 1")) == kTicks);
  CHECK(node.at(0).values.at(10) == 1010);
  CHECK(node.at(0).values.at(11) == 22);
}

TEST_CASE("a disk that fails once while a late sample is merged costs no sample") {
  int failed = 0;
  for (std::int64_t nth = 0;; ++nth) {
    CAPTURE(nth);
    FaultyDisk disk;
    DatabaseHooks hooks;
    hooks.env = disk.env();
    TestStore store(hooks);
    fill(*store);
    keep(*store, store.config().metrics);
    store.reopen();  // what was sealed is in tables now, and not in the cache
    put_late(*store);
    disk.fail_reads(nth, 1);
    const KeepOutcome first = keep(*store, store.config().metrics);
    CHECK(first.hosts_sealed + first.held_up == 1);
    disk.fail_reads(0, 0);
    if (first.held_up == 1) CHECK(keep(*store, store.config().metrics).hosts_sealed == 1);
    check_all_there(*store);
    if (first.held_up == 0) break;
    ++failed;
    CHECK(store->stats().unreadable_blocks == 1);
  }
  CHECK(failed >= 2);
}

TEST_CASE("one host whose old blocks cannot be read does not hold up the others, nor for ever") {
  FaultyDisk disk;
  DatabaseHooks hooks;
  hooks.env = disk.env();
  TestStore store(hooks);
  fill(*store);
  keep(*store, store.config().metrics);
  store.reopen();
  put_late(*store);
  fill(*store, "m2");
  const auto snapshot = store->snapshot();
  const auto clusters = metric_clusters();
  metrics::PlanBook plans(snapshot->jobs().dictionaries(), clusters);
  const metrics::HostTicks& host = *snapshot->metric_head().hosts[0];
  disk.fail_reads(0, INT64_MAX / 2);
  CHECK_FALSE(seal_windows(*snapshot, plans, host, host.sealed_end).has_value());
  CHECK(seal_windows(*snapshot, plans, host, host.sealed_end, Unreadable::is_lost).has_value());
  const KeepOutcome outcome = keep(*store, store.config().metrics);
  CHECK(outcome.held_up == 1);
  CHECK(outcome.hosts_sealed == 1);
}

// Where the key's block begins in the one table of that family.
struct Place {
  fs::path table;
  std::uint64_t offset = 0;
};

Place place_of(const Config& config, const std::string& family, const std::string& key) {
  const auto database = Database::open(config);
  REQUIRE(database.has_value());
  rocksdb::DB& db = (*database)->db();
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  PeriodAccess periods;
  if (const auto day = parse_period_name(family)) {
    periods = std::move(*(*database)->open_periods(*day, *day, nullptr));
    handle = periods.periods.at(0)->handle();
  } else {
    handle = (*database)->family(Family::metric_log);
  }
  std::vector<rocksdb::LiveFileMetaData> files;
  db.GetLiveFilesMetaData(&files);
  Place place;
  for (const auto& file : files) {
    if (file.column_family_name != family || file.largestkey < key) continue;
    if (file.smallestkey > key) continue;
    REQUIRE(place.table.empty());
    place.table = config.path / file.relative_filename;
  }
  REQUIRE_FALSE(place.table.empty());
  rocksdb::SizeApproximationOptions exact;
  exact.include_files = true;
  exact.files_size_error_margin = -1;
  const rocksdb::Range range("", key);
  REQUIRE(db.GetApproximateSizes(exact, handle, &range, 1, &place.offset).ok());
  return place;
}

// One byte of the block is another.
void damage(const Place& place) {
  std::fstream file(place.table, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(place.offset + 30));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(place.offset + 30));
  file.put(static_cast<char>(byte ^ 0xff));
}

BlockKey key_of(Store& store, const std::string& metric, BlockKind kind, int window) {
  const auto snapshot = store.snapshot();
  const auto& dictionaries = snapshot->jobs().dictionaries();
  const metrics::HostKey& host = snapshot->metric_head().hosts[0]->key;
  return {kind,
          host.cluster,
          host.host,
          dictionaries.find(jobs::Dictionary::metric, metric).value(),
          kDamageBegin + window * metrics::kWindowSlots * 60,
          60};
}

// A store with sealed windows of m1, of which the block that holds that key is damaged.
void damage_block(TestStore& store, const std::string& metric, BlockKind kind, int window) {
  fill(*store);
  keep(*store, store.config().metrics);
  const std::string key = block_key(key_of(*store, metric, kind, window));
  store.close();
  damage(place_of(store.config(), period_name(period_of(kDamageBegin)), key));
  store.reopen();
}

struct Found {
  std::map<std::string, std::size_t> known_points;  // by "metric type id"
  std::uint64_t unreadable = 0;
};

Found read_all(const Store& store) {
  Found found;
  const auto snapshot = store.snapshot();
  const schema::Clusters clusters = metric_clusters();
  auto reader = MetricReader::open(*snapshot, clusters, all_ticks());
  REQUIRE(reader.has_value());
  for (const std::string metric : {"load", "flops", "ipc", "bw"}) {
    for (const MeasuredSeries& series : reader->read_elements({"big", "m1"}, metric, {})) {
      found.known_points[metric + " " + std::string(series.element.id)] =
          known_points(series.values);
    }
  }
  found.unreadable = reader->unreadable();
  return found;
}

TEST_CASE("a damaged block hides its own windows, not the later ones, and is counted") {
  TestStore store;
  damage_block(store, "ipc", BlockKind::raw, 1);
  const Found found = read_all(*store);
  CHECK(found.known_points.at("load ") == kTicks);
  CHECK(found.unreadable >= 1);
  CHECK(store->stats().unreadable_blocks == found.unreadable);
  // Ten windows and more than a block: some are left before the head.
  const std::size_t in_head = store->snapshot()->metric_head().hosts[0]->ticks.size();
  CHECK(found.known_points.at("ipc 3") < kTicks - 64);
  CHECK(found.known_points.at("ipc 3") >= in_head + 64);
}

TEST_CASE("a late sample for a damaged window is written, and what is left of the window stays") {
  TestStore store;
  damage_block(store, "flops", BlockKind::raw, 0);
  put_late(*store);
  const KeepOutcome outcome = keep(*store, store.config().metrics);
  CHECK(outcome.hosts_sealed == 1);
  // The sum over the threads is still known_points where the threads are not.
  const auto node = read_rollups(*store, "m1", "flops", MetricScope::node, all_ticks());
  CHECK(known_points(node.at(0).values) == kTicks);
  CHECK(node.at(0).values.at(10) == 20);
  CHECK(node.at(0).values.at(11) == 22);
  CHECK(node.at(0).summary.count == kTicks);
  // And what was written anew is found beside the damage.
  const auto snapshot = store->snapshot();
  const schema::Clusters clusters = metric_clusters();
  const TimeRange window{kDamageBegin, kDamageBegin + 64 * 60, 60};
  auto reader = MetricReader::open(*snapshot, clusters, window);
  REQUIRE(reader.has_value());
  const auto elements = reader->read_elements({"big", "m1"}, "flops", {});
  REQUIRE(elements.size() == 1);
  CHECK(elements[0].values.at(10) == 1000);
  CHECK(known_points(elements[0].values) == 1);
}

// A store whose samples are all in tables of the head log, none sealed.
std::uint64_t fill_log(TestStore& store) {
  store.add(simple_job(1));
  fill(*store);
  const std::uint64_t next = store->snapshot()->metric_head().next_log;
  store.reopen();
  store.close();
  return next;
}

std::size_t ticks_in_head(Store& store) {
  const auto snapshot = store.snapshot();
  return snapshot->metric_head().hosts[0]->ticks.size();
}

TEST_CASE("a damaged block of the head log costs its entries; those behind it are there") {
  TestStore store;
  const std::uint64_t next = fill_log(store);
  const Place place =
      place_of(store.config(), std::string(family_name(Family::metric_log)), metric_log_key(20));
  damage(place);
  store.reopen();
  const StoreStats stats = store->stats();
  CHECK(stats.table.jobs == 1);
  CHECK(stats.unreadable_log_entries >= 1);
  // Blocks are of 16 KiB; an entry has ten ticks of twelve values and more.
  CHECK(stats.unreadable_log_entries <= (16U << 10) / (10 * 12 * 4) + 1);
  CHECK(ticks_in_head(*store) == kTicks - 10 * stats.unreadable_log_entries);
  CHECK(store->snapshot()->metric_head().next_log == next);
  const Found found = read_all(*store);
  CHECK(found.known_points.at("ipc 3") == kTicks - 10 * stats.unreadable_log_entries);
}

TEST_CASE("a table of the head log that is cut or gone never stops the start") {
  for (const bool gone : {false, true}) {
    CAPTURE(gone);
    TestStore store;
    const std::uint64_t next = fill_log(store);
    const Place place =
        place_of(store.config(), std::string(family_name(Family::metric_log)), metric_log_key(20));
    if (gone) fs::remove(place.table);
    if (!gone) fs::resize_file(place.table, fs::file_size(place.table) / 2);
    store.reopen();
    CHECK(store->stats().damaged_tables == 1);
    CHECK(store->stats().table.jobs == 1);
    const std::uint64_t lost = store->stats().unreadable_log_entries;
    CHECK(lost >= 1);
    CHECK(lost < next);
    CHECK(ticks_in_head(*store) == kTicks - 10 * lost);
    fill(*store, "m2");
    store.reopen();
    CHECK(store->stats().unreadable_log_entries == lost);
  }
}

// The tables of the day are rewritten.
rocksdb::Status compact_day(Database& database) {
  const auto day = period_of(kDamageBegin);
  const auto access = database.open_periods(day, day, nullptr);
  REQUIRE(access.has_value());
  rocksdb::CompactRangeOptions all;
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  auto* const family = access->periods.at(0)->handle();
  return access->db->CompactRange(all, family, nullptr, nullptr);
}

TEST_CASE("a damaged block that a compaction meets costs its table that block only") {
  for (const auto& [metric, kind] : {std::pair("ipc", BlockKind::raw),
                                     {"load", BlockKind::rollup},  // the first of the table
                                     {"bw", BlockKind::rollup}}) {
    CAPTURE(metric);
    TestStore store;
    damage_block(store, metric, kind, 1);
    const Found before = read_all(*store);
    REQUIRE(before.unreadable > 0);
    store.close();
    {
      const auto database = Database::open(store.config());
      REQUIRE(database.has_value());
      REQUIRE(compact_day(**database).IsCorruption());
      const auto recovered = (*database)->recover();
      REQUIRE_MESSAGE(recovered.has_value(), recovered.error().detail);
      CHECK(*recovered);
      CHECK((*database)->damaged_tables() == 1);
      CHECK(compact_day(**database).ok());
    }
    store.reopen();
    const Found after = read_all(*store);
    CHECK(after.unreadable == 0);
    CHECK(after.known_points == before.known_points);
  }
}

}  // namespace
}  // namespace jobledger::storage::test
