// SPDX-License-Identifier: MIT
// One flipped bit in any file of the database: the store opens, what it answers is right or marked
// as lost, and nothing older comes back, whatever happens later.
#include "storage/database.h"
#include "storage/job_damage.h"
#include "storage/manifest_copy.h"
#include "storage/row_codec.h"
#include "storage/scrub.h"
#include "test/storage/damage_world.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::storage::test {
namespace {

namespace fs = std::filesystem;

// A world on disk, damaged in copies.
class Worlds {
 public:
  Worlds() {
    world_.build(kCommits);
    tables_ = world_.tables();
  }

  static constexpr std::int64_t kCommits = 240;
  // Some commits are in the log only, as after a crash: RocksDB flushes nothing when it closes.
  void leave_a_log() {
    world_.open();
    world_.go_on(kCommits + 1, kCommits + kLogged);
    world_.close();
    commits_ = kCommits + kLogged;
  }

  const std::vector<TableFile>& tables() const { return tables_; }
  const World& world() const { return world_; }

  // Opens a copy with that bit flipped, checks it, goes on with it, and checks it again.
  void check(const fs::path& file, std::uint64_t bit, bool with_scrub = false) {
    TemporaryDirectory folder;
    Config config = world_.config();
    fs::copy(config.path, folder.path() / "db", fs::copy_options::recursive);
    config.path = folder.path() / "db";
    flip(config.path / file, bit);
    World copy(world_, config);
    copy.open();
    if (with_scrub) copy.scrub();
    copy.go_on(copy.position() + 1, commits_);  // the log brings what is not there
    copy.check();
    copy.go_on(commits_ + 1, commits_ + 30);
    copy.check();
    copy.compact();
    copy.open();
    copy.check();
  }

 private:
  static constexpr std::int64_t kLogged = 20;

  World world_;
  std::int64_t commits_ = kCommits;
  std::vector<TableFile> tables_;
};

std::vector<fs::path> files_of(const fs::path& folder, std::string_view prefix,
                               std::string_view extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path name = entry.path().filename();
    if (!name.native().starts_with(prefix) || name.extension() != extension) continue;
    if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(name);
  }
  return files;
}

TEST_CASE("a flipped bit in a file that is no table costs nothing") {
  Worlds worlds;
  const fs::path& folder = worlds.world().config().path;
  std::mt19937_64 random(7);
  for (const auto& [prefix, rounds] : {std::pair<std::string_view, int>{"MANIFEST-", 40},
                                       {"CURRENT", 12},
                                       {"OPTIONS-", 3},
                                       {"IDENTITY", 2}}) {
    const auto files = files_of(folder, prefix, "");
    REQUIRE_FALSE(files.empty());
    for (int round = 0; round < rounds; ++round) {
      const fs::path& file = files[random() % files.size()];
      const std::uint64_t bit = random() % (fs::file_size(folder / file) * 8);
      CAPTURE(file.string());
      CAPTURE(bit);
      worlds.check(file, bit);
    }
  }
}

TEST_CASE("a flipped bit in the log costs what is behind it, and the position says so") {
  Worlds worlds;
  worlds.leave_a_log();
  const fs::path& folder = worlds.world().config().path;
  std::mt19937_64 random(11);
  const auto logs = files_of(folder, "", ".log");
  REQUIRE_FALSE(logs.empty());
  for (int round = 0; round < 10; ++round) {
    const fs::path& file = logs[random() % logs.size()];
    const std::uint64_t bit = random() % (fs::file_size(folder / file) * 8);
    CAPTURE(file.string());
    CAPTURE(bit);
    worlds.check(file, bit);
  }
}

