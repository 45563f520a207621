// SPDX-License-Identifier: MIT
#include "sources/own_store.h"

#include "base/file.h"
#include "test/sources/measured_world.h"
#include "test/sources/source_fixture.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

namespace jobledger::sources {
namespace {

using namespace test;
using schema::MetricScope;
using storage::test::Measured;

TEST_CASE("elements stand in their order, whole ones or parts") {
  MeasuredWorld world(10);
  const MetricAnswer answer = world.read(
      world.query({{"m1", {0, 1, 2, 3, 6, 7}, {}, {}}}, {MetricScope::socket, MetricScope::core}));
  const auto ids = [&answer](MetricScope scope) {
    std::string out;
    for (const auto& series : answer.data.find("flops", scope)->series) out += *series.id;
    return out;
  };
  CHECK(ids(MetricScope::socket) == "01");
  CHECK(ids(MetricScope::core) == "0123");
  CHECK(find(answer, "flops", MetricScope::socket, "m1", "0")->data[5] == 1 + 2);
  CHECK(find(answer, "flops", MetricScope::socket, "m1", "1")->data[5] == 3 + 4 + 7 + 8);
}

TEST_CASE("a whole node is answered at every scope that its topology gives") {
  MeasuredWorld world(200);
  const MetricAnswer answer =
      world.read(world.query({whole("m1"), whole("m2")},
                             {MetricScope::node, MetricScope::socket, MetricScope::memory_domain,
                              MetricScope::core, MetricScope::hwthread}));
  CHECK(answer.failures.empty());
  const schema::Series* node = find(answer, "flops", MetricScope::node, "m1");
  REQUIRE(node != nullptr);
  CHECK_FALSE(node->id.has_value());
  CHECK(node->data.size() == 200);
  CHECK(node->data.front() == 36);
  CHECK(node->data.back() == 36);
  CHECK(node->statistics == schema::SeriesStatistics{36, 36, 36});
  CHECK(node->coverage == 1.0F);
  CHECK(find(answer, "flops", MetricScope::socket, "m1", "0")->data[5] == 1 + 2 + 5 + 6);
  CHECK(find(answer, "ipc", MetricScope::socket, "m1", "1")->data[5] == (3 + 4 + 7 + 8) / 4.0F);
  CHECK(find(answer, "flops", MetricScope::memory_domain, "m1", "3")->data[5] == 4 + 8);
  CHECK(find(answer, "flops", MetricScope::core, "m1", "2")->data[5] == 3 + 7);
  CHECK(find(answer, "flops", MetricScope::hwthread, "m1", "6")->data[5] == 7);
  CHECK(find(answer, "bw", MetricScope::node, "m1")->data[5] == 30);
  CHECK(find(answer, "bw", MetricScope::socket, "m1", "1")->data[5] == 20);
  CHECK(answer.data.find("bw", MetricScope::core) == nullptr);
  CHECK(find(answer, "load", MetricScope::node, "m2")->data[5] == 2);
  // Nobody said that accelerators count.
  CHECK(answer.data.find("power", MetricScope::node) == nullptr);
}

TEST_CASE("single elements over a very long time are the same as over their own") {
  MeasuredWorld world(200);
  // Threads 0 and 1: a part of each scope, so that elements are added up.
  MetricQuery query = world.query({{"m2", {0, 7}, {}, {}}},
                                  {MetricScope::node, MetricScope::core, MetricScope::hwthread});
  query.metrics = {"flops", "ipc"};
  const MetricAnswer own = world.read(query);
  constexpr std::int64_t kBefore = 4'000'000;
  query.from -= kBefore * 60;
  const MetricAnswer longer = world.read(query);
  CHECK(longer.failures.empty());
  REQUIRE(longer.data.metrics.size() == own.data.metrics.size());
  for (std::size_t m = 0; m < own.data.metrics.size(); ++m) {
    REQUIRE(longer.data.metrics[m].scopes.size() == own.data.metrics[m].scopes.size());
    for (std::size_t s = 0; s < own.data.metrics[m].scopes.size(); ++s) {
      const auto& wanted = own.data.metrics[m].scopes[s].series;
      const auto& found = longer.data.metrics[m].scopes[s].series;
      REQUIRE(found.size() == wanted.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].id == wanted[i].id);
        CHECK(found[i].statistics == wanted[i].statistics);
        REQUIRE(found[i].data.size() == kBefore + wanted[i].data.size());
        const auto tail = std::span(found[i].data).last(wanted[i].data.size());
        CHECK(std::equal(tail.begin(), tail.end(), wanted[i].data.begin(), [](float a, float b) {
          return a == b || (std::isnan(a) && std::isnan(b));
        }));
      }
    }
  }
  query.values = false;
  const MetricAnswer statistics = world.read(query);
  CHECK(text_of(statistics).size() < 10'000);
  CHECK(statistics.data.metrics[0].scopes[0].series[0].statistics ==
        own.data.metrics[0].scopes[0].series[0].statistics);
}

TEST_CASE("what is missing is told by the coverage, and the rest is added up") {
  MeasuredWorld world(200);
  const MetricAnswer answer =
      world.read(world.query({whole("m2")}, {MetricScope::node, MetricScope::core}));
  const schema::Series* node = find(answer, "flops", MetricScope::node, "m2");
  CHECK(node->data[4] == 36);
  CHECK(node->data[5] == 28);
  CHECK(*node->coverage == doctest::Approx(7.5 / 8));
  CHECK(node->statistics.avg == doctest::Approx(32));
  CHECK(find(answer, "ipc", MetricScope::node, "m2")->data[5] == 4);
  const schema::Series* core = find(answer, "flops", MetricScope::core, "m2", "3");
  CHECK(core->data[5] == 4);
  CHECK(*core->coverage == doctest::Approx(0.75));
}

TEST_CASE("on a shared node only the owned hardware counts") {
  MeasuredWorld world(200);
  const schema::Resource part{"m1", {0, 4, 1}, {"00:02.0"}, {}};
  const MetricAnswer answer =
      world.read(world.query({part}, {MetricScope::node, MetricScope::socket, MetricScope::core,
                                      MetricScope::accelerator}));
  CHECK(find(answer, "flops", MetricScope::node, "m1")->data[3] == 1 + 5 + 2);
  CHECK(find(answer, "flops", MetricScope::socket, "m1", "0")->data[3] == 1 + 5 + 2);
  CHECK(find(answer, "flops", MetricScope::socket, "m1", "1") == nullptr);
  CHECK(find(answer, "flops", MetricScope::core, "m1", "0")->data[3] == 6);
  CHECK(find(answer, "flops", MetricScope::core, "m1", "1")->data[3] == 2);
  CHECK(find(answer, "power", MetricScope::node, "m1")->data[3] == 200);
  CHECK(find(answer, "power", MetricScope::accelerator, "m1", "00:02.0")->data[3] == 200);
  CHECK(find(answer, "power", MetricScope::accelerator, "m1", "00:01.0") == nullptr);
  CHECK(find(answer, "load", MetricScope::node, "m1")->data[3] == 1);
}

TEST_CASE("views of nodes count every accelerator") {
  MeasuredWorld world(100);
  MetricQuery query = world.query({whole("m1")}, {MetricScope::node, MetricScope::accelerator});
  query.all_accelerators = true;
  const MetricAnswer answer = world.read(query);
  CHECK(find(answer, "power", MetricScope::node, "m1")->data[3] == 300);
  CHECK(find(answer, "power", MetricScope::accelerator, "m1", "00:01.0")->data[3] == 100);
}

// Nobody says how power is aggregated.
std::shared_ptr<const schema::Clusters> without_aggregation() {
  return with_metric("power", [](schema::MetricConfig& metric) {
    metric.aggregation = schema::Aggregation::none;
  });
}

TEST_CASE("several elements without an aggregation are an error, and answered where measured") {
  MeasuredWorld world(10);
  world.clusters = without_aggregation();
  std::vector<Measured> odd;
  for (int t = 0; t < 8; ++t) {
    odd.push_back({"m1", "odd", "hwthread", std::to_string(t), "", "", kBegin + 3, float(t)});
  }
  odd.push_back({"m3", "odd", "hwthread", "5", "", "", kBegin + 3, 7});
  storage::test::put(*world.store, odd, kBegin + 700);
  MetricQuery query =
      world.query({whole("m1"), whole("m2"), whole("m3")},
                  {MetricScope::node, MetricScope::hwthread, MetricScope::accelerator});
  query.metrics = {"odd", "power", "load"};
  query.all_accelerators = true;
  for (const bool values : {true, false}) {
    query.values = values;
    const MetricAnswer answer = world.read(query);
    REQUIRE(answer.failures.size() == 3);
    CHECK(answer.failures[0].metric == "odd");
    CHECK(answer.failures[0].hostname == "m1");
    CHECK(answer.failures[0].reason.find("no aggregation, so that 8") != std::string::npos);
    CHECK(answer.failures[1].metric == "power");  // of two accelerators
    CHECK(answer.failures[2].metric == "power");
    CHECK(answer.failures[2].hostname == "m2");
    CHECK(get(answer, "odd", MetricScope::hwthread, "m1", "3").statistics.max == 3);
    CHECK(get(answer, "odd", MetricScope::node, "m3").statistics.max == 7);  // it alone was sent
    CHECK(find(answer, "odd", MetricScope::node, "m1") == nullptr);
    CHECK(get(answer, "power", MetricScope::accelerator, "m1", "00:01.0").statistics.max == 100);
    CHECK(answer.data.find("power", MetricScope::node) == nullptr);
    CHECK(get(answer, "load", MetricScope::node, "m2").statistics.max == 2);
  }
  query.from += 30 * 60;  // nothing was sent any more: nothing is wrong
  CHECK(world.read(query).failures.empty());
}

TEST_CASE("a host that no sub-cluster lists is seen as a whole") {
  MeasuredWorld world(10);
  std::vector<Measured> samples;
  for (int t = 0; t < 8; ++t) {
    samples.push_back({"x1", "flops", "hwthread", std::to_string(t), "", "", kBegin + 3, 2});
    samples.push_back({"x1", "ipc", "hwthread", std::to_string(t), "", "", kBegin + 3, float(t)});
  }
  for (const char* socket : {"0", "1"})
    samples.push_back({"x1", "bw", "socket", socket, "", "", kBegin + 3, 10});
  for (const char* gpu : {"a", "b"})
    samples.push_back({"x1", "power", "accelerator", gpu, "", "", kBegin + 3, 100});
  samples.push_back({"x1", "load", "", "", "", "", kBegin + 3, 9});
  storage::test::put(*world.store, samples, kBegin + 700);
  MetricQuery query =
      world.query({whole("m1"), whole("x1")}, {MetricScope::node, MetricScope::core});
  query.sub_cluster = nullptr;
  query.all_accelerators = true;
  query.to = kBegin + 60;
  const MetricAnswer answer = world.read(query);
  CHECK(answer.failures.empty());
  const auto node = [&](const char* metric) -> const schema::Series& {
    return get(answer, metric, MetricScope::node, "x1");
  };
  CHECK(node("flops").data == std::vector<float>{16});
  CHECK(node("flops").coverage == 1.0F);
  CHECK(node("ipc").data == std::vector<float>{3.5F});
  CHECK(node("bw").data == std::vector<float>{20});
  CHECK(node("power").data == std::vector<float>{200});
  CHECK(node("load").data == std::vector<float>{9});
  CHECK(find(answer, "flops", MetricScope::core, "x1", "0") == nullptr);
  CHECK(get(answer, "flops", MetricScope::node, "m1").data == std::vector<float>{36});
}

TEST_CASE("statistics alone are those of the values") {
  MeasuredWorld world(200);
  const schema::Resource part{"m2", {2, 3, 6, 7}, {"00:01.0"}, {}};
  for (const schema::Resource& host : {whole("m2"), part}) {
    for (const auto& [from, to] : {std::pair{0, 200}, {17, 150}, {190, 260}}) {
      MetricQuery query = world.query({host}, {MetricScope::node, MetricScope::core});
      query.from = kBegin + from * 60;
      query.to = kBegin + to * 60;
      const MetricAnswer values = world.read(query);
      query.values = false;
      const MetricAnswer bare = world.read(query);
      REQUIRE(values.data.metrics.size() == bare.data.metrics.size());
      for (const schema::MetricSamples& metric : values.data.metrics) {
        for (const schema::ScopedMetric& scoped : metric.scopes) {
          const auto* other = bare.data.find(metric.name, scoped.scope);
          REQUIRE(other != nullptr);
          REQUIRE(other->series.size() == scoped.series.size());
          for (std::size_t i = 0; i < scoped.series.size(); ++i) {
            CHECK(other->series[i].statistics == scoped.series[i].statistics);
            CHECK(other->series[i].data.empty());
            CHECK(*other->series[i].coverage ==
                  doctest::Approx(*scoped.series[i].coverage).epsilon(0.02));
          }
        }
      }
    }
  }
}

TEST_CASE("hosts side by side answer as one after the other, in the order asked") {
  MeasuredWorld world(100);
  const MetricQuery query =
      world.query({whole("m2"), whole("m3"), whole("m1")}, {MetricScope::node});
  const auto snapshot = world.store->snapshot();
  OwnStore source(world.clusters);
  ReadContext context;
  context.snapshot = snapshot.get();
  context.each = [](std::size_t count, const std::function<void(std::size_t)>& work) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
  };
  const auto answer = source.read(query, context);
  REQUIRE(answer.has_value());
  const auto& series = answer->data.find("load", MetricScope::node)->series;
  REQUIRE(series.size() == 2);
  CHECK(series[0].hostname == "m2");
  CHECK(series[1].hostname == "m1");
}

