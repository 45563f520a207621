// SPDX-License-Identifier: MIT
#include "sources/cc_metric_store.h"

#include "base/file.h"
#include "sources/cc_protocol.h"
#include "test/sources/fake_metric_store.h"
#include "test/sources/source_fixture.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

namespace jobledger::sources {
namespace {

using namespace test;
using jobledger::test::FakeMetricStore;
using jobledger::test::HttpAnswer;
using jobledger::test::HttpRequest;
using jobledger::test::HttpServer;
using schema::MetricScope;

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
constexpr int kStoreTicks = 10;

std::vector<double> constant(double value, int ticks = kStoreTicks) {
  return std::vector<double>(static_cast<std::size_t>(ticks), value);
}

// A store with what hosts m1 and m2 sent: flops of thread t is t + 1, ipc the same, bw of socket s
// 10 (s + 1), load the host's number.
class Remote {
 public:
  Remote() {
    store.metrics = {{"load", {60, "avg"}}, {"flops", {60, "sum"}}, {"ipc", {60, "avg"}},
                     {"bw", {60, "sum"}},   {"odd", {60, ""}},      {"power", {60, "sum"}},
                     {"slow", {120, "avg"}}};
    for (const int h : {1, 2}) {
      const std::string host = "m" + std::to_string(h);
      store.put(host, "", "load", kBegin + 3, constant(h));
      for (int t = 0; t < 8; ++t) {
        const std::string level = "hwthread" + std::to_string(t);
        store.put(host, level, "flops", kBegin + 3, constant(t + 1));
        store.put(host, level, "ipc", kBegin + 3, constant(t + 1));
        store.put(host, level, "odd", kBegin + 3, constant(t));
      }
      store.put(host, "socket0", "bw", kBegin + 3, constant(10));
      store.put(host, "socket1", "bw", kBegin + 3, constant(20));
    }
  }

  CcMetricStore source() const {
    ExternalConfig made = config;
    made.url = server.url();
    return CcMetricStore(std::move(made), known_clusters());
  }
  Result<MetricAnswer> try_read(const MetricQuery& query, const ReadContext& context = {}) const {
    return source().read(query, context);
  }
  MetricAnswer read(const MetricQuery& query, const ReadContext& context = {}) const {
    auto made = source();
    return must_read(made, query, context);
  }
  int requests() const { return server.requests(); }

