// SPDX-License-Identifier: MIT
#include "ingest/metric_pipeline.h"

#include "storage/metrics/head_edit.h"
#include "test/ingest/road_fixture.h"
#include "test/ingest/support.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

namespace jobledger::ingest {
namespace {

using storage::metrics::PutOutcome;
using storage::metrics::SampleBatch;

// Takes samples in storage's place.
class MetricRoad : public RoadEnds {
 public:
  explicit MetricRoad(const Config& config = {})
      : pipeline(config,
                 {source, *store, *writer, telemetry, test_clusters(),
                  [this](storage::Update&, const SampleBatch& batch) { return put(batch); }}) {
    pipeline.start();
  }
  ~MetricRoad() {
    pipeline.stop();
    writer->stop();
  }

  std::vector<std::string> values;      // "n01 1", in the order of arrival
  std::vector<std::int64_t> log_times;  // of the batches
  PutOutcome refuse;                    // of every batch
  MetricPipeline pipeline;

 private:
  PutOutcome put(const SampleBatch& batch) {
    log_times.push_back(batch.log_time);
    for (const SampleBatch::Sample& sample : batch.samples) {
      values.push_back(fmt::format("{} {}", batch.hosts.at(sample.host).hostname, sample.value));
    }
    PutOutcome outcome = refuse;
    outcome.stored = batch.samples.size() - refuse.refused_hosts - refuse.refused_series;
    return outcome;
  }
};

LogEntry entry(int value, const std::string& host = "n01") {
  return {fmt::format("cpu_load,cluster=big,hostname={} value={}\n", host, value), kEpoch,
          "hpc-nats"};
}

TEST_CASE("samples and position arrive together, before the batch is settled") {
  MetricRoad road;
  CHECK_FALSE(road.source.position());
  RawBatch batch = make_batch({entry(1), entry(2, "n02"), {"bad\n", kEpoch, "hpc-nats"}});
  std::promise<std::uint64_t> seen;
  batch.settle = [&] { seen.set_value(road.store->snapshot()->position("EV")->sequence); };
  road.source.deliver(std::move(batch));
  CHECK(seen.get_future().get() == 3);
  CHECK(road.values == std::vector<std::string>{"n01 1", "n02 2"});
  CHECK(road.source.position()->sequence == 3);
  road.source.last_sequence = 10;
  CHECK(road.pipeline.status().position == 3);
  CHECK(road.pipeline.status().lag == 7);
  CHECK(road.metrics_have("jobledger_ingest_metric_messages_total 3"));
  CHECK(road.metrics_have("jobledger_ingest_metric_lines_total 3"));
  CHECK(road.metrics_have("jobledger_ingest_metric_samples_total 2"));
  CHECK(road.metrics_have(R"(jobledger_ingest_metric_refused_total{reason="syntax"} 1)"));
}

// With storage's own head, whose bound is a few bytes.
struct FullRoad : RoadEnds {
  FullRoad()
      : pipeline(Config(),
                 {{source, *store, *writer, telemetry}, test_clusters(), put_into_storage, 10}) {
    pipeline.start();
    settle(make_batch({entry(1)}));
  }
  ~FullRoad() {
    pipeline.stop();
    writer->stop();
  }
  std::shared_ptr<const storage::Snapshot> snapshot() const { return store->snapshot(); }
  void wait_until_held_up() const {
    while (pipeline.status().held_up != "metric_head_full") std::this_thread::yield();
  }