TEST_CASE("a reader who leaves ends the reading") {
  MeasuredWorld world(10);
  const std::atomic<bool> left = true;
  const auto snapshot = world.store->snapshot();
  OwnStore source(world.clusters);
  ReadContext context;
  context.snapshot = snapshot.get();
  context.stop.flag = &left;
  const auto answer = source.read(world.query({whole("m1")}, {MetricScope::node}), context);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().kind == ErrorKind::cancelled);
}

TEST_CASE("a host is full, partial or failed by what it sent last") {
  MeasuredWorld world(100);
  const auto snapshot = world.store->snapshot();
  OwnStore source(world.clusters);
  ReadContext context;
  context.snapshot = snapshot.get();
  HealthQuery query;
  query.cluster = world.clusters->find("big");
  query.hostnames = {"m1", "m9", "unknown"};
  query.metrics = {"load", "flops", "power"};
  query.now = kBegin + 100 * 60;
  auto health = *source.health(query, context);
  CHECK(health[0].state == schema::MonitoringState::full);
  CHECK(health[1].state == schema::MonitoringState::failed);
  CHECK(health[1].missing.size() == 3);
  query.metrics.emplace_back("odd");
  health = *source.health(query, context);
  CHECK(health[0].state == schema::MonitoringState::partial);
  CHECK(health[0].missing == std::vector<std::string>{"odd"});
  query.now += 6 * 60;
  health = *source.health(query, context);
  CHECK(health[0].state == schema::MonitoringState::failed);
  CHECK(health[0].degraded == std::vector<std::string>{"load", "flops", "power"});
  CHECK(*source.hosts("big", kBegin, kBegin + 60, context) == std::vector<std::string>{"m1", "m2"});
  CHECK(source.hosts("big", kBegin + 200 * 60, kBegin + 300 * 60, context)->empty());
}

