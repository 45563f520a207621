// SPDX-License-Identifier: MIT
#include "archive/finisher.h"

#include "archive/import_index.h"
#include "archive/job_path.h"
#include "schema/job_json.h"
#include "test/archive/support.h"

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

namespace jobledger::archive {
namespace {

namespace fs = std::filesystem;
using schema::MonitoringStatus;

schema::Job running_job(std::int64_t job_id) {
  auto job = finished_job(job_id);
  job.state = schema::JobState::running;
  job.duration = 0;
  return job;
}

// What stands in the tree is what the index says.
void check_archived(const World& world, std::int64_t id) {
  const auto job = world.indexed(id);
  CHECK(job.monitoring_status == MonitoringStatus::archived);
  auto in_tree = world.tree->read_meta({job.cluster, job.job_id, job.start_time});
  REQUIRE_MESSAGE(in_tree, in_tree.error().detail);
  CHECK(is_same_job(*in_tree, job));
  CHECK(fs::exists(world.root / job_path(job) / "data.json"));
}

// A file system of its own; needs root.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = ::mount("tmpfs", path().c_str(), "tmpfs", 0, "size=1m") == 0; }
  ~SmallDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  void set_read_only(bool on) {
    const unsigned long flags = on ? MS_REMOUNT | MS_RDONLY : MS_REMOUNT;
    REQUIRE(::mount("tmpfs", path().c_str(), "tmpfs", flags, "size=1m") == 0);
  }
  const fs::path& path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  bool mounted_ = false;
};

}  // namespace

TEST_CASE("finished jobs come into the tree, others do not") {
  TemporaryDirectory directory;
  World world(directory.path());
  std::vector<std::int64_t> finished;
  for (int i = 0; i < 23; ++i) finished.push_back(world.add(finished_job(900 + 17 * i)));
  const auto running = world.add(running_job(50));
  auto silent = finished_job(51);
  silent.monitoring_status = MonitoringStatus::disabled;
  const auto disabled = world.add(silent);

  world.settle();
  CHECK(world.due() == 0);
  for (const auto id : finished) check_archived(world, id);
  CHECK(world.indexed(running).monitoring_status == MonitoringStatus::running_or_archiving);
  CHECK(world.indexed(disabled).monitoring_status == MonitoringStatus::disabled);
  CHECK(!fs::exists(world.root / job_path(running_job(50))));
  CHECK(!fs::exists(world.root / job_path(silent)));
  CHECK(world.finisher->status().archived == finished.size());
  CHECK(world.finisher->status().in_flight == 0);
  CHECK(list_tree(staging_path(world.config)).empty());
}

TEST_CASE("the commit that stops a job wakes the finisher") {
  TemporaryDirectory directory;
  World world(directory.path(), {},
              [](Config& config) { config.finisher_poll = std::chrono::hours(1); });
  world.settle();
  const auto id = world.add(running_job(1));
  world.settle();
  CHECK(world.indexed(id).monitoring_status == MonitoringStatus::running_or_archiving);
  world.change(id, [](schema::Job& job) {
    job.state = schema::JobState::timeout;
    job.duration = 60;
  });
  while (world.finisher->status().archived == 0) std::this_thread::yield();
  check_archived(world, id);
  CHECK(world.indexed(id).state == schema::JobState::timeout);
}

TEST_CASE("statistics that a job brought become its footprint and energy") {
  TemporaryDirectory directory;
  World world(directory.path());
  auto job = finished_job(1);
  job.statistics = {{{"cpu_load", {}, 1.5, 1, 2},
                     {"mem_used", {"B", "G"}, 10, 5, 20},
                     {"node_power", {"W", ""}, 500, 100, 600}}};
  const auto id = world.add(job);
  world.settle();
  check_archived(world, id);
  const auto after = world.indexed(id);
  CHECK(after.footprint ==
        std::vector<schema::NamedValue>{{"cpu_load_avg", 1.5}, {"mem_used_max", 20}});
  CHECK(after.energy == 1.0);
}

TEST_CASE("a job that changed while it was written is written again") {
  TemporaryDirectory directory;
  World* target = nullptr;
  std::int64_t id = 0;
  std::atomic<bool> once = false;
  // The first placing is followed by a change, before the index can be told.
  World world(directory.path(), [&](std::string_view point) {
    if (point != "placed" || once.exchange(true)) return;
    target->change(id, [](schema::Job& job) { job.tags.push_back({"late", "tag", "global", 0}); });
  });
  target = &world;
  id = world.add(finished_job(1));
  world.settle();
  check_archived(world, id);
  CHECK(world.indexed(id).tags.size() == 3);
  CHECK(world.finisher->status().rewritten == 1);
  CHECK(world.finisher->status().archived == 1);
}

