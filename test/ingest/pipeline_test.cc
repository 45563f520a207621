// SPDX-License-Identifier: MIT
#include "ingest/pipeline.h"

#include "test/ingest/support.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace jobledger::ingest {
namespace {

// A log that delivers when the test says so, on the test's thread.
class ScriptedSource : public Source {
 public:
  void start(Deliver deliver, PositionOf position) override {
    deliver_ = std::move(deliver);
    position_ = std::move(position);
  }
  void stop() override { deliver_ = nullptr; }
  SourceStatus status() const override {
    SourceStatus status;
    status.mode = SourceMode::following;
    status.connected = true;
    status.last_sequence = last_sequence;
    return status;
  }

  void deliver(RawBatch batch) { deliver_(std::move(batch)); }
  std::optional<storage::StreamPosition> position() { return position_("EV"); }
  std::uint64_t last_sequence = 0;

 private:
  Deliver deliver_;
  PositionOf position_;
};

class Road {
 public:
  explicit Road(Config config = {}) {
    storage::Config storage_config;
    storage_config.path = directory_.path() / "db";
    storage_config.min_free_bytes = 0;
    auto opened = storage::Store::open(storage_config);
    REQUIRE(opened.has_value());
    store = *std::move(opened);
    writer = std::make_unique<storage::Writer>(*store, storage::WriterConfig{}, telemetry);
    pipeline = std::make_unique<Pipeline>(
        config, Pipeline::Parts{source, *store, *writer, telemetry, test_clusters(), nullptr});
    writer->start();
    pipeline->start();
  }
  ~Road() {
    pipeline->stop();
    writer->stop();
  }

  // Delivers and waits until the batch is settled with the log.
  void settle(RawBatch batch) {
    std::promise<void> settled;
    batch.settle = [&] { settled.set_value(); };
    source.deliver(std::move(batch));
    REQUIRE(settled.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  }
  bool metrics_have(const std::string& line) {
    return telemetry.text().find(line + "\n") != std::string::npos;
  }

  TemporaryDirectory directory_;
  Telemetry telemetry;
  ScriptedSource source;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<storage::Writer> writer;
  std::unique_ptr<Pipeline> pipeline;
};

TEST_CASE("a batch is settled after its effects and its position are visible") {
  Road road;
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
  CHECK(road.source.position() == storage::StreamPosition{"EV", 1, 3});
  road.source.last_sequence = 10;
  const Status status = road.pipeline->status();
  CHECK(status.position == 3);
  CHECK(status.lag == 7);
  CHECK(
      road.metrics_have(R"(jobledger_ingest_events_total{kind="start_job",outcome="applied"} 2)"));
  CHECK(road.metrics_have(R"(jobledger_ingest_dead_letters_total{reason="syntax"} 1)"));
}

TEST_CASE("unknown members appear by name") {
  Road road;
  road.settle(make_batch({{start_line({.more = R"(,"sluid":1)"})}}));
  CHECK(road.metrics_have(R"(jobledger_ingest_unknown_members_total{member="sluid"} 1)"));
}

TEST_CASE("a blocked writer holds the source back, and stop lets it go") {
  Config config;
  config.limits.max_pending_batches = 2;
  Road road(config);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  storage::Work obstacle;
  obstacle.apply = [released](storage::Update&) -> Result<void> {
    released.wait();
    return {};
  };
  REQUIRE(road.writer->submit(std::move(obstacle)));
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
  Road road(config);
  CHECK(road.pipeline->sweep_overtime() == 0);
  road.settle(make_batch({{start_line({.job_id = 1})},
                          {start_line({.job_id = 2, .walltime = 100'000})},
                          {start_line({.job_id = 3, .walltime = 0})}}));
  CHECK(road.pipeline->sweep_overtime() == 0);
  road.settle(make_batch({{"# time passes\n", kEpoch + 3600 + 61}}, 4));
  CHECK(road.pipeline->sweep_overtime() == 1);
  REQUIRE(road.writer->run([](storage::Update&) -> Result<void> { return {}; }).has_value());
  CHECK(road.pipeline->sweep_overtime() == 0);
  CHECK(road.metrics_have("jobledger_ingest_overtime_jobs_total 1"));
}

}  // namespace
}  // namespace jobledger::ingest
