// SPDX-License-Identifier: MIT
#include "archive/restorer.h"

#include "storage/job_damage.h"
#include "test/archive/support.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace jobledger::archive {
namespace {

namespace fs = std::filesystem;

// The first block of the tables of records holds other bytes. Pre: the database is closed.
int damage_records(const fs::path& database) {
  int damaged = 0;
  for (const auto& entry : fs::directory_iterator(database)) {
    if (entry.path().extension() != ".sst") continue;
    // The last properties of a table have its family, after the end of the name of that property.
    if (read_text(entry.path()).find("namejobs") == std::string::npos) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(20);
    file.write("damaged", 7);
    ++damaged;
  }
  return damaged;
}

void commit_nothing(World& world) {
  REQUIRE(world.writer->run([](storage::Update&) { return Result<void>(); }).has_value());
}

// An index whose archived job has lost its record.
struct Damaged {
  Damaged() {
    {
      World first(folder.path());
      id = first.add(finished_job(7));
      first.settle();
      whole = first.indexed(id);
    }
    { World flushes(folder.path()); }
    REQUIRE(damage_records(folder.path() / "db") >= 1);
    world.emplace(folder.path());
    (void)world->indexed(id);  // meets the damage
    commit_nothing(*world);
    REQUIRE(world->store->snapshot()->damaged_jobs().contains(id));
  }

  TemporaryDirectory folder;
  std::int64_t id = 0;
  schema::Job whole;
  std::optional<World> world;
};

TEST_CASE("a finished job whose record the disk lost is read from the archive again") {
  Damaged damaged;
  World& world = *damaged.world;
  CHECK_FALSE(world.indexed(damaged.id).meta(storage::kDamageEntry).empty());
  CHECK_FALSE(world.indexed(damaged.id) == damaged.whole);
  Restorer restorer(*world.tree, *world.store, *world.writer);
  CHECK(restorer.run() == 1);
  commit_nothing(world);
  CHECK(world.indexed(damaged.id) == damaged.whole);
  CHECK(world.store->snapshot()->damaged_jobs().empty());
  CHECK(restorer.run() == 0);
}

TEST_CASE("a job that the archive has not, or with another end, stays marked") {
  for (const bool gone : {true, false}) {
    CAPTURE(gone);
    Damaged damaged;
    World& world = *damaged.world;
    if (gone) {
      fs::remove_all(world.root / "testcluster");
    } else {
      schema::Job other = damaged.whole;
      other.duration += 1;
      put_job(world.root, other);
    }
    Restorer restorer(*world.tree, *world.store, *world.writer);
    (void)restorer.run();
    commit_nothing(world);
    CHECK(world.store->snapshot()->damaged_jobs().contains(damaged.id));
    CHECK_FALSE(world.indexed(damaged.id).meta(storage::kDamageEntry).empty());
    CHECK(restorer.run() == 0);  // it is not asked for again and again
  }
}

}  // namespace
}  // namespace jobledger::archive