TEST_CASE("a job that cannot be written does not hold the others up, and comes later") {
  TemporaryDirectory directory;
  World world(directory.path(), {}, [](Config& config) {
    config.retry_min = config.retry_max = std::chrono::milliseconds(300);
  });
  const auto obstacle = world.root / "testcluster" / "7";
  write_text(obstacle, "a file where a folder belongs");
  std::vector<std::int64_t> bad, good;
  for (int i = 0; i < 6; ++i) bad.push_back(world.add(finished_job(7000 + i)));
  for (int i = 0; i < 6; ++i) good.push_back(world.add(finished_job(8000 + i)));
  world.settle();
  for (const auto id : good) check_archived(world, id);
  CHECK(world.due() == bad.size());
  CHECK(world.finisher->status().failures >= bad.size());
  CHECK(!world.finisher->status().blocked);

  fs::remove(obstacle);
  while (world.due() > 0) world.settle();
  for (const auto id : bad) check_archived(world, id);
  CHECK(world.finisher->status().deferred == 0);
  CHECK(list_tree(staging_path(world.config)).empty());
}

TEST_CASE("a job that failed three times is set aside and named, until the next start") {
  TemporaryDirectory directory;
  const auto adjust = [](Config& config) { config.aside_retry = std::chrono::hours(24); };
  const schema::Job bad = finished_job(7000);
  std::int64_t id = 0;
  {
    World world(directory.path(), {}, adjust);
    write_text(world.root / "testcluster" / "7", "a file where a folder belongs");
    id = world.add(bad);
    world.add(finished_job(8000));
    do {
      world.settle();
    } while (world.finisher->status().aside == 0);
    const auto aside = world.finisher->set_aside();
    REQUIRE(aside.size() == 1);
    CHECK(aside[0].id == id);
    CHECK(aside[0].job == job_path(bad));
    CHECK(aside[0].tries == 3);
    CHECK(aside[0].reason.find("testcluster/7") != std::string::npos);
    CHECK_FALSE(world.finisher->status().blocked.has_value());
    CHECK(world.due() == 1);
    fs::remove(world.root / "testcluster" / "7");
    world.add(finished_job(8001));
    world.settle();
    CHECK(world.due() == 1);
    CHECK(world.finisher->status().failures == 3);
  }
  World world(directory.path(), {}, adjust);
  world.settle();
  check_archived(world, id);
  CHECK(world.finisher->set_aside().empty());
}

TEST_CASE("an exception is one job's failure and does not end the daemon") {
  TemporaryDirectory directory;
  World world(directory.path(), [](std::string_view point) {
    if (point == "staged") throw std::bad_alloc();
  });
  world.add(finished_job(7000));
  world.settle();
  CHECK(world.finisher->status().failures >= 1);
  CHECK(world.due() == 1);
}

TEST_CASE("too many single failures are taken for a failing archive") {
  TemporaryDirectory directory;
  World world(directory.path(), {}, [](Config& config) {
    config.max_deferred = 2;
    config.retry_min = config.retry_max = std::chrono::hours(1);
  });
  write_text(world.root / "testcluster" / "7", "a file where a folder belongs");
  for (int i = 0; i < 12; ++i) world.add(finished_job(7000 + i));
  world.settle();
  CHECK(world.finisher->status().blocked);
  CHECK(world.finisher->status().deferred <= 2);
  CHECK(world.due() == 12);
}

TEST_CASE("a job that lies in the tree already is written over, but its data stays") {
  TemporaryDirectory directory;
  World world(directory.path());
  auto job = finished_job(1);
  const auto folder = put_job(world.root, job);
  write_text(folder / "data.json", R"({"cpu_load":{}})");
  job.state = schema::JobState::failed;
  const auto id = world.add(job);
  world.settle();
  check_archived(world, id);
  CHECK(read_text(folder / "data.json") == R"({"cpu_load":{}})");
}

TEST_CASE("an archive that is read-only for a while loses nothing") {
  SmallDisk disk;
  if (!disk.mounted()) {
    MESSAGE("skipped: cannot mount a file system here");
    return;
  }
  TemporaryDirectory directory;
  make_root(disk.path() / "archive");
  bool staging_is_there = false;
  SUBCASE("from the start") {}
  SUBCASE("after it worked") { staging_is_there = true; }
  {
    if (!staging_is_there) disk.set_read_only(true);
    World world(directory.path(), {},
                [&](Config& config) { config.path = disk.path() / "archive"; });
    std::vector<std::int64_t> ids;
    if (staging_is_there) {
      ids.push_back(world.add(finished_job(1)));
      world.settle();
      disk.set_read_only(true);
    }
    for (int i = 2; i < 12; ++i) ids.push_back(world.add(finished_job(i)));
    world.settle();
    CHECK(world.due() == 10);
    REQUIRE(world.finisher->status().blocked);
    CHECK(world.finisher->status().blocked->find("Read-only") != std::string::npos);
    disk.set_read_only(false);
    while (world.due() > 0) world.settle();
    for (const auto id : ids) check_archived(world, id);
    CHECK(!world.finisher->status().blocked);
  }
}