TEST_CASE("hosts are those that sent in the time; of what is sealed when they began is not known") {
  MeasuredWorld world(100);  // of which the first 64 are sealed, or more
  storage::test::put(*world.store, {{"m3", "load", "", "", "", "", kBegin + 100 * 60, 1}},
                     kBegin + 100 * 60);
  const auto snapshot = world.store->snapshot();
  OwnStore source(world.clusters);
  ReadContext context;
  context.snapshot = snapshot.get();
  const auto hosts = [&](int from, int to) {
    return *source.hosts("big", kBegin + from * 60, kBegin + to * 60, context);
  };
  using Names = std::vector<std::string>;
  CHECK(hosts(0, 100) == Names{"m1", "m2"});
  CHECK(hosts(0, 101) == Names{"m1", "m2", "m3"});
  CHECK(hosts(100, 101) == Names{"m3"});
  CHECK(hosts(-100, -50) == Names{"m1", "m2"});
}

TEST_CASE("one dead accelerator degrades its metric, one silent thread does not") {
  MeasuredWorld world(100);
  std::vector<Measured> more;
  for (int n = 100; n < 110; ++n) {
    const std::int64_t time = kBegin + n * 60 + 3;
    more.push_back({"m1", "power", "accelerator", "00:01.0", "", "", time, 1});
    more.push_back({"m1", "flops", "hwthread", "0", "", "", time, 1});
  }
  storage::test::put(*world.store, more, kBegin + 110 * 60);
  const auto snapshot = world.store->snapshot();
  OwnStore source(world.clusters);
  ReadContext context;
  context.snapshot = snapshot.get();
  HealthQuery query;
  query.cluster = world.clusters->find("big");
  query.hostnames = {"m1"};
  query.metrics = {"flops", "power"};
  query.now = kBegin + 110 * 60;
  const auto health = *source.health(query, context);
  CHECK(health[0].state == schema::MonitoringState::partial);
  CHECK(health[0].degraded == std::vector<std::string>{"power"});
}

