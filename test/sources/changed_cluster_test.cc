// SPDX-License-Identifier: MIT
// Our own store after cluster.json changed: by one mapping, and what the file does not explain as
// it was sent.
#include "sources/own_store.h"
#include "test/sources/measured_world.h"
#include "test/sources/source_fixture.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

namespace jobledger::sources {
namespace {

using namespace test;

// Samples of a metric that measures every `timestep` seconds.
void put_every(storage::Store& store, std::int32_t timestep, std::int64_t from, int count) {
  storage::metrics::SampleBatch batch;
  batch.metrics = {{"big", "load", timestep}};
  batch.hosts = {{"big", "m1"}};
  batch.elements = {{}};
  for (int i = 0; i < count; ++i)
    batch.samples.push_back({0, 0, 0, static_cast<float>(1000 + i), from + i * timestep + 3});
  batch.log_time = from + count * timestep;
  storage::Update update = store.begin_update();
  CHECK(update.put_samples(batch).stored == static_cast<std::uint64_t>(count));
  REQUIRE(store.commit(update));
}

TEST_CASE("sealed and open windows answer by one topology, the present one") {
  MeasuredWorld world(200);
  world.clusters = changed([](Metrics&) {},
                           [](schema::SubCluster& sub) {
                             auto& sockets = *sub.topology.socket;
                             std::swap(sockets[0], sockets[1]);
                           });
  for (const bool values : {true, false}) {
    MetricQuery query = world.query({whole("m1")}, {MetricScope::node, MetricScope::socket});
    query.values = values;
    const MetricAnswer answer = world.read(query);
    CHECK(answer.failures.empty());
    CHECK(answer.notes.empty());
    const auto& socket = get(answer, "flops", MetricScope::socket, "m1", "0");
    CHECK(socket.statistics == schema::SeriesStatistics{22, 22, 22});
    CHECK(socket.coverage == 1.0F);
    CHECK(get(answer, "flops", MetricScope::node, "m1").statistics.max == 36);
    if (values) CHECK(socket.data == std::vector<float>(200, 3 + 4 + 7 + 8));
  }
}

TEST_CASE("sealed and open windows answer by one aggregation, the present one") {
  MeasuredWorld world(200);
  world.clusters = with_metric(
      "flops", [](schema::MetricConfig& metric) { metric.aggregation = schema::Aggregation::avg; });
  const MetricAnswer answer = world.read(world.query({whole("m1")}, {MetricScope::node}));
  CHECK(get(answer, "flops", MetricScope::node, "m1").data == std::vector<float>(200, 4.5F));
  CHECK(get(answer, "bw", MetricScope::node, "m1").data == std::vector<float>(200, 30));
}

TEST_CASE("a job's own sub-cluster counts for its hosts wherever they are listed by now") {
  MeasuredWorld world(200);
  schema::Cluster big = *world.clusters->find("big");
  schema::SubCluster other = big.sub_clusters.front();
  other.name = "other";
  std::swap((*other.topology.socket)[0], (*other.topology.socket)[1]);
  big.sub_clusters.front().node_list = {};  // main lists nobody any more
  big.sub_clusters.push_back(other);
  world.clusters = std::make_shared<const schema::Clusters>(std::vector<schema::Cluster>{big});
  MetricQuery query = world.query({whole("m1")}, {MetricScope::socket});
  const auto socket = [&](const MetricAnswer& answer) {
    return get(answer, "flops", MetricScope::socket, "m1", "0").data;
  };
  CHECK(socket(world.read(query)) == std::vector<float>(200, 14));
  query.sub_cluster = nullptr;
  CHECK(socket(world.read(query)) == std::vector<float>(200, 22));
}

TEST_CASE("metrics that are not configured any more come as they were sent, and are noted") {
  MeasuredWorld world(200);
  world.clusters = changed(
      [](Metrics& metrics) {
        std::erase_if(metrics, [](const schema::MetricConfig& metric) {
          return metric.name == "load" || metric.name == "flops";
        });
      },
      [](schema::SubCluster&) {});
  MetricQuery query =
      world.query({whole("m1"), {"m2", {1, 5}, {}, {}}}, {MetricScope::node, MetricScope::core});
  query.metrics = {"ipc"};
  CHECK(world.read(query).data.metrics.size() == 1);
  query.as_sent = true;
  const MetricAnswer answer = world.read(query);
  CHECK(answer.failures.empty());
  CHECK(get(answer, "load", MetricScope::node, "m1").data == std::vector<float>(200, 1));
  CHECK(get(answer, "flops", MetricScope::hwthread, "m1", "6").data == std::vector<float>(200, 7));
  CHECK(find(answer, "flops", MetricScope::hwthread, "m2", "5") != nullptr);
  CHECK(find(answer, "flops", MetricScope::hwthread, "m2", "6") == nullptr);  // of another job
  CHECK(answer.data.find("flops", MetricScope::node) == nullptr);
  CHECK(answer.data.find("load", MetricScope::node)->timestep == 60);
  REQUIRE(answer.notes.size() == 2);
  CHECK(answer.notes[0].text.find("does not have it any more") != std::string::npos);
  query.from += 400 * 60;
  query.to += 400 * 60;
  CHECK(world.read(query).notes.empty());  // nothing was sent any more
}

TEST_CASE("elements that the topology does not have come as they were sent, and are noted") {
  MeasuredWorld world(200);
  world.clusters = changed([](Metrics&) {},
                           [](schema::SubCluster& sub) {
                             sub.topology.node = {{0, 1, 2, 3, 4, 5}};
                             sub.topology.socket = {{{0, 1, 4, 5}, {2, 3}}};
                             sub.topology.core = {{{0, 4}, {1, 5}, {2}, {3}}};
                             sub.topology.memory_domain = {{{0, 4}, {1, 5}, {2}, {3}}};
                           });
  MetricQuery query = world.query({whole("m1")}, {MetricScope::node, MetricScope::core});
  const MetricAnswer plain = world.read(query);
  CHECK(plain.data.find("flops", MetricScope::hwthread) == nullptr);
  query.all_elements = true;
  const MetricAnswer answer = world.read(query);
  CHECK(get(answer, "flops", MetricScope::hwthread, "m1", "6").data == std::vector<float>(200, 7));
  CHECK(get(answer, "flops", MetricScope::hwthread, "m1", "7").data == std::vector<float>(200, 8));
  CHECK(find(answer, "flops", MetricScope::hwthread, "m1", "5") == nullptr);
  CHECK(get(answer, "flops", MetricScope::core, "m1", "2").data == std::vector<float>(200, 3));
  REQUIRE(answer.notes.size() == 2);  // flops and ipc
  CHECK(answer.notes[0].text.find("hwthread 6,7 of m1 are not in the topology") == 0);
}

TEST_CASE("no sample is lost where the time step changed, to a finer or a coarser one") {
  for (const bool finer : {true, false}) {
    CAPTURE(finer);
    MeasuredWorld world(100);
    const std::int32_t after = finer ? 20 : 180, grid = finer ? 20 : 60;
    put_every(*world.store, after, kBegin + 100 * 60, 30);
    world.clusters =
        with_metric("load", [&](schema::MetricConfig& metric) { metric.timestep = after; });
    MetricQuery query = world.query({whole("m1"), whole("m2")}, {MetricScope::node});
    query.metrics = {"load"};
    const MetricAnswer answer = world.read(query);
    CHECK(answer.failures.empty());
    CHECK(answer.data.find("load", MetricScope::node)->timestep == grid);
    const auto& data = get(answer, "load", MetricScope::node, "m1").data;
    CHECK(data.size() == static_cast<std::size_t>(200 * 60 / grid));
    const auto is = [&data](float value) { return std::count(data.begin(), data.end(), value); };
    CHECK(is(1) == 100);
    for (int i = 0; i < 30; ++i) CHECK(is(static_cast<float>(1000 + i)) == 1);
    CHECK(std::count_if(data.begin(), data.end(), [](float v) { return std::isfinite(v); }) == 130);
    REQUIRE(answer.notes.size() == 1);
    CHECK(answer.notes[0].text.find("though cluster.json says") != std::string::npos);
    query.to = kBegin + 90 * 60;  // before the change nothing is unusual but the present file
    CHECK(world.read(query).data.find("load", MetricScope::node)->timestep == 60);
  }
}

}  // namespace
}  // namespace jobledger::sources
