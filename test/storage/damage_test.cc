// SPDX-License-Identifier: MIT
// One flipped bit in any file of the database: the store opens, what it answers is right or marked
// as lost, and nothing older comes back, whatever happens later.
#include "storage/database.h"
#include "storage/manifest_copy.h"
#include "test/storage/damage_world.h"

#include <doctest/doctest.h>

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
