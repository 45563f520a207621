// SPDX-License-Identifier: MIT
// By what the health of nodes is judged when they report.
#include "ingest/applier.h"
#include "test/ingest/support.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::ingest {
namespace {

using schema::MonitoringState;

// All metrics that a node of `main` should send, at that time.
void send_metrics(storage::Store& store, std::int64_t time, const char* host = "n01") {
  storage::metrics::SampleBatch batch;
  for (const char* name : {"cpu_load", "mem_used", "node_power"}) {
    batch.metrics.push_back({"big", name, 60});
  }
  batch.hosts.push_back({"big", host});
  batch.elements.emplace_back();
  for (std::uint32_t metric = 0; metric < 3; ++metric) {
    batch.samples.push_back({metric, 0, 0, 1, time});
  }
  batch.log_time = time;
  storage::Update update = store.begin_update();
  REQUIRE(update.put_samples(batch).stored == 3);
  REQUIRE(store.commit(update, false).has_value());
}

LogEntry report(std::int64_t time, const std::string& state = "idle") {
  std::string nodes;
  for (const char* host : {"n01", "n02", "g1", "z9"}) {
    nodes += nodes.empty() ? "" : ",";
    nodes += R"({"hostname":")" + std::string(host) + R"(","states":[")" + state + R"("]})";
  }
  return {node_line(R"({"cluster":"big","nodes":[)" + nodes + "]}"), time, "cc.node.state"};
}

std::map<std::string, MonitoringState> health(Bench& bench) {
  std::map<std::string, MonitoringState> states;
  for (const auto& node : bench.store().snapshot()->nodes()) {
    states[node.hostname] = node.health_state;
  }
  return states;
}

using States = std::map<std::string, MonitoringState>;
constexpr auto kFull = MonitoringState::full, kPartial = MonitoringState::partial,
               kFailed = MonitoringState::failed;

TEST_CASE("a node is full while it sends, and failed when it fell silent") {
  Bench bench({}, {test_clusters(), {}, {}});
  send_metrics(bench.store(), kEpoch);
  bench.apply({report(kEpoch + 60)});
  CHECK(health(bench) ==
        States{{"n01", kFull}, {"n02", kFailed}, {"g1", kFailed}, {"z9", kFailed}});
  send_metrics(bench.store(), kEpoch + 540, "n02");
  bench.apply({report(kEpoch + 600)});
  CHECK(health(bench) ==
        States{{"n01", kFailed}, {"n02", kFull}, {"g1", kFailed}, {"z9", kFailed}});
}

TEST_CASE("while the log of metrics is behind, nodes are judged by its time") {
  bool caught_up = false;
  Bench bench({}, {test_clusters(), {}, [&] { return caught_up; }});
  // We were away for ten minutes; the reports of that time come at once, the metrics lag.
  send_metrics(bench.store(), kEpoch);
  bench.apply({report(kEpoch + 600)});
  CHECK(health(bench).at("n01") == kFull);
  CHECK(health(bench).at("n02") == kFailed);
  send_metrics(bench.store(), kEpoch + 540, "n02");
  bench.apply({report(kEpoch + 601)});
  CHECK(health(bench).at("n01") == kFailed);
  // All metrics were read and there are none: everybody fell silent.
  caught_up = true;
  bench.apply({report(kEpoch + 1200)});
  CHECK(health(bench).at("n02") == kFailed);
}

TEST_CASE("metrics that are ahead of the reports do not make nodes older") {
  Bench bench({}, {test_clusters(), {}, [] { return false; }});
  send_metrics(bench.store(), kEpoch);
  send_metrics(bench.store(), kEpoch + 6000, "n02");
  bench.apply({report(kEpoch + 60)});
  CHECK(health(bench).at("n01") == kFull);
}

TEST_CASE("nodes whose samples are elsewhere are what that store says, others are judged by ours") {
  std::vector<std::string> asked;
  const HealthElsewhere elsewhere = [&](std::string_view cluster, std::string_view sub_cluster,
                                        std::string_view host) -> std::optional<MonitoringState> {
    asked.push_back(std::string(cluster) + " " + std::string(sub_cluster) + " " +
                    std::string(host));
    if (sub_cluster == "gpu") return kPartial;
    return std::nullopt;
  };
  for (const bool we_measure : {true, false}) {
    CAPTURE(we_measure);
    Bench bench({}, {we_measure ? test_clusters() : ClustersNow(), elsewhere, {}});
    send_metrics(bench.store(), kEpoch);
    asked.clear();
    bench.apply({report(kEpoch + 60)});
    CHECK(asked == std::vector<std::string>{"big main n01", "big main n02", "big gpu g1"});
    CHECK(health(bench) == States{{"n01", we_measure ? kFull : kFailed},
                                  {"n02", kFailed},
                                  {"g1", kPartial},
                                  {"z9", kFailed}});
    bench.apply({report(kEpoch + 70, "down")});
    CHECK(health(bench).at("g1") == kFull);
    CHECK(asked.size() == 3);
  }
}

}  // namespace
}  // namespace jobledger::ingest
