// SPDX-License-Identifier: MIT
#include "archive/root_watch.h"

#include "archive/job_path.h"
#include "test/archive/support.h"

#include <doctest/doctest.h>
#include <sys/mount.h>

#include <atomic>

namespace jobledger::archive {
namespace {

namespace fs = std::filesystem;

// What can happen to a path, each with its way back.
struct Change {
  const char* name;
  std::function<bool(const fs::path& root)> make;  // false: not to be had here
  std::function<void(const fs::path& root)> undo;
};

fs::path aside(const fs::path& root) { return root.string() + ".aside"; }

std::vector<Change> changes() {
  const auto rename_back = [](const fs::path& root) {
    fs::remove_all(root);
    fs::rename(aside(root), root);
  };
  return {
      {"removed", [](const fs::path& root) { return fs::rename(root, aside(root)), true; },
       rename_back},
      {"another folder",
       [](const fs::path& root) {
         fs::rename(root, aside(root));
         make_root(root);
         return true;
       },
       rename_back},
      {"a link to another folder",
       [](const fs::path& root) {
         fs::rename(root, aside(root));
         fs::create_directory_symlink(root.parent_path() / "db", root);
         return true;
       },
       rename_back},
      {"a file",
       [](const fs::path& root) {
         fs::rename(root, aside(root));
         write_text(root, "x");
         return true;
       },
       rename_back},
      {"a file system mounted over it",
       [](const fs::path& root) {
         return ::mount("tmpfs", root.c_str(), "tmpfs", 0, "size=1m") == 0;
       },
       [](const fs::path& root) { REQUIRE(::umount2(root.c_str(), MNT_DETACH) == 0); }},
  };
}

const auto quick = [](Config& config) {
  config.retry_min = config.retry_max = std::chrono::milliseconds(10);
  config.finisher_poll = std::chrono::milliseconds(10);
};

}  // namespace

TEST_CASE("a root that leads elsewhere is noticed, and that it is back") {
  TemporaryDirectory directory;
  const auto root = directory.path() / "archive";
  make_root(root);
  fs::create_directory(directory.path() / "db");
  const auto watch = RootWatch::begin(root);
  REQUIRE(watch);
  for (const Change& change : changes()) {
    CHECK((*watch)->check());
    if (!change.make(root)) continue;
    const auto now = (*watch)->check();
    REQUIRE_MESSAGE(!now, change.name);
    CHECK(now.error().kind == ErrorKind::unavailable);
    CHECK(now.error().detail.find(root.string()) == 0);
    change.undo(root);
  }
  CHECK((*watch)->check());
  CHECK(RootWatch::begin(directory.path() / "absent").error().kind == ErrorKind::not_found);
}

TEST_CASE("a link as root may be turned, though not unnoticed") {
  TemporaryDirectory directory;
  const auto root = directory.path() / "archive", first = directory.path() / "first";
  make_root(first);
  make_root(directory.path() / "second");
  fs::create_directory_symlink(first, root);
  const auto watch = RootWatch::begin(root);
  REQUIRE(watch);
  CHECK((*watch)->check());
  fs::remove(root);
  fs::create_directory_symlink(directory.path() / "second", root);
  CHECK(!(*watch)->check());
}

TEST_CASE("no job goes into a folder that is not the archive, and all go once it is back") {
  for (const Change& change : changes()) {
    CAPTURE(change.name);
    TemporaryDirectory directory;
    World world(directory.path(), {}, quick);
    const auto first = world.add(finished_job(1));
    world.settle();
    CHECK(world.due() == 0);
    if (!change.make(world.root)) continue;
    const auto second = world.add(finished_job(2));
    world.settle();
    CHECK(world.due() == 1);
    CHECK(world.finisher->status().blocked.value_or("").find(world.root.string()) == 0);
    const fs::path job = job_path(finished_job(2));
    CHECK(!fs::exists(world.root / job));
    CHECK(!fs::exists(aside(world.root) / job));
    const auto read = world.tree->read_meta({"testcluster", 1, 1'700'000'000});
    if (!read) CHECK(read.error().kind == ErrorKind::unavailable);
    CHECK(world.import(world.root).error().kind == ErrorKind::unavailable);
    change.undo(world.root);
    while (world.due() > 0) world.settle();
    CHECK(fs::exists(world.root / job / "meta.json"));
    CHECK(world.indexed(first).monitoring_status == schema::MonitoringStatus::archived);
    CHECK(world.indexed(second).monitoring_status == schema::MonitoringStatus::archived);
  }
}

TEST_CASE("a job that was on its way while the root was exchanged stays due") {
  for (const char* moment : {"staged", "parents made", "placed"}) {
    CAPTURE(moment);
    TemporaryDirectory directory;
    std::atomic<bool> exchange = true;
    const auto root = test_config(directory.path()).path;
    World world(
        directory.path(),
        [&](std::string_view point) {
          if (point != moment || !exchange.exchange(false)) return;
          fs::rename(root, aside(root));
          make_root(root);
        },
        quick);
    const auto id = world.add(finished_job(1));
    world.settle();
    CHECK(world.due() == 1);
    CHECK(world.indexed(id).monitoring_status == schema::MonitoringStatus::running_or_archiving);
    CHECK(!fs::exists(root / job_path(finished_job(1))));
    fs::remove_all(root);
    fs::rename(aside(root), root);
    while (world.due() > 0) world.settle();
    CHECK(fs::exists(root / job_path(finished_job(1)) / "meta.json"));
  }
}

TEST_CASE("a staging folder that somebody removed or exchanged is made anew") {
  TemporaryDirectory directory;
  World world(directory.path(), {}, quick);
  world.add(finished_job(1));
  world.settle();
  const auto staging = staging_path(world.config);
  fs::remove_all(staging);
  world.add(finished_job(2));
  while (world.due() > 0) world.settle();
  fs::remove_all(staging);
  write_text(staging / "0" / "meta.json", "of somebody");
  world.add(finished_job(3));
  while (world.due() > 0) world.settle();
  for (const int id : {1, 2, 3}) CHECK(fs::exists(world.root / job_path(finished_job(id))));
  CHECK(list_tree(staging).empty());
}

TEST_CASE("an archive at the root of a file system may have what such a root has") {
  TemporaryDirectory directory;
  const auto root = directory.path() / "archive";
  fs::create_directories(root / "lost+found");
  Config config;
  config.path = root;
  REQUIRE(Tree::open(config, OpenMode::write));
  CHECK(read_text(root / "version.txt") == "3\n");
  write_text(root / "testcluster" / "cluster.json", cluster_json("testcluster"));
  const auto tree = Tree::open(config, OpenMode::read);
  REQUIRE_MESSAGE(tree, tree.error().detail);
  CHECK(tree->cluster_names() == std::vector<std::string>{"testcluster"});
}

}  // namespace jobledger::archive
