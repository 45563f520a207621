// SPDX-License-Identifier: MIT
#include "sources/influx.h"

#include "base/file.h"
#include "test/sources/fake_influx.h"
#include "test/sources/source_fixture.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>

namespace jobledger::sources {
namespace {

using namespace test;
using jobledger::test::FakeInflux;
using jobledger::test::HttpAnswer;
using jobledger::test::HttpRequest;
using jobledger::test::HttpServer;
using schema::MetricScope;

constexpr int kInfluxTicks = 5;

// A database with what hosts m1 and m2 sent: flops of thread t is t + 1, bw of socket s 10 (s + 1),
// power of the accelerators 100 and 200, load the host's number.
class RemoteInflux {
 public:
  RemoteInflux() {
    for (const int h : {1, 2}) {
      const std::string host = "m" + std::to_string(h);
      for (int n = 0; n < kInfluxTicks; ++n) {
        const std::int64_t time = kBegin + n * 60 + 13;
        database.put(host, "load", h == 1 ? "node" : "", "", time, h);
        for (int t = 0; t < 8; ++t) {
          database.put(host, "flops", "hwthread", std::to_string(t), time, t + 1);
        }
        for (int s = 0; s < 2; ++s) {
          database.put(host, "bw", "socket", std::to_string(s), time, 10 * (s + 1));
        }
        database.put(host, "power", "accelerator", "00:01.0", time, 100);
        database.put(host, "power", "accelerator", "00:02.0", time, 200);
      }
    }
    config.org = "hpc";
    config.bucket = "metrics";
  }

  Influx source() const {
    ExternalConfig made = config;
    made.url = server.url();
    return Influx(std::move(made));
  }
  Result<MetricAnswer> try_read(const MetricQuery& query, const ReadContext& context = {}) const {
    return source().read(query, context);
  }
  MetricAnswer read(const MetricQuery& query, const ReadContext& context = {}) const {
    auto made = source();
    return must_read(made, query, context);
  }

