// SPDX-License-Identifier: MIT
#include "ingest/pipeline.h"

#include "ingest/unmatched.h"
#include "test/ingest/road_fixture.h"
#include "test/ingest/support.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>

namespace jobledger::ingest {
namespace {

class EventRoad : public RoadEnds {
 public:
  explicit EventRoad(Config config = {})
      : pipeline(config, {{source, *store, *writer, telemetry}, test_clusters(), nullptr}) {
    pipeline.start();
  }
  ~EventRoad() {
    pipeline.stop();
    writer->stop();
  }

  Pipeline pipeline;
};

TEST_CASE("a batch is settled after its effects and its position are visible") {
  EventRoad road;
  CHECK_FALSE(road.source.position());
  RawBatch batch =
      make_batch({{start_line({.job_id = 1})}, {start_line({.job_id = 2})}, {"bad\n"}});
  std::promise<std::uint64_t> seen;
  batch.settle = [&] {
    const auto snapshot = road.store->snapshot();
    seen.set_value(snapshot->jobs().job_count() * 10 + snapshot->position("EV")->sequence);
  };
  road.source.deliver(std::move(batch));
  CHECK(seen.get_future().get() == 23);
  CHECK(road.source.position()->sequence == 3);
  road.source.last_sequence = 10;
  const Status status = road.pipeline.status();
  CHECK(status.position == 3);
  CHECK(status.lag == 7);
  CHECK(
      road.metrics_have(R"(jobledger_ingest_events_total{kind="start_job",outcome="applied"} 2)"));
  CHECK(road.metrics_have(R"(jobledger_ingest_dead_letters_total{reason="syntax"} 1)"));
}

TEST_CASE("unknown members appear by name") {
  EventRoad road;
  road.settle(make_batch({{start_line({.more = R"(,"sluid":1)"})}}));
  CHECK(road.metrics_have(R"(jobledger_ingest_unknown_members_total{member="sluid"} 1)"));
}

TEST_CASE("values that are left out appear by name, with an example and its time") {
  EventRoad road;
  road.settle(make_batch({{start_line({.walltime = -1}), kEpoch + 5}}));
  CHECK(road.metrics_have(R"(jobledger_ingest_dropped_members_total{member="walltime"} 1)"));
  const std::vector<NameCount> members = road.pipeline.dropped_members();
  REQUIRE(members.size() == 1);
  CHECK(members[0].name == "walltime");
  CHECK(members[0].time == kEpoch + 5);
  UnmatchedReport report;
  report.members = members;
  CHECK(unmatched_json(report).find(
            R"("members":[{"name":"walltime","count":1,"last_time":1700000005,)"
            R"("last_example":"job 7 of big: walltime: is negative: -1"}])") != std::string::npos);
}

TEST_CASE("a blocked writer holds the source back, and stop lets it go") {
  Config config;
  config.limits.max_pending_batches = 2;
  EventRoad road(config);
  std::promise<void> release;
  road.hold_writer(release);
  road.source.deliver(make_batch({{start_line({.job_id = 1})}}, 1));
  road.source.deliver(make_batch({{start_line({.job_id = 2})}}, 2));
  std::promise<void> third_done;
  auto third = third_done.get_future();
  std::thread deliverer([&] {
    road.source.deliver(make_batch({{start_line({.job_id = 3})}}, 3));
    third_done.set_value();
  });
  CHECK(third.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  release.set_value();
  CHECK(third.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  deliverer.join();
}

TEST_CASE("jobs past their wall time are found by log time") {
  Config config;
  config.rules.job_overtime = 60;
  EventRoad road(config);
  CHECK(road.pipeline.sweep_overtime() == 0);
  road.settle(make_batch({{start_line({.job_id = 1})},
                          {start_line({.job_id = 2, .walltime = 100'000})},
                          {start_line({.job_id = 3, .walltime = 0})}}));
  CHECK(road.pipeline.sweep_overtime() == 0);
  road.settle(make_batch(
      {{"# time passes\n", kEpoch + 3600 + 61}, {"# and is confirmed\n", kEpoch + 3600 + 61}}, 4));
  CHECK(road.pipeline.sweep_overtime() == 1);
  REQUIRE(road.writer->run([](storage::Update&) -> Result<void> { return {}; }).has_value());
  CHECK(road.pipeline.sweep_overtime() == 0);
  CHECK(road.metrics_have("jobledger_ingest_overtime_jobs_total 1"));
}

}  // namespace
}  // namespace jobledger::ingest