TEST_CASE("accelerators count as the topology names them: one that never sent, none besides") {
  storage::TestStore store;
  const auto clusters = test::known_clusters();
  const auto state_of = [&] {
    const auto snapshot = store->snapshot();
    OwnStore source(clusters);
    ReadContext context;
    context.snapshot = snapshot.get();
    HealthQuery query;
    query.cluster = clusters->find("big");
    query.hostnames = {"m1"};
    query.metrics = {"power"};
    query.now = kBegin + 600;
    return source.health(query, context)->at(0).state;
  };
  std::vector<Measured> samples;
  const auto send = [&](const std::string& id, const std::string& part, std::int64_t time) {
    samples.push_back({"m1", "power", "accelerator", id, part.empty() ? "" : "mig", part, time, 1});
    storage::test::put(*store, {samples.back()}, kBegin + 600);
  };
  send("00:01.0", "", kBegin + 590);
  CHECK(state_of() == schema::MonitoringState::failed);  // the second one is silent
  send("00:02.0", "", kBegin + 590);
  CHECK(state_of() == schema::MonitoringState::full);
  // One that was replaced long ago, and a part that is no more.
  send("00:09.0", "", kBegin);
  send("00:01.0", "uuid", kBegin);
  CHECK(state_of() == schema::MonitoringState::full);
}