  FakeMetricStore store;
  HttpServer server{[this](const HttpRequest& request) { return store.answer(request); }};
  ExternalConfig config;
};

TEST_CASE("a remote store answers at every scope, with the ids of our own") {
  Remote remote;
  const MetricAnswer answer = remote.read(
      make_query({whole("m1"), whole("m2")}, {"load", "flops", "bw", "nonsense"},
                 {MetricScope::node, MetricScope::socket, MetricScope::core, MetricScope::hwthread},
                 kStoreTicks));
  CHECK(answer.failures.empty());
  const schema::Series& node = get(answer, "flops", MetricScope::node, "m1");
  CHECK_FALSE(node.id.has_value());
  CHECK(node.data == std::vector<float>(kStoreTicks, 36));
  CHECK(node.statistics == schema::SeriesStatistics{36, 36, 36});
  CHECK(node.coverage == 1.0F);  // its threads were asked for anyway
  CHECK(get(answer, "flops", MetricScope::socket, "m1", "1").data[5] == 3 + 4 + 7 + 8);
  CHECK(get(answer, "flops", MetricScope::core, "m2", "2").data[5] == 3 + 7);
  CHECK(get(answer, "flops", MetricScope::hwthread, "m2", "6").data[5] == 7);
  CHECK(get(answer, "bw", MetricScope::node, "m1").data[5] == 30);
  CHECK(get(answer, "bw", MetricScope::socket, "m1", "1").data[5] == 20);
  CHECK(get(answer, "load", MetricScope::node, "m2").data == std::vector<float>(kStoreTicks, 2));
  CHECK(answer.data.metrics.size() == 3);
  CHECK(answer.data.find("bw", MetricScope::core) == nullptr);
  CHECK(remote.requests() == 1);
  CHECK(remote.store.queries() == 2 * (1 + 8 + 2));
}

TEST_CASE("the store adds up what counts of a host, and no more") {
  Remote remote;
  schema::Resource part{"m1", {0, 1, 4}, {}, {}};
  const MetricAnswer answer = remote.read(
      make_query({part, whole("m2")}, {"flops", "ipc"}, {MetricScope::node}, kStoreTicks));
  CHECK(get(answer, "flops", MetricScope::node, "m1").data[3] == 1 + 2 + 5);
  CHECK(get(answer, "ipc", MetricScope::node, "m1").data[3] ==
        doctest::Approx(8 / 3.0F).epsilon(0.001));
  CHECK(get(answer, "flops", MetricScope::node, "m2").data[3] == 36);
  CHECK_FALSE(get(answer, "flops", MetricScope::node, "m1").coverage.has_value());
  CHECK(remote.store.queries() == 4);
  CHECK(remote.requests() == 1);
  CHECK(remote.store.bodies()[0].find(
            R"("type":"hwthread","type-ids":["0","1","4"],"aggreg":true)") != std::string::npos);
}

TEST_CASE("an element without data does not shift the ids of the others") {
  Remote remote;
  remote.store.put("m3", "hwthread0", "flops", kBegin, constant(1));
  remote.store.put("m3", "hwthread5", "flops", kBegin, constant(6));
  const MetricAnswer answer =
      remote.read(make_query({whole("m3")}, {"flops"}, {MetricScope::hwthread}, kStoreTicks));
  const schema::ScopedMetric* scoped = answer.data.find("flops", MetricScope::hwthread);
  REQUIRE(scoped != nullptr);
  REQUIRE(scoped->series.size() == 2);
  CHECK(scoped->series[0].id == "0");
  CHECK(scoped->series[1].id == "5");
  CHECK(scoped->series[1].data[0] == 6);
}

TEST_CASE("aggregates that the store refuses or spoils are made of their elements") {
  Remote remote;
  auto with_gap = constant(2);
  with_gap[4] = kGap;
  SUBCASE("one member began later") {
    remote.store.put("m1", "hwthread1", "flops", kBegin + 3 + 3 * 60, constant(2, kStoreTicks - 3));
  }
  SUBCASE("one member ended early") {
    remote.store.put("m1", "hwthread1", "flops", kBegin + 3, constant(2, 4));
  }
  SUBCASE("the first member ended early, so that all seem to have") {
    remote.store.put("m1", "hwthread0", "flops", kBegin + 3, constant(1, 4));
  }
  SUBCASE("the first member began later, so that all seem to have") {
    remote.store.put("m1", "hwthread0", "flops", kBegin + 3 + 3 * 60, constant(1, kStoreTicks - 3));
  }
  SUBCASE("one member has a gap") {
    remote.store.put("m1", "hwthread1", "flops", kBegin + 3, with_gap);
  }
  const MetricAnswer answer = remote.read(
      make_query({whole("m1"), whole("m2")}, {"flops"}, {MetricScope::node}, kStoreTicks));
  CHECK(answer.failures.empty());
  const schema::Series& spoilt = get(answer, "flops", MetricScope::node, "m1");
  CHECK(spoilt.data.size() == kStoreTicks);
  for (const float value : spoilt.data) CHECK(value >= 34);
  CHECK(spoilt.statistics.max == 36);
  CHECK(spoilt.statistics.min < 36);
  REQUIRE(spoilt.coverage.has_value());
  CHECK(*spoilt.coverage < 1.0F);
  CHECK_FALSE(get(answer, "flops", MetricScope::node, "m2").coverage.has_value());
  CHECK(remote.requests() == 2);
  CHECK(remote.store.queries() == 2 + 8);
}

TEST_CASE("a store that aggregates otherwise than the cluster says cannot, and is not needed to") {
  Remote remote;
  remote.store.metrics["flops"].aggregation = "";
  const MetricAnswer answer =
      remote.read(make_query({whole("m1")}, {"flops"}, {MetricScope::socket}, kStoreTicks));
  CHECK(answer.failures.empty());
  CHECK(get(answer, "flops", MetricScope::socket, "m1", "0").data[0] == 1 + 2 + 5 + 6);
}

TEST_CASE("a metric without aggregation is answered where it is measured only") {
  Remote remote;
  const MetricAnswer answer = remote.read(
      make_query({whole("m1")}, {"odd"}, {MetricScope::node, MetricScope::hwthread}, kStoreTicks));
  REQUIRE(answer.failures.size() == 1);
  CHECK(answer.failures[0].metric == "odd");
  CHECK(answer.failures[0].hostname == "m1");
  CHECK(answer.failures[0].reason.find("no aggregation") != std::string::npos);
  CHECK(answer.data.find("odd", MetricScope::node) == nullptr);
  CHECK(get(answer, "odd", MetricScope::hwthread, "m1", "3").data[0] == 3);
}

TEST_CASE("statistics alone are asked of the store, without data") {
  Remote remote;
  MetricQuery query = make_query({whole("m1"), whole("m9")}, {"load", "flops"},
                                 {MetricScope::node, MetricScope::hwthread}, kStoreTicks);
  query.values = false;
  const MetricAnswer answer = remote.read(query);
  const schema::Series& node = get(answer, "flops", MetricScope::node, "m1");
  CHECK(node.data.empty());
  CHECK(node.statistics == schema::SeriesStatistics{36, 36, 36});
  CHECK(get(answer, "flops", MetricScope::hwthread, "m1", "7").statistics.avg == 8);
  CHECK(get(answer, "load", MetricScope::node, "m1").statistics.max == 1);
  CHECK(find(answer, "load", MetricScope::node, "m9") == nullptr);
  CHECK(remote.store.bodies()[0].find("\"with-data\":false") != std::string::npos);
  CHECK(remote.requests() == 1);

  remote.store.put("m1", "hwthread1", "flops", kBegin + 3, constant(2, 4));
  const MetricAnswer again = remote.read(query);
  const schema::Series& made_here = get(again, "flops", MetricScope::node, "m1");
  CHECK(made_here.data.empty());
  CHECK(made_here.statistics.min == 34);
  CHECK(made_here.statistics.max == 36);
}

TEST_CASE("samples stand where they were measured, padded or not, at the store's time step") {
  Remote remote;
  remote.store.put("m3", "", "load", kBegin + 4 * 60 + 3, {1, kGap, 3});
  remote.store.metrics["slow"].frequency = 240;
  remote.store.put("m3", "", "slow", kBegin + 3, {5, 6});
  const MetricQuery query = make_query({whole("m3")}, {"load", "slow"}, {MetricScope::node}, 8);
  for (const bool pads_anyway : {false, true}) {
    remote.store.ignore_padding_wish = pads_anyway;
    const MetricAnswer answer = remote.read(query);
    const std::vector<float>& data = get(answer, "load", MetricScope::node, "m3").data;
    REQUIRE(data.size() == 8);
    for (const std::size_t missing : {0u, 1u, 2u, 3u, 5u, 7u}) CHECK(std::isnan(data[missing]));
    CHECK(data[4] == 1);
    CHECK(data[6] == 3);
    CHECK(get(answer, "load", MetricScope::node, "m3").coverage == 0.25F);
    const schema::ScopedMetric* slow = answer.data.find("slow", MetricScope::node);
    REQUIRE(slow != nullptr);
    CHECK(slow->timestep == 240);
    CHECK(slow->series[0].data == std::vector<float>{5, 6});
  }
}

TEST_CASE("what goes wrong with a series is told beside the others") {
  Remote remote;
  remote.store.metrics.erase("load");
  const MetricAnswer answer = remote.read(
      make_query({whole("m1"), whole("m2")}, {"load", "flops"}, {MetricScope::node}, kStoreTicks));
  REQUIRE(answer.failures.size() == 2);
  CHECK(answer.failures[1].metric == "load");
  CHECK(answer.failures[1].hostname == "m2");
  CHECK(answer.failures[1].reason == "unknown metric");
  CHECK(answer.data.metrics.size() == 1);
}

TEST_CASE("requests are cut by number and length, and asked side by side") {
  Remote remote;
  const MetricQuery query =
      make_query({whole("m1"), whole("m2"), whole("m3")}, {"load", "flops", "bw"},
                 {MetricScope::node, MetricScope::hwthread, MetricScope::socket}, kStoreTicks);
  const MetricAnswer once = remote.read(query);
  SUBCASE("by number") { remote.config.max_queries = 3; }
  SUBCASE("by length") { remote.config.max_answer_bytes = 2000; }
  const MetricAnswer pieces = remote.read(query, with_threads());
  CHECK(remote.requests() >= 1 + 3 * (8 + 1 + 2) / 5);
  CHECK(text_of(once) == text_of(pieces));
}

TEST_CASE("a token comes from its file at each call") {
  Remote remote;
  TemporaryDirectory folder;
  remote.store.token = "secret-1";
  remote.config.token_file = folder.path() / "token";
  const MetricQuery query = make_query({whole("m1")}, {"load"}, {MetricScope::node}, kStoreTicks);
  auto missing = remote.try_read(query);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().kind == ErrorKind::unavailable);
  CHECK(missing.error().detail.find((folder.path() / "token").native()) != std::string::npos);
  REQUIRE(write_file(remote.config.token_file, "secret-1\n", false).has_value());
  const CcMetricStore source = remote.source();
  CHECK(remote.read(query).data.metrics.size() == 1);
  remote.store.token = "secret-2";
  auto old = remote.try_read(query);
  REQUIRE_FALSE(old.has_value());
  CHECK(old.error().detail.find("status 401: invalid token") != std::string::npos);
  REQUIRE(write_file(remote.config.token_file, "secret-2\n", false).has_value());
  CHECK(remote.try_read(query).has_value());
}

TEST_CASE("a store that is not one, or gone, is unavailable; a stopped read is cancelled") {
  std::string body;
  HttpServer server([&body](const HttpRequest&) {
    HttpAnswer answer;
    answer.body = body;
    return answer;
  });
  ExternalConfig config;
  config.url = server.url() + "/below/";
  CcMetricStore source(config, known_clusters());
  const MetricQuery query = make_query({whole("m1")}, {"load"}, {MetricScope::node}, kStoreTicks);
  for (const char* text :
       {"", "hello", "[]", "{}", R"({"results":[]})", R"({"results":[[{"data":[1]}]]})",
        R"({"results":[[{"data":["1"],"resolution":60}]]})", R"({"results":[[{"from":1e300}]]})",
        R"({"results":[[{"resolution":60,"from":9223372036854775807}]]})", R"({"results":3})"}) {
    CAPTURE(text);
    body = text;
    auto answer = source.read(query, {});
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().kind == ErrorKind::unavailable);
    CHECK(answer.error().detail.find(config.url) != std::string::npos);
  }
  body = R"({"results":[[{"data":[1],"from":0,"to":60,"resolution":1},{"resolution":60}]]})";
  CHECK(source.read(query, {})->failures.size() == 1);
  body = R"({"results":[[{"data":[1],"from":-99999999,"to":0,"resolution":1}]]})";
  CHECK(source.read(query, {})->failures.size() == 1);