  MetricPipeline pipeline;
};

TEST_CASE("a head that is too full holds the log up until it was sealed") {
  FullRoad road;
  REQUIRE(road.snapshot()->metric_head().bytes > 10);
  auto delivered = std::async(std::launch::async, [&] { road.settle(make_batch({entry(2)}, 2)); });
  road.wait_until_held_up();
  CHECK(road.source.position()->sequence == 1);
  CHECK(road.metrics_have(R"(jobledger_ingest_held_up{log="metrics"} 1)"));
  const auto snapshot = road.snapshot();
  const storage::metrics::HostPtr& host = snapshot->metric_head().hosts.at(0);
  REQUIRE(road.writer
              ->run([&](storage::Update& update) -> Result<void> {
                const std::int64_t end = host->ticks.back()->slot + 1;
                CHECK(update.seal_ticks({host->number, end, host->ticks}, {}));
                return {};
              })
              .has_value());
  delivered.get();
  CHECK(road.source.position()->sequence == 2);
  CHECK(road.pipeline.status().held_up.empty());
  CHECK(road.metrics_have(R"(jobledger_ingest_held_up{log="metrics"} 0)"));
}

TEST_CASE("a log that is held up can be stopped") {
  FullRoad road;
  auto delivered =
      std::async(std::launch::async, [&] { road.source.deliver(make_batch({entry(2)}, 2)); });
  road.wait_until_held_up();
  road.pipeline.stop();
  delivered.get();
  CHECK(road.snapshot()->position("EV")->sequence == 1);
}

TEST_CASE("the position moves past messages without any sample") {
  MetricRoad road;
  road.settle(make_batch({{"# nothing\n", kEpoch, "hpc-nats"}, {"", kEpoch, "hpc-nats"}}, 5));
  CHECK(road.values.empty());
  CHECK(road.source.position()->sequence == 6);
}

TEST_CASE("what was delivered again is not put again, durable or not") {
  MetricRoad road;
  road.settle(make_batch({entry(1), entry(2)}, 1));
  road.settle(make_batch({entry(1), entry(2), entry(3)}, 1));
  road.settle(make_batch({entry(3)}, 3));
  CHECK(road.values == std::vector<std::string>{"n01 1", "n01 2", "n01 3"});
  CHECK(road.source.position()->sequence == 3);
  // While the first is not written yet.
  std::promise<void> release;
  road.hold_writer(release);
  road.source.deliver(make_batch({entry(4), entry(5)}, 4));
  road.source.deliver(make_batch({entry(5), entry(6)}, 5));
  release.set_value();
  road.settle(make_batch({entry(7)}, 7));
  CHECK(road.values.size() == 7);
  CHECK(road.values.back() == "n01 7");
  CHECK(road.metrics_have("jobledger_ingest_metric_repeated_messages_total 4"));
  CHECK(road.metrics_have("jobledger_ingest_metric_messages_total 7"));
}

TEST_CASE("a daemon that starts anew goes on behind the stored position") {
  MetricRoad road;
  storage::StreamPosition position{"EV", 1, 2};
  REQUIRE(road.writer
              ->run([&](storage::Update& update) -> Result<void> {
                update.set_position(position);
                return {};
              })
              .has_value());
  road.settle(make_batch({entry(1), entry(2), entry(3)}, 1));
  CHECK(road.values == std::vector<std::string>{"n01 3"});
}

TEST_CASE("a stream made anew is read from its beginning, and so is one that lost its end") {
  MetricRoad road;
  road.settle(make_batch({entry(1), entry(2)}, 1, 1));
  road.settle(make_batch({entry(3)}, 1, 2));
  CHECK(road.source.position()->created == 2);
  CHECK(road.source.position()->sequence == 1);
  road.settle(make_batch({entry(4)}, 9, 2));
  RawBatch rewound = make_batch({entry(5)}, 1, 2);
  rewound.epoch = 1;
  road.settle(std::move(rewound));
  CHECK(road.source.position()->sequence == 1);
  RawBatch further = make_batch({entry(5), entry(6)}, 1, 2);
  further.epoch = 1;
  road.settle(std::move(further));
  CHECK(road.values ==
        std::vector<std::string>{"n01 1", "n01 2", "n01 3", "n01 4", "n01 5", "n01 6"});
}

TEST_CASE("plain subjects have no position, and nothing of them is a repetition") {
  MetricRoad road;
  for (int round = 0; round < 2; ++round) {
    RawBatch batch = make_batch({entry(round)}, 1, 7, "");
    batch.durable = false;
    road.settle(std::move(batch));
  }
  CHECK(road.values == std::vector<std::string>{"n01 0", "n01 1"});
  CHECK_FALSE(road.store->snapshot()->position(""));
}

TEST_CASE("what storage refuses is counted, and stops nothing") {
  MetricRoad road;
  road.refuse.refused_hosts = 1;
  road.refuse.refused_series = 2;
  road.settle(make_batch({entry(1), entry(2), entry(3), entry(4)}, 1));
  CHECK(road.metrics_have("jobledger_ingest_metric_samples_total 1"));
  CHECK(road.metrics_have(R"(jobledger_ingest_metric_refused_total{reason="too_many_hosts"} 1)"));
  CHECK(road.metrics_have(R"(jobledger_ingest_metric_refused_total{reason="too_many_series"} 2)"));
  road.refuse = {};
  road.settle(make_batch({entry(5)}, 5));
  CHECK(road.values.back() == "n01 5");
  CHECK(road.source.position()->sequence == 5);
  const auto too_many = static_cast<std::size_t>(Refusal::too_many_series);
  CHECK(road.pipeline.status().refused[too_many] == 2);
  CHECK(road.pipeline.status().samples_per_second > 0);
  const UnmatchedReport report = road.pipeline.unmatched();
  REQUIRE(report.refused.size() == 2);
  CHECK(report.refused[0].name == "too_many_series");
}

// A sample of that time in a message that the broker took at another one.
LogEntry sample_of(std::int64_t time, std::int64_t sent) {
  return {fmt::format("cpu_load,cluster=big,hostname=n01 value=1 {}\n", time), sent, "hpc-nats"};
}

TEST_CASE("one message with a wrong broker time costs no sample and moves no log time") {
  constexpr std::int64_t kMonth = 30 * 86400;
  MetricRoad road;
  const auto clock = [&] { return road.store->snapshot()->log_clock("EV"); };
  road.settle(make_batch({sample_of(kEpoch, kEpoch)}));
  road.settle(make_batch({sample_of(kEpoch + 1, kEpoch + kMonth)}, 2));
  CHECK(clock().time == kEpoch);
  road.settle(make_batch({sample_of(kEpoch + 2, kEpoch + 2)}, 3));
  CHECK(clock() == storage::LogClock{kEpoch + 2, 0});
  CHECK(road.values.size() == 3);
  // After a time without messages each sample counts, and the log goes on.
  road.settle(make_batch({sample_of(kEpoch + kMonth, kEpoch + kMonth)}, 4));
  road.settle(make_batch({sample_of(kEpoch + kMonth + 9, kEpoch + kMonth + 9)}, 5));
  CHECK(road.values.size() == 5);
  CHECK(road.log_times ==
        std::vector<std::int64_t>{kEpoch, kEpoch, kEpoch + 2, kEpoch + 2, kEpoch + kMonth + 9});
  CHECK(clock() == storage::LogClock{kEpoch + kMonth + 9, 0});
}

TEST_CASE("names that nobody knows are reported, most frequent first") {
  Config config;
  config.limits.max_unmatched_names = 2;
  config.limits.max_unknown_names = 1;
  MetricRoad road(config);
  const auto line = [](const std::string& tags, const std::string& rest = " value=1\n") {
    return LogEntry{tags + rest, kEpoch, "hpc-nats"};
  };
  road.settle(
      make_batch({line("foo,cluster=big,hostname=n01"), line("bar,cluster=big,hostname=n01"),
                  line("cpu_load,cluster=tiny,hostname=n01")}));
  road.settle(
      make_batch({line("bar,cluster=big,hostname=n02"), line("baz,cluster=big,hostname=n01"),
                  line("cpu_load,cluster=big,hostname=q1"),
                  line("cpu_load,cluster=big,hostname=n01", " value=1 5\n")},
                 4));
  const UnmatchedReport report = road.pipeline.unmatched();
  CHECK(road.pipeline.status().unmatched == std::array<std::uint64_t, 4>{2, 1, 1, 1});
  REQUIRE(report.metrics.size() == 2);
  CHECK(report.metrics[0].name == "bar");
  CHECK(report.metrics[0].count == 2);
  CHECK(report.metrics[0].example == "bar,cluster=big,hostname=n02 value=1");
  CHECK(report.beyond == std::array<std::uint64_t, 4>{1, 0, 0, 0});
  CHECK(unmatched_json(report) ==
        R"({"metrics":[{"cluster":"big","name":"bar","count":2,"last_time":1700000000,)"
        R"("last_example":"bar,cluster=big,hostname=n02 value=1"},)"
        R"({"cluster":"big","name":"foo","count":1,"last_time":1700000000,)"
        R"("last_example":"foo,cluster=big,hostname=n01 value=1"}],)"
        R"("hosts":[{"cluster":"big","name":"q1","count":1,"last_time":1700000000,)"
        R"("last_example":"cpu_load,cluster=big,hostname=q1 value=1"}],)"
        R"("clusters":[{"name":"tiny","count":1,"last_time":1700000000,)"
        R"("last_example":"cpu_load,cluster=tiny,hostname=n01 value=1"}],)"
        R"("clocks":[{"cluster":"big","name":"n01","count":1,"last_time":1700000000,)"
        R"("last_example":"cpu_load,cluster=big,hostname=n01 value=1 5"}],)"
        R"("refused":[{"name":"late","count":1,"last_time":1700000000,)"
        R"("last_example":"cpu_load,cluster=big,hostname=n01 value=1 5"}],"members":[],)"
        R"("beyond":{"metrics":1,"hosts":0,"clusters":0,"clocks":0}})");
  CHECK(unmatched_json({}) ==
        R"({"metrics":[],"hosts":[],"clusters":[],"clocks":[],"refused":[],)"
        R"("members":[],"beyond":{"metrics":0,"hosts":0,"clusters":0,"clocks":0}})");
  const std::string family = "jobledger_ingest_metric_unmatched_lines_total";
  CHECK(road.metrics_have(family + R"({kind="metric",name="big/foo"} 1)"));
  CHECK(road.metrics_have(family + R"({kind="metric",name="other"} 3)"));
  CHECK(road.metrics_have(family + R"({kind="cluster",name="tiny"} 1)"));
  CHECK(road.metrics_have(family + R"({kind="host",name="big/q1"} 1)"));
  CHECK(road.metrics_have(family + R"({kind="clock",name="big/n01"} 1)"));
}

}  // namespace
}  // namespace jobledger::ingest