TEST_CASE("the scrub finds what nobody reads, and the writer has it repaired") {
  World world;
  world.build(60);
  const auto tables = world.tables();
  const auto table = std::find_if(tables.begin(), tables.end(),
                                  [](const TableFile& one) { return one.family == "jobs"; });
  REQUIRE(table != tables.end());
  flip(world.config().path / table->name, 500);
  world.open();
  Telemetry telemetry;
  Writer writer(world.store(), WriterConfig(), telemetry);
  Scrub idle(0, world.store(), writer, telemetry);
  idle.run();
  CHECK_FALSE(world.store().needs_recovery());
  Scrub scrub(UINT64_C(1) << 40, world.store(), writer, telemetry);
  scrub.run();
  CHECK(world.store().needs_recovery());
  writer.start();  // a piece of work waits already
  REQUIRE(writer.run([](Update&) { return Result<void>(); }).has_value());
  CHECK_FALSE(world.store().needs_recovery());
  CHECK(world.store().stats().damaged_tables == 1);
  CHECK(world.store().stats().damaged_jobs >= 1);
  writer.stop();
  world.check();
}

TEST_CASE("the scrub keeps to its rate: after a long table it pauses") {
  World world;
  world.build(60);
  world.open();
  Telemetry telemetry;
  Writer writer(world.store(), WriterConfig(), telemetry);
  Scrub scrub(100, world.store(), writer, telemetry);
  const auto read = [&] {
    scrub.run();
    const std::string text = telemetry.text();
    const std::string name = "\njobledger_scrub_bytes_total ";
    return std::stod(text.substr(text.find(name) + name.size()));
  };
  const double first = read();
  CHECK(first > 500);
  for (int second = 1; second + 1 <= first / 100; ++second) CHECK(read() == first);
  CHECK(read() > first);
}

TEST_CASE("what a row has of a long text does not shorten the record that is left") {
  jobs::Dictionaries dictionaries;
  schema::Job job = simple_job(1);
  job.user = std::string(1000, 'u');
  job.meta_data = {{"jobName", std::string(1000, 'n')}};
  const jobs::Row row = make_row(job, 2, dictionaries);
  const schema::Job completed = complete_job(job, row, dictionaries, {});
  CHECK(completed.user == job.user);
  CHECK(completed.meta("jobName") == job.meta("jobName"));
  CHECK(completed.resources == job.resources);
  schema::Job older = job;
  older.user = "other";
  CHECK(complete_job(older, row, dictionaries, {}).user == job.user.substr(0, 255));
  CHECK(job_of_row(row, dictionaries, {}).user == job.user.substr(0, 255));
}

TEST_CASE("a manifest and its copy: the whole one counts, and the longer one") {
  World world;
  world.build(5);
  const fs::path folder = world.config().path;
  const fs::path name = files_of(folder, "MANIFEST-", "").at(0);
  const std::string bytes = *read_file(folder / name, 1 << 20);
  CHECK(is_whole_log(bytes));
  CHECK(*read_file(folder / "copies" / name, 1 << 20) == bytes);
  CHECK_FALSE(is_whole_log(bytes.substr(0, bytes.size() - 1)));
  CHECK_FALSE(is_whole_log(""));
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 13) {
    std::string other = bytes;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8);
    CHECK_FALSE(is_whole_log(other));
  }
  fs::remove(folder / name);
  REQUIRE(restore_manifest(folder).has_value());
  CHECK(*read_file(folder / name, 1 << 20) == bytes);
  flip(folder / "copies" / name, 100);
  REQUIRE(restore_manifest(folder).has_value());
  CHECK(*read_file(folder / name, 1 << 20) == bytes);
  world.open();
  world.check();
}

TEST_CASE("a flipped bit anywhere in a table costs no more than what was there, and it is said") {
  Worlds worlds;
  std::mt19937_64 random(20261129);
  std::map<std::string, int> seen;  // tables by family: the two that are listed first
  for (const TableFile& table : worlds.tables()) {
    if (++seen[table.family] > 2) continue;
    for (const Part& part : table.parts) {
      const std::uint64_t bit = part.from * 8 + random() % ((part.to - part.from) * 8);
      CAPTURE(table.family);
      CAPTURE(table.name);
      CAPTURE(part.name);
      CAPTURE(bit);
      worlds.check(table.name, bit, random() % 2 == 0);
    }
  }
}

}  // namespace
}  // namespace jobledger::storage::test