// One byte of the first block of each table of sealed samples, which name their family, is another.
void damage_blocks(const std::filesystem::path& folder) {
  int damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".sst") continue;
    auto bytes = read_file(entry.path(), std::size_t{64} << 20);
    REQUIRE(bytes.has_value());
    if (bytes->find("metrics_") == std::string::npos) continue;
    (*bytes)[30] = static_cast<char>((*bytes)[30] ^ '\xff');
    REQUIRE(write_file(entry.path(), *bytes, false).has_value());
    ++damaged;
  }
  REQUIRE(damaged > 0);
}

TEST_CASE("blocks that cannot be read are told with metric, host and reason") {
  MeasuredWorld world(200);
  world.store.reopen();  // into tables
  const MetricQuery query = world.query({whole("m1")}, {MetricScope::node});
  CHECK(world.read(query).failures.empty());
  world.store.close();
  damage_blocks(world.store.config().path);
  world.store.reopen();
  const MetricAnswer answer = world.read(query);
  REQUIRE_FALSE(answer.failures.empty());
  CHECK(answer.failures[0].metric == "load");
  CHECK(answer.failures[0].hostname == "m1");
  CHECK(answer.failures[0].reason.find("cannot be read") != std::string::npos);
  // What was not on the bad place is there.
  CHECK(get(answer, "load", MetricScope::node, "m1").statistics.avg == 1);
}

}  // namespace
}  // namespace jobledger::sources
