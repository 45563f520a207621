// SPDX-License-Identifier: MIT
// Jobs whose samples other stores have (archive/source_lane.h).
#include "archive/source_lane.h"

#include "test/archive/support.h"
#include "test/sources/fake_source.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>

namespace jobledger::archive {
namespace {

constexpr std::int64_t kLaneStart = 1'700'000'000;

struct OwnFake : sources::FakeSource {
  bool is_own() const override { return true; }
};

// Jobs of sub-cluster "main" have a store that hangs or fails, those of "quick" another one, all
// others ours.
struct Stores {
  Stores() {
    map.set("testcluster", "main", bad);
    map.set("testcluster", "quick", quick);
  }
  MetricAccess access() { return {&map}; }

  OwnFake ours;
  sources::FakeSource bad, quick;
  sources::FakeMap map{ours};
};

std::int64_t add(World& world, std::int64_t job_id, const char* sub_cluster) {
  schema::Job job = finished_job(job_id, kLaneStart);
  job.sub_cluster = sub_cluster;
  return world.add(job);
}

bool lane_archived(const World& world, std::int64_t id) {
  return world.indexed(id).monitoring_status == schema::MonitoringStatus::archived;
}

void wait_until_archived(const World& world, std::uint64_t jobs) {
  while (world.finisher->status().archived < jobs) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a store that hangs holds up its own jobs only") {
  Stores stores;
  std::promise<void> answer;
  const auto answered = answer.get_future().share();
  stores.bad.on_read = [&] { answered.wait(); };
  TemporaryDirectory directory;
  World world(directory.path(), {}, {}, stores.access());
  std::vector<std::int64_t> stuck, free;
  for (int i = 0; i < 10; ++i) {
    stuck.push_back(add(world, 1000 + i, "main"));
    free.push_back(add(world, 2000 + i, "quick"));
    free.push_back(add(world, 3000 + i, "none"));
  }
  world.finisher->start();
  wait_until_archived(world, free.size());
  for (const auto id : free) CHECK(lane_archived(world, id));
  for (const auto id : stuck) CHECK_FALSE(lane_archived(world, id));
  CHECK(world.finisher->status().unread == stuck.size());
  CHECK_FALSE(world.finisher->status().blocked.has_value());
  answer.set_value();
  wait_until_archived(world, free.size() + stuck.size());
  CHECK(world.due() == 0);
}

TEST_CASE("jobs of a store that fails wait for it, however many, and none is set aside") {
  Stores stores;
  stores.bad.broken = Error{ErrorKind::unavailable, "out of reach"};
  TemporaryDirectory directory;
  World world(
      directory.path(), {},
      [](Config& config) {
        config.max_deferred = 1;
        config.max_tries = 1;
      },
      stores.access());
  for (int i = 0; i < 10; ++i) add(world, 1000 + i, "main");
  const auto other = add(world, 2000, "none");
  world.settle();
  CHECK(lane_archived(world, other));
  while (stores.bad.asked().size() < 20) std::this_thread::yield();
  const FinisherStatus status = world.finisher->status();
  CHECK(status.unread == 10);
  CHECK(status.aside == 0);
  CHECK_FALSE(status.blocked.has_value());
  world.settle();
  const bool says_why = world.finisher->status().source_trouble.value_or("").find("out of reach") !=
                        std::string::npos;
  CHECK(says_why);
}

TEST_CASE("a job that is archived otherwise meanwhile leaves the lane, and a stop ends waiting") {
  Stores stores;
  stores.bad.broken = Error{ErrorKind::unavailable, "out of reach"};
  TemporaryDirectory directory;
  World world(directory.path(), {}, {}, stores.access());
  const auto gone = add(world, 1000, "main");
  add(world, 1001, "main");
  world.settle();
  world.change(
      gone, [](schema::Job& job) { job.monitoring_status = schema::MonitoringStatus::archived; });
  while (world.finisher->status().unread != 1) std::this_thread::yield();
  world.finisher->stop();
  CHECK(world.due() == 1);
}

}  // namespace jobledger::archive