TEST_CASE("an archive whose disk is full for a while loses nothing") {
  SmallDisk disk;
  if (!disk.mounted()) {
    MESSAGE("skipped: cannot mount a file system here");
    return;
  }
  TemporaryDirectory directory;
  World world(directory.path(), {}, [&](Config& config) { config.path = disk.path() / "archive"; });
  const auto ballast = disk.path() / "ballast";
  write_text(ballast, "");
  REQUIRE(!write_file(ballast, std::string(2u << 20, 'x'), false));  // to the last byte
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(world.add(finished_job(i)));
  world.settle();
  CHECK(world.due() == 10);
  REQUIRE(world.finisher->status().blocked);
  CHECK(list_tree(staging_path(world.config)).empty());
  fs::remove(ballast);
  while (world.due() > 0) world.settle();
  for (const auto id : ids) check_archived(world, id);
}

TEST_CASE("what is due when the finisher stops is due at the next start") {
  TemporaryDirectory directory;
  std::int64_t id = 0;
  {
    World world(directory.path());
    id = world.add(finished_job(1));
  }
  World world(directory.path());
  CHECK(world.due() == 1);
  world.settle();
  check_archived(world, id);
}

// The rest of the file ends the process at each step of the way and looks at what is left.

namespace {

constexpr const char* kFolder = "JOBLEDGER_TEST_CRASH_FOLDER";
constexpr const char* kPoint = "JOBLEDGER_TEST_CRASH_POINT";
constexpr int kCrashed = 42;
constexpr int kJobs = 11;

int run_until_crash(const fs::path& folder, const std::string& point) {
  const std::string command = std::string(kFolder) + "='" + folder.string() + "' " + kPoint + "='" +
                              point + "' /proc/" + std::to_string(::getpid()) +
                              "/exe --no-skip --test-case='crash child' >/dev/null 2>&1";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Every job's folder in the tree is complete.
void check_no_half_job(const World& world) {
  Tree::Visitor visitor;
  visitor.job = [&](std::string_view path, const schema::Job&) {
    CHECK(fs::exists(world.root / path / "data.json"));
  };
  visitor.problem = [](std::string_view path, const Error& error) {
    FAIL_CHECK(std::string(path) << ": " << error.detail);
  };
  REQUIRE(world.tree->for_each_job(visitor));
}

}  // namespace

TEST_CASE("crash child" * doctest::skip()) {
  const char* folder = std::getenv(kFolder);
  const char* wanted = std::getenv(kPoint);
  REQUIRE(folder != nullptr);
  REQUIRE(wanted != nullptr);
  const std::string_view spec = wanted;  // "<point>:<how often it passes>"
  const auto colon = spec.rfind(':');
  std::atomic<int> left = std::atoi(wanted + colon + 1);
  World world(folder, [&](std::string_view point) {
    if (point == spec.substr(0, colon) && left-- == 0) ::_exit(kCrashed);
  });
  world.settle();
}

TEST_CASE("a crash at any step leaves no half-written job and loses none") {
  for (const char* point :
       {"staged:0", "staged:6", "synced:0", "parents made:0", "parents made:5", "placed:0",
        "placed:3", "placed:9", "synced:1", "synced:2", "data replaced:0"}) {
    CAPTURE(std::string(point));
    TemporaryDirectory directory;
    std::vector<std::int64_t> ids;
    {
      World world(directory.path());
      for (int i = 0; i < kJobs; ++i) ids.push_back(world.add(finished_job(990 + i)));
      // One of them is there already, from an earlier life.
      write_text(put_job(world.root, finished_job(993)) / "data.json", "{}");
      world.change(ids[3], [](schema::Job& job) { job.state = schema::JobState::failed; });
    }
    REQUIRE(run_until_crash(directory.path(), point) == kCrashed);

    World world(directory.path());
    CHECK(world.due() > 0);
    check_no_half_job(world);
    world.settle();
    CHECK(world.due() == 0);
    for (const auto id : ids) check_archived(world, id);
    check_no_half_job(world);
    CHECK(list_tree(staging_path(world.config)).empty());
  }
}

}  // namespace jobledger::archive