  FakeInflux database;
  HttpServer server{[this](const HttpRequest& request) { return database.answer(request); }};
  ExternalConfig config;
};

TEST_CASE("InfluxDB answers at every scope, one request for each metric") {
  RemoteInflux remote;
  MetricQuery query =
      make_query({whole("m1"), whole("m2")}, {"load", "flops", "bw", "power", "nonsense"},
                 {MetricScope::node, MetricScope::socket, MetricScope::core, MetricScope::hwthread,
                  MetricScope::accelerator},
                 kInfluxTicks);
  query.all_accelerators = true;
  const MetricAnswer answer = remote.read(query);
  CHECK(answer.failures.empty());
  const schema::Series& node = get(answer, "flops", MetricScope::node, "m1");
  CHECK_FALSE(node.id.has_value());
  CHECK(node.data == std::vector<float>(kInfluxTicks, 36));
  CHECK(node.statistics == schema::SeriesStatistics{36, 36, 36});
  CHECK(node.coverage == 1.0F);
  CHECK(get(answer, "flops", MetricScope::socket, "m1", "1").data[4] == 3 + 4 + 7 + 8);
  CHECK(get(answer, "flops", MetricScope::core, "m2", "2").data[4] == 3 + 7);
  CHECK(get(answer, "flops", MetricScope::hwthread, "m2", "6").data[4] == 7);
  CHECK(get(answer, "bw", MetricScope::node, "m1").data[4] == 30);
  CHECK(get(answer, "load", MetricScope::node, "m1").data == std::vector<float>(kInfluxTicks, 1));
  CHECK(get(answer, "load", MetricScope::node, "m2").data == std::vector<float>(kInfluxTicks, 2));
  CHECK(get(answer, "power", MetricScope::node, "m2").data[4] == 300);
  CHECK(get(answer, "power", MetricScope::accelerator, "m2", "00:02.0").data[4] == 200);
  CHECK(remote.server.requests() == 4);
}

TEST_CASE("a gap stays a gap, of a sum only the missing member's share") {
  RemoteInflux remote;
  std::erase_if(remote.database.database.points, [](const auto& point) {
    return point.time == kBegin + 2 * 60 + 13 && point.tags.at("hostname") == "m1" &&
           (point.measurement == "load" || point.tags.at("type-id") == "3");
  });
  const MetricAnswer answer = remote.read(
      make_query({whole("m1")}, {"load", "flops"}, {MetricScope::node}, kInfluxTicks + 2));
  const schema::Series& load = get(answer, "load", MetricScope::node, "m1");
  REQUIRE(load.data.size() == kInfluxTicks + 2);
  for (const std::size_t missing : {2u, 5u, 6u}) CHECK(std::isnan(load.data[missing]));
  CHECK(load.data[3] == 1);
  CHECK(load.coverage == doctest::Approx(4 / 7.0F));
  const schema::Series& flops = get(answer, "flops", MetricScope::node, "m1");
  CHECK(flops.data[2] == 36 - 4);
  CHECK(flops.coverage == doctest::Approx((8 * 5 - 1) / (8 * 7.0F)));
}

TEST_CASE("time steps follow the query's beginning, and several samples in one are averaged") {
  RemoteInflux remote;
  remote.database.put("m3", "load", "", "", kBegin + 59, 1);
  remote.database.put("m3", "load", "", "", kBegin + 60, 3);
  remote.database.put("m3", "load", "", "", kBegin + 119, 5);
  remote.database.put("m3", "load", "", "", kBegin + 185, 7);
  MetricQuery query = make_query({whole("m3")}, {"load"}, {MetricScope::node}, 3);
  CHECK(get(remote.read(query), "load", MetricScope::node, "m3").data[1] == 4);
  query.from += 7;
  query.to = kBegin + 187;
  const auto data = get(remote.read(query), "load", MetricScope::node, "m3").data;
  REQUIRE(data.size() == 3);
  CHECK(data[0] == 2);  // [7, 67)
  CHECK(data[1] == 5);
  CHECK(data[2] == 7);
  query.to = kBegin + 186;  // the last step is not whole
  CHECK(get(remote.read(query), "load", MetricScope::node, "m3").data[2] == 7);
}

TEST_CASE("what belongs to others is not read: clusters, fields, types and sub-types") {
  RemoteInflux remote;
  auto& points = remote.database.database.points;
  points.push_back({"load", {{"cluster", "other"}, {"hostname", "m1"}}, kBegin + 13, 100});
  points.push_back({"load",
                    {{"cluster", "big"}, {"hostname", "m1"}, {"type", "socket"}, {"type-id", "0"}},
                    kBegin + 13,
                    100});
  points.push_back(
      {"load", {{"cluster", "big"}, {"hostname", "m1"}, {"stype", "network"}}, kBegin + 13, 100});
  const MetricAnswer answer =
      remote.read(make_query({whole("m1")}, {"load"}, {MetricScope::node}, kInfluxTicks));
  CHECK(get(answer, "load", MetricScope::node, "m1").data == std::vector<float>(kInfluxTicks, 1));
}

TEST_CASE("only the hardware that counts is asked for, and statistics need no data") {
  RemoteInflux remote;
  schema::Resource part{"m1", {0, 1, 4}, {"00:02.0"}, {}};
  MetricQuery query =
      make_query({part, whole("m2")}, {"flops", "power"}, {MetricScope::node}, kInfluxTicks);
  query.values = false;
  const MetricAnswer answer = remote.read(query);
  CHECK(get(answer, "flops", MetricScope::node, "m1").statistics.avg == 1 + 2 + 5);
  CHECK(get(answer, "flops", MetricScope::node, "m1").data.empty());
  CHECK(get(answer, "power", MetricScope::node, "m1").statistics.avg == 200);
  CHECK(find(answer, "power", MetricScope::node, "m2") == nullptr);
  CHECK(remote.server.requests() == 3);
}

TEST_CASE("requests are cut by length, also within one host") {
  RemoteInflux remote;
  const MetricQuery query = make_query({whole("m1"), whole("m2")}, {"load", "flops", "bw"},
                                       {MetricScope::node, MetricScope::hwthread}, kInfluxTicks);
  const MetricAnswer once = remote.read(query);
  CHECK(remote.server.requests() == 3);
  remote.config.max_answer_bytes = 3 * kInfluxTicks * 80;
  const MetricAnswer pieces = remote.read(query, with_threads());
  CHECK(remote.server.requests() == 3 + 1 + 2 * 3 + 2);
  CHECK(text_of(once) == text_of(pieces));
}

TEST_CASE("a query that fails costs its metric only") {
  RemoteInflux remote;
  remote.database.broken_metric = "flops";
  const MetricAnswer answer = remote.read(
      make_query({whole("m1"), whole("m2")}, {"load", "flops"}, {MetricScope::node}, kInfluxTicks));
  REQUIRE(answer.failures.size() == 2);
  CHECK(answer.failures[0].metric == "flops");
  CHECK(answer.failures[0].hostname == "m1");
  CHECK(answer.failures[0].reason.find("unsupported input type") != std::string::npos);
  CHECK(answer.data.metrics.size() == 1);
  remote.config.bucket = "none";
  const MetricAnswer refused =
      remote.read(make_query({whole("m1")}, {"load"}, {MetricScope::node}, kInfluxTicks));
  REQUIRE(refused.failures.size() == 1);
  CHECK(refused.failures[0].reason.find("could not find bucket") != std::string::npos);
}

TEST_CASE("a wrong token, a wrong organization or no InfluxDB at all is unavailable") {
  RemoteInflux remote;
  TemporaryDirectory folder;
  remote.database.token = "t0k3n";
  const MetricQuery query = make_query({whole("m1")}, {"load"}, {MetricScope::node}, kInfluxTicks);
  auto refused = remote.try_read(query);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(refused.error().detail.find("status 401") != std::string::npos);
  remote.config.token_file = folder.path() / "token";
  REQUIRE(write_file(remote.config.token_file, "t0k3n\n", false).has_value());
  CHECK(remote.try_read(query).has_value());
  remote.config.org = "a b&c";
  CHECK(remote.try_read(query).error().detail.find("organization not found") != std::string::npos);
  remote.database.org = "a%20b%26c";
  CHECK(remote.try_read(query).has_value());

  std::string body = "<html>hello</html>";
  HttpServer other([&body](const HttpRequest&) {
    HttpAnswer answer;
    answer.body = body;
    return answer;
  });
  ExternalConfig config;
  config.url = other.url();
  CHECK(Influx(config).read(query, {}).error().kind == ErrorKind::unavailable);
  body = ",result,table,_time,_value,hostname\r\n,,0,2023-11-14T22:14:13Z,many,m1\r\n";
  CHECK(Influx(config).read(query, {})->failures.size() == 1);
  body = ",result,table,_time,_value,hostname\r\n,,0,yesterday,1,m1\r\n";
  CHECK(Influx(config).read(query, {})->failures.size() == 1);
  body =
      ",result,table,_time,_value,hostname\r\n,,0,2093-11-14T22:14:13Z,1,m1\r\n"
      ",,0,2003-11-14T22:14:13Z,1,m1\r\n,,0,2023-11-14T22:14:13Z,1,m7\r\n";
  CHECK(Influx(config).read(query, {})->data.metrics.empty());
  const std::atomic<bool> stop = true;
  ReadContext context;
  context.stop.flag = &stop;
  CHECK(Influx(config).read(query, context).error().kind == ErrorKind::cancelled);
  config.max_samples = 1;
  CHECK(Influx(config).read(query, {}).error().kind == ErrorKind::too_large);
}

TEST_CASE("the hosts of a time are those that have samples in it") {
  RemoteInflux remote;
  remote.database.put("a,\"b\"", "load", "", "", kBegin + 1, 1);
  remote.database.put("m0", "load", "", "", kBegin - 1, 1);
  auto hosts = remote.source().hosts("big", kBegin, kBegin + 300, {});
  REQUIRE(hosts.has_value());
  CHECK(*hosts == std::vector<std::string>{"a,\"b\"", "m1", "m2"});
  remote.config.bucket = "none";
  CHECK(remote.source().hosts("big", kBegin, kBegin + 300, {}).error().kind ==
        ErrorKind::unavailable);
}

TEST_CASE("the health of hosts follows from their last samples") {
  RemoteInflux remote;
  const std::int64_t now = kBegin + (kInfluxTicks - 1) * 60 + 13;
  HealthQuery query;
  query.cluster = known_clusters()->find("big");
  query.hostnames = {"m2", "nobody", "m1", "m3"};
  query.metrics = {"load", "flops", "power"};
  query.now = now + 300;
  // One accelerator of m2 is silent for longer than the other; single threads do not count.
  std::erase_if(remote.database.database.points, [](const auto& point) {
    if (point.time <= kBegin + 13 || point.tags.at("hostname") != "m2") return false;
    const auto id = point.tags.find("type-id");
    return id != point.tags.end() && (id->second == "00:01.0" || id->second == "5");
  });
  remote.database.put("m3", "load", "", "", now - 3000, 1);
  auto found = remote.source().health(query, {});
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 4);
  CHECK((*found)[0].hostname == "m2");
  CHECK((*found)[0].state == schema::MonitoringState::partial);
  CHECK((*found)[0].degraded == std::vector<std::string>{"power"});
  CHECK((*found)[1].state == schema::MonitoringState::failed);
  CHECK((*found)[1].missing.size() == 3);
  CHECK((*found)[2].state == schema::MonitoringState::full);
  CHECK((*found)[3].state == schema::MonitoringState::failed);
  CHECK((*found)[3].degraded == std::vector<std::string>{"load"});
  query.now += 1;
  CHECK((*remote.source().health(query, {}))[2].state == schema::MonitoringState::failed);
}

}  // namespace
}  // namespace jobledger::sources