  const std::atomic<bool> stop = true;
  ReadContext context;
  context.stop.flag = &stop;
  CHECK(source.read(query, context).error().kind == ErrorKind::cancelled);
}

TEST_CASE("an answer beyond the limit is refused before anything is asked") {
  Remote remote;
  remote.config.max_samples = 8 * kStoreTicks - 1;
  auto refused =
      remote.try_read(make_query({whole("m1")}, {"flops"}, {MetricScope::hwthread}, kStoreTicks));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::too_large);
  CHECK(remote.requests() == 0);
  CHECK(remote.try_read(make_query({whole("m1")}, {"flops"}, {MetricScope::hwthread}, 0))
            .has_value());
}

TEST_CASE("the hosts of a time are those that sent in it") {
  Remote remote;
  remote.store.put("m7", "", "load", kBegin - 3600, constant(1));
  remote.store.put("m0", "", "load", kBegin, constant(1));
  auto hosts = remote.source().hosts("big", kBegin, kBegin + 600, {});
  REQUIRE(hosts.has_value());
  CHECK(*hosts == std::vector<std::string>{"m0", "m1", "m2"});
  CHECK(remote.source().hosts("other", kBegin, kBegin + 600, {})->empty());
  CHECK(remote.requests() == 1);
  remote.store.metrics.erase("load");
  auto refused = remote.source().hosts("big", kBegin, kBegin + 600, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().detail.find("unknown metric") != std::string::npos);
}

