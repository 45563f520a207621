// SPDX-License-Identifier: MIT
// Metrics on the whole road with a real broker and a real store for the position. Samples are kept
// by the test, in storage's place: what was put twice or not at all shows.
#include "storage/metric_reader.h"
#include "test/integration/ingest_daemon.h"
#include "test/integration/nats_server.h"
#include "test/integration/other_client.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace jobledger::ingest {
namespace {

using test::IngestDaemon;
using test::NatsServer;
using test::OtherClient;
using test::wait_until;

constexpr int kLines = 50;  // of one message

// Samples that reached the storage, over restarts of the daemon.
class Shelf {
 public:
  PutSamples put() {
    return [this](storage::Update&, const storage::metrics::SampleBatch& batch) {
      std::lock_guard lock(mutex_);
      for (const auto& sample : batch.samples) {
        const auto at = static_cast<std::size_t>(sample.value);
        if (seen_.size() <= at) seen_.resize(at + 1);
        ++seen_[at];
      }
      storage::metrics::PutOutcome outcome;
      outcome.stored = batch.samples.size();
      return outcome;
    };
  }
  // Whether each of the values from `from` to `to` - 1 is there at least once.
  bool has_each(int from, int to) {
    std::lock_guard lock(mutex_);
    if (seen_.size() < static_cast<std::size_t>(to)) return false;
    return std::all_of(seen_.begin() + from, seen_.begin() + to,
                       [](int times) { return times > 0; });
  }
  // Whether each of the first `count` values is there once, and no other.
  bool has_each_once(int count) {
    std::lock_guard lock(mutex_);
    return seen_ == std::vector<int>(static_cast<std::size_t>(count), 1);
  }

 private:
  std::mutex mutex_;
  std::vector<int> seen_;  // how often, by value
};

class MetricDaemon : public IngestDaemon {
 public:
  MetricDaemon(const NatsServer& server, Shelf& shelf)
      : IngestDaemon(
            server, [](Config& config) { config.metrics.batch_bytes = 64u << 10; }, shelf.put()) {
    start();
  }

