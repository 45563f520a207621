// SPDX-License-Identifier: MIT
// One flipped bit in any file of the database: the store opens, what it answers is right or marked
// as lost, and nothing older comes back, whatever happens later.
#include "storage/database.h"
#include "test/storage/damage_world.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <random>
#include <string>
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
    copy.go_on(copy.position() + 1, kCommits);  // the log brings what is not there
    copy.check();
    copy.go_on(kCommits + 1, kCommits + 30);
    copy.check();
    copy.compact();
    copy.open();
    copy.check();
  }

 private:
  World world_;
  std::vector<TableFile> tables_;
};

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