TEST_CASE("the health of hosts is what the store says of them") {
  Remote remote;
  remote.store.now = kBegin + kStoreTicks * 60;
  remote.store.put("m3", "", "load", kBegin - 3600, constant(1));
  HealthQuery query;
  query.cluster = known_clusters()->find("big");
  query.hostnames = {"m3", "m1", "unknown", "m2"};
  query.metrics = {"load", "flops"};
  auto found = remote.source().health(query, {});
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 4);
  CHECK((*found)[0].hostname == "m3");
  CHECK((*found)[0].state == schema::MonitoringState::failed);
  CHECK((*found)[0].degraded == std::vector<std::string>{"load"});
  CHECK((*found)[0].missing == std::vector<std::string>{"flops"});
  CHECK((*found)[1].state == schema::MonitoringState::full);
  CHECK((*found)[2].hostname == "unknown");
  CHECK((*found)[2].state == schema::MonitoringState::failed);
  CHECK((*found)[3].state == schema::MonitoringState::full);
  query.metrics.clear();
  found = remote.source().health(query, {});
  CHECK((*found)[1].state == schema::MonitoringState::partial);
  CHECK((*found)[1].missing == std::vector<std::string>{"power", "slow"});
  CHECK((*found)[2].hostname == "unknown");  // of no sub-cluster: not asked
}

}  // namespace
}  // namespace jobledger::sources