  void wait_mode(SourceMode mode) {
    wait_until("mode", [&] { return ingest().metric_status()->source.mode == mode; });
  }
};

// Messages with the values from `from` to `to` - 1, as agents send them.
void publish(OtherClient& other, int from, int to) {
  for (int first = from; first < to; first += kLines) {
    std::string message;
    for (int value = first; value < std::min(first + kLines, to); ++value) {
      message +=
          fmt::format("cpu_load,cluster=big,hostname=n{:02},type=hwthread,type-id={} value={}\n",
                      1 + value % 40, value % 72, value);
    }
    other.publish("hpc-nats", message);
  }
  other.flush();
}

TEST_CASE("published samples arrive once, over restarts of everything") {
  NatsServer server;
  Shelf shelf;
  MetricDaemon daemon(server, shelf);
  daemon.wait_mode(SourceMode::following);
  {
    OtherClient other(server);
    publish(other, 0, 20'000);
  }
  wait_until("the first samples", [&] { return shelf.has_each_once(20'000); });
  daemon.stop();
  {
    OtherClient other(server);
    publish(other, 20'000, 40'000);
    other.wait_stored("JOBLEDGER_METRICS", 40'000 / kLines);
  }
  server.stop(SIGKILL);
  daemon.start();
  server.start();
  wait_until("what came while we were away", [&] { return shelf.has_each_once(40'000); });
  wait_until("no lag", [&] {
    const Status status = daemon.ingest().metric_status().value();
    return status.position == 40'000 / kLines && status.lag == 0;
  });
  CHECK(daemon.ingest().status().position == 0);
  const std::string metrics = daemon.metrics();
  CHECK(metrics.find("jobledger_ingest_metric_samples_total 40000\n") != std::string::npos);
}

TEST_CASE("what was published reads back from the store, over restarts of everything") {
  constexpr std::int64_t kStep = 60, kTicks = 40;
  constexpr int kHosts = 20;
  const std::int64_t begin = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                     .count() /
                                 kStep * kStep -
                             kTicks * kStep;
  const auto value = [](std::int64_t tick, int host) {
    return static_cast<double>(tick * 100 + host) + 0.125;
  };
  const auto publish_ticks = [&](OtherClient& other, std::int64_t from, std::int64_t to) {
    for (std::int64_t tick = from; tick < to; ++tick) {
      std::string message;
      for (int host = 0; host < kHosts; ++host) {
        message +=
            fmt::format("cpu_load,cluster=big,hostname=n{:02},type=core,type-id=1 value={} {}\n",
                        host + 1, value(tick, host), begin + tick * kStep + 7);
      }
      other.publish("hpc-nats", message);
    }
    other.flush();
  };
  NatsServer server;
  IngestDaemon daemon(server, [](Config&) {});
  daemon.start();
  const auto wait_position = [&](std::uint64_t position) {
    wait_until("position", [&] {
      return daemon.ingest().metric_status()->position == position &&
             daemon.ingest().metrics_caught_up();
    });
  };
  wait_until("following", [&] { return daemon.ingest().metrics_caught_up(); });
  {
    OtherClient other(server);
    publish_ticks(other, 0, 20);
  }
  wait_position(20);
  daemon.stop();
  {
    OtherClient other(server);
    publish_ticks(other, 20, kTicks);
  }
  server.stop(SIGKILL);
  daemon.start();
  CHECK_FALSE(daemon.ingest().metrics_caught_up());
  server.start();
  wait_position(kTicks);
  CHECK(daemon.metrics().find(fmt::format("jobledger_ingest_metric_samples_total {}\n",
                                          kTicks * kHosts)) != std::string::npos);
  const auto clusters = test_clusters()();
  const auto snapshot = daemon.store().snapshot();
  auto reader = storage::MetricReader::open(
      *snapshot, *clusters, {begin, begin + kTicks * kStep, static_cast<std::int32_t>(kStep)});
  REQUIRE(reader.has_value());
  for (int host = 0; host < kHosts; ++host) {
    const std::string name = fmt::format("n{:02}", host + 1);
    const auto series = reader->read_elements({"big", name}, "cpu_load", {});
    REQUIRE(series.size() == 1);
    CHECK(series[0].element.type == "core");
    CHECK(series[0].element.id == "1");
    REQUIRE(series[0].values.size() == kTicks);
    for (std::int64_t tick = 0; tick < kTicks; ++tick) {
      REQUIRE(static_cast<double>(series[0].values[static_cast<std::size_t>(tick)]) ==
              value(tick, host));
    }
  }
}

TEST_CASE("somebody takes the consumer away again and again: nothing is lost or read twice") {
  NatsServer server;
  Shelf shelf;
  MetricDaemon daemon(server, shelf);
  daemon.wait_mode(SourceMode::following);
  OtherClient other(server);
  for (int round = 0; round < 5; ++round) {
    publish(other, round * 4000, round * 4000 + 4000);
    other.request("$JS.API.CONSUMER.DELETE.JOBLEDGER_METRICS.jobledger");
  }
  wait_until("all samples", [&] { return shelf.has_each_once(20'000); });
}

TEST_CASE("the stream is made anew while we are away") {
  NatsServer server;
  Shelf shelf;
  MetricDaemon daemon(server, shelf);
  daemon.wait_mode(SourceMode::following);
  OtherClient other(server);
  publish(other, 0, 1000);
  wait_until("the first samples", [&] { return shelf.has_each_once(1000); });
  daemon.stop();
  other.request("$JS.API.STREAM.DELETE.JOBLEDGER_METRICS");
  other.request("$JS.API.STREAM.CREATE.JOBLEDGER_METRICS",
                R"({"name":"JOBLEDGER_METRICS","storage":"file","subjects":["hpc-nats"]})");
  publish(other, 1000, 5000);
  daemon.start();
  wait_until("the other samples", [&] { return shelf.has_each_once(5000); });
}

TEST_CASE("a broker that lost its tail: the samples that took the numbers arrive") {
  NatsServer server;
  Shelf shelf;
  MetricDaemon daemon(server, shelf);
  daemon.wait_mode(SourceMode::following);
  const auto publish_some = [&](int from, int to) {
    OtherClient other(server);
    publish(other, from, to);
  };
  publish_some(0, 1500);
  wait_until("the first samples", [&] { return shelf.has_each(0, 1500); });
  server.stop(SIGTERM);
  server.keep_data();
  server.start();
  publish_some(1500, 4000);
  wait_until("those that are lost", [&] { return shelf.has_each(1500, 4000); });
  server.stop(SIGKILL);
  server.restore_data();
  server.start();
  publish_some(4000, 7000);
  wait_until("those that took their numbers", [&] { return shelf.has_each(4000, 7000); });
  wait_until("no lag", [&] {
    const Status status = daemon.ingest().metric_status().value();
    return status.position == (1500 + 3000) / kLines && status.lag == 0;
  });
  CHECK(daemon.ingest().metric_status()->source.rewinds == 1);
  wait_until("the gauge", [&] {
    return daemon.metrics().find("jobledger_ingest_rewinds{log=\"metrics\"} 1") !=
           std::string::npos;
  });
}

TEST_CASE("a broker without JetStream: metrics arrive while somebody listens") {
  NatsServer server(false);
  Shelf shelf;
  MetricDaemon daemon(server, shelf);
  daemon.wait_mode(SourceMode::plain);
  OtherClient other(server);
  publish(other, 0, 2000);
  wait_until("the samples", [&] { return shelf.has_each_once(2000); });
  CHECK(daemon.ingest().metric_status()->position == 0);
}

TEST_CASE("without subjects the stream of metrics is left alone") {
  NatsServer server;
  Shelf shelf;
  IngestDaemon daemon(
      server, [](Config& config) { config.metrics.subjects = {}; }, shelf.put());
  daemon.start();
  wait_until("following",
             [&] { return daemon.ingest().status().source.mode == SourceMode::following; });
  CHECK_FALSE(daemon.ingest().metric_status().has_value());
  CHECK(daemon.ingest().unmatched().metrics.empty());
  OtherClient other(server);
  CHECK(other.link().find_stream("JOBLEDGER_METRICS").answer == Answer::not_found);
}

}  // namespace
}  // namespace jobledger::ingest
