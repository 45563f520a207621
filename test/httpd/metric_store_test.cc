// SPDX-License-Identifier: MIT
#include "base/gzip.h"
#include "test/httpd/metric_site.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

namespace jobledger::test {
namespace {

TEST_CASE("a node's samples, in the words of the field") {
  MetricSite site;
  site.put({load("m1", 1, 1.0F), load("m1", 3, 2.5F), load("m1", 4, 0.12345F)}, kBegin + 300);
  const std::string query = R"({"metric":"load","host":"m1"})";
  const std::string stats = R"(,"avg":1.21,"min":0.12,"max":2.50)";
  CHECK(site.results(request(query)) ==
        R"({"results":[[{"data":[null,1.000,null,2.500,0.123],)" + times(60, 300) + stats + "}]]}");
  CHECK(site.results(request(query, 0, 600, R"("with-padding":false,)")) ==
        R"({"results":[[{"data":[1.000,null,2.500,0.123],)" + times(60, 300) + stats + "}]]}");
  CHECK(site.results(request(query, 120, 240)) == R"({"results":[[{"data":[null,2.500],)" +
                                                      times(180, 240) +
                                                      R"(,"avg":2.50,"min":2.50,"max":2.50}]]})");
  CHECK(site.results(request(query, 0, 600, R"("with-data":false,)")) ==
        R"({"results":[[{)" + times(0, 600) + stats + "}]]}");
  CHECK(site.results(request(query, 180, 240, R"("with-stats":false,)")) ==
        R"({"results":[[{"data":[2.500],)" + times(180, 240) +
            R"(,"avg":0.00,"min":0.00,"max":0.00}]]})");
  CHECK(site.results(request(R"({"metric":"load","host":"m1","scale-by":1000})", 240, 300)) ==
        R"({"results":[[{"data":[123.450],)" + times(240, 300) +
            R"(,"avg":123.45,"min":123.45,"max":123.45}]]})");
  CHECK(
      site.results(request(query, 240, 300, R"("full-precision":true,)")) ==
      R"({"results":[[{"data":[0.12345],)" + times(240, 300) +
          R"(,"avg":0.12345000356435776,"min":0.12345000356435776,"max":0.12345000356435776}]]})");
}

TEST_CASE("what was not measured is an empty list, what cannot be is an error with a code") {
  MetricSite site;
  fill(site);
  CHECK(site.results(request(R"({"metric":"load","host":"m3"},{"metric":"slow","host":"m1"},
    {"metric":"flops","host":"m1","type":"hwthread"},
    {"metric":"flops","host":"m3","type":"hwthread","type-ids":["0","1"]},
    {"metric":"flops","host":"m3","type":"hwthread","type-ids":["0","1"],"aggreg":true})")) ==
        R"({"results":[[],[],[],[],[]]})");
  CHECK(site.results(request(R"({"metric":"load","host":"m1"})", 0, 0)) == R"({"results":[[]]})");
  CHECK(site.results(
            R"({"cluster":"none","from":1,"to":2,"queries":[{"metric":"load","host":"m1"}]})") ==
        R"({"results":[[]]})");
  CHECK(site.results("{}") == R"({"results":[]})");
  const std::string zeros =
      R"("from":0,"to":0,"resolution":0,"avg":0.00,"min":0.00,"max":0.00}]]})";
  CHECK(site.results(request(R"({"metric":"nope","host":"m1"})")) ==
        R"({"results":[[{"error":"unknown metric: nope","code":"unknown_metric",)" + zeros);
  CHECK(site.results(request(R"({"metric":"load","host":"m1"})", 60, 0)) ==
        R"({"results":[[{"error":"invalid time range","code":"invalid_range",)" + zeros);
  site.put(
      {element("m1", "odd", "hwthread", "0", 10, 1), element("m1", "odd", "hwthread", "1", 10, 2)},
      kBegin + 660);
  const std::string odd = site.results(request(
      R"({"metric":"odd","host":"m1","type":"hwthread","type-ids":["0","1"],"aggreg":true})", 0,
      660));
  CHECK(odd.find(R"("code":"invalid_aggregation")") != std::string::npos);
  CHECK(
      site.results(request(R"({"metric":"odd","host":"m1"},{"metric":"odd","host":"m2"})", 0, 660))
          .starts_with(R"({"results":[[{"error":"invalid aggregation: the metric has no )"));
  CHECK(site.results(request(R"({"metric":"odd","host":"m1","type":"node"})", 0, 600)) ==
        R"({"results":[[]]})");  // of a time when it was not sent
  site.put({element("m2", "odd", "hwthread", "0", 10, 4)}, kBegin + 720);
  CHECK(site.results(request(R"({"metric":"odd","host":"m2"})", 600, 660))
            .starts_with(R"({"results":[[{"data":[4.000],)"));
  for (const char* bad : {"", "x", "[]", R"({"queries":3})", R"({"from":"1"})", R"({"from":-1})",
                          R"({"queries":[{"type-ids":[1]}]})"}) {
    CAPTURE(bad);
    const Answer answer = site.query(bad);
    CHECK(answer.status == 400);
    CHECK(answer.body.starts_with(R"({"status":"Bad Request","error":)"));
  }
}

TEST_CASE("GET and POST, with a slash at the end or without, packed for those who ask") {
  MetricSite site;
  fill(site);
  const std::string body = request(R"({"metric":"load","host":"m1"})");
  const std::string expected = site.results(body);
  for (const char* method : {"GET", "POST"}) {
    for (const char* path : {"/api/query", "/api/query/", "/api/query?version=v1"}) {
      CHECK(site.ask(method, path, body).body == expected);
    }
  }
  const Answer refused = site.ask("DELETE", "/api/query");
  CHECK(refused.status == 405);
  CHECK(refused.body.empty());
  CHECK(site.query(body, "Origin: http://x\r\n").header("access-control-allow-origin").empty());
  std::string many;
  for (int i = 0; i < 100; ++i) many += R"({"metric":"load","host":"m1"},)";
  many += R"({"metric":"load","host":"m1"})";
  const Answer packed = site.query(request(many), "Accept-Encoding: gzip\r\n");
  CHECK(packed.header("content-encoding") == "gzip");
  CHECK(*gunzip(packed.body, 1 << 20) == site.results(request(many)));
}

TEST_CASE("an element without samples has an entry, so that places stay right") {
  MetricSite site;
  fill(site);
  const std::string answer = site.results(
      request(R"({"metric":"flops","host":"m2","type":"hwthread","type-ids":["2","3","4","99"]})",
              540, 600));
  const auto entry = [](const char* value) {
    return fmt::format(R"({{"data":[{0}0],{1},"avg":{0},"min":{0},"max":{0}}})", value,
                       times(540, 600));
  };
  const std::string none = "{" + times(540, 540) + R"(,"avg":null,"min":null,"max":null})";
  CHECK(answer ==
        R"({"results":[[)" + entry("3.00") + "," + none + "," + entry("5.00") + "," + none + "]]}");
}

TEST_CASE("aggregates are over those that came, from roll-ups or from elements") {
  MetricSite site;
  fill(site);
  const auto value = [&](const std::string& query) {
    const std::string answer = site.results(request(query, 540, 600));
    const auto at = answer.find("\"data\":[");
    return at == std::string::npos ? answer : answer.substr(at + 8, answer.find(']', at) - at - 8);
  };
  const std::string all =
      R"("type":"hwthread","type-ids":["0","1","2","3","4","5","6","7"],"aggreg":true})";
  CHECK(value(R"({"metric":"flops","host":"m1",)" + all) == "36.000");
  CHECK(value(R"({"metric":"flops","host":"m2",)" + all) == "32.000");
  CHECK(value(R"({"metric":"ipc","host":"m1",)" + all) == "4.500");
  CHECK(value(R"({"metric":"flops","host":"m1"})") == "36.000");
  CHECK(value(R"({"metric":"flops","host":"m1","type":"node"})") == "36.000");
  // Socket 1, by its threads; a part of it; threads that the topology does not have.
  CHECK(
      value(
          R"({"metric":"flops","host":"m1","type":"hwthread","type-ids":["7","2","3","6"],"aggreg":true})") ==
      "22.000");
  CHECK(
      value(
          R"({"metric":"flops","host":"m1","type":"hwthread","type-ids":["2","3","6"],"aggreg":true})") ==
      "14.000");
  CHECK(
      value(
          R"({"metric":"flops","host":"m1","type":"hwthread","type-ids":["2","3","6","99"],"aggreg":true})") ==
      "14.000");
  CHECK(
      value(
          R"({"metric":"ipc","host":"m1","type":"hwthread","type-ids":["1","5"],"aggreg":true})") ==
      "4.000");
  CHECK(
      value(R"({"metric":"bw","host":"m1","type":"socket","type-ids":["0","1"],"aggreg":true})") ==
      "30.000");
  CHECK(value(R"({"metric":"bw","host":"m1","type":"socket","type-ids":["1"],"aggreg":true})") ==
        "20.000");
  CHECK(
      value(
          R"({"metric":"power","host":"m1","type":"accelerator","type-ids":["00:01.0","00:02.0"],"aggreg":true})") ==
      "300.000");
  CHECK(value(R"({"metric":"power","host":"m1","type":"accelerator","type-ids":["00:02.0"]})") ==
        "200.000");
}

TEST_CASE("what was sent for the node comes before what its elements make") {
  MetricSite site;
  std::vector<Measured> samples;
  const int ticks = 100;  // some of it is sealed
  for (int tick = 0; tick < ticks; ++tick) {
    for (const char* thread : {"0", "1"}) {
      samples.push_back(element("m1", "flops", "hwthread", thread, tick, 5));
      samples.push_back(element("m2", "flops", "hwthread", thread, tick, 5));
    }
    if (tick != 3) samples.push_back({"m1", "flops", "", "", "", "", kBegin + tick * 60 + 3, 7});
  }
  site.put(samples, kBegin + ticks * 60);
  storage::test::keep(*site.store, site.store.config().metrics);
  for (const char* type : {"", R"(,"type":"node")", R"(,"type":"node","aggreg":true)"}) {
    for (const int tick : {0, 99}) {
      const auto answer = [&](const char* host) {
        return site.results(
            request(fmt::format(R"({{"metric":"flops","host":"{}"{}}})", host, type), tick * 60,
                    tick * 60 + 60));
      };
      CHECK(answer("m1").starts_with(R"({"results":[[{"data":[7.000],)"));
      CHECK(answer("m2").starts_with(R"({"results":[[{"data":[10.000],)"));
    }
  }
  CHECK(site.results(request(R"({"metric":"flops","host":"m1"})", 120, 300))
            .starts_with(R"({"results":[[{"data":[7.000,null,7.000],)"));  // never both
  CHECK(site.results(request(R"({"metric":"flops","host":"m1","type":"hwthread","type-ids":["1"]})",
                             0, 60))
            .starts_with(R"({"results":[[{"data":[5.000],)"));
  CHECK(site.results(request(R"({"metric":"flops","host":"m1"})", 180, 240))
            .starts_with(R"({"results":[[{"data":[10.000],)"));  // where it was silent
}

TEST_CASE("parts of elements are read by their names") {
  MetricSite site;
  std::vector<Measured> samples;
  for (const char* link : {"0", "1"}) {
    samples.push_back({"m1", "power", "accelerator", "00:01.0", "nvlink", link, kBegin + 3,
                       link[0] == '0' ? 5.F : 6.F});
  }
  samples.push_back({"m1", "load", "", "", "network", "eth0", kBegin + 3, 7});
  site.put(samples, kBegin + 60);
  CHECK(
      site.results(
              request(R"({"metric":"power","host":"m1","type":"accelerator","type-ids":["00:01.0"],
      "subtype":"nvlink","subtype-ids":["1","0"]})"))
          .starts_with(R"({"results":[[{"data":[6.000],)"));
  CHECK(site
            .results(request(
                R"({"metric":"load","host":"m1","subtype":"network","subtype-ids":["eth0"]})"))
            .starts_with(R"({"results":[[{"data":[7.000],)"));
}

TEST_CASE("a coarser resolution is delivered where there is enough, with the statistics of all") {
  MetricSite site;
  std::vector<Measured> samples;
  for (int tick = 0; tick < 1200; ++tick) {
    samples.push_back(load("m1", tick, tick == 700 ? 50.F : 1.F));
  }
  site.put(samples, kBegin + 1200 * 60);
  storage::test::keep(*site.store, site.store.config().metrics);
  const std::string fine =
      site.results(request(R"({"metric":"load","host":"m1","resolution":60})", 0, 1200 * 60));
  const std::string coarse = site.results(
      request(R"({"metric":"load","host":"m1","resolution":300})", -600 + 600, 1200 * 60));
  const auto count = [](const std::string& text) {
    return std::count(text.begin(), text.end(), ',');
  };
  CHECK(count(fine) - count(coarse) == 1200 - 240);
  CHECK(coarse.find(times(0, 1200 * 60, 300) + R"(,"avg":1.04,"min":1.00,"max":50.00)") !=
        std::string::npos);
  CHECK(fine.find(times(0, 1200 * 60, 60)) != std::string::npos);
  // Too few to be worth it.
  CHECK(site.results(request(R"({"metric":"load","host":"m1","resolution":300})", 0, 600))
            .find(times(0, 600)) != std::string::npos);
}

TEST_CASE("for all nodes: a query for each host and metric, and which they were") {
  MetricSite site;
  fill(site);
  const std::string answer = site.results(fmt::format(
      R"({{"cluster":"big","from":{},"to":{},"with-data":false,"for-all-nodes":["load","flops"]}})",
      kBegin, kBegin + 600));
  const auto generated = [](const char* metric, const char* host) {
    return fmt::format(R"({{"metric":"{}","host":"{}","resolution":0,"aggreg":false}})", metric,
                       host);
  };
  CHECK(answer.starts_with(R"({"queries":[)" + generated("load", "m1") + "," +
                           generated("flops", "m1") + "," + generated("load", "m2") + "," +
                           generated("flops", "m2") + R"(],"results":[[{)"));
  CHECK(answer.find(R"("avg":36.00)") != std::string::npos);
  const std::string both = site.results(fmt::format(
      R"({{"cluster":"big","from":{},"to":{},"for-all-nodes":["load"],"queries":[
          {{"metric":"bw","host":"m1","type":"socket","type-ids":["1"]}}]}})",
      kBegin + 540, kBegin + 600));
  CHECK(both.starts_with(
      R"({"queries":[{"type":"socket","type-ids":["1"],"metric":"bw","host":"m1",)"));
  CHECK(both.find(R"("results":[[{"data":[20.000],)") != std::string::npos);
}

TEST_CASE("requests beyond a limit are refused with the name of the limit") {
  httpd::Config config;
  config.metric_store.max_queries = 3;
  config.metric_store.max_samples = 25;
  config.metric_store.max_answer_bytes = 400;
  config.metric_store.max_body_bytes = 2'000;
  config.max_body_bytes = 1'000;
  MetricSite site(config);
  fill(site);
  const std::string one = R"({"metric":"load","host":"m1"})";
  const auto refusal = [&](const std::string& body) {
    const Answer answer = site.query(body);
    CHECK(answer.status == 413);
    return answer.body;
  };
  CHECK(site.query(request(one + "," + one)).status == 200);
  CHECK(refusal(request(one + "," + one + "," + one + "," + one)).find("max_queries") !=
        std::string::npos);
  CHECK(refusal(request(one + "," + one + "," + one)).find("max_samples") != std::string::npos);
  CHECK(refusal(
            request(R"({"metric":"flops","host":"m1","type":"hwthread","type-ids":["0","1","2"]})"))
            .find("max_samples") != std::string::npos);
  CHECK(
      refusal(
          R"({"cluster":"big","from":0,"to":253402300799,"queries":[{"metric":"load","host":"m1"}]})")
          .find("max_samples") != std::string::npos);
  CHECK(refusal(request(R"({"metric":"bw","host":"m1","type":"socket","type-ids":["0","1"]},
      {"metric":"bw","host":"m1","type":"socket","type-ids":["0","1"]})",
                        420, 600))
            .find("max_answer_bytes") != std::string::npos);
  CHECK(site.query(request(one + std::string(1'500, ' '))).status == 200);
  CHECK(site.query(request(one + std::string(2'000, ' '))).status == 413);
  CHECK(site.ask("POST", "/api/free?to=1", "[]" + std::string(1'500, ' ')).status == 413);
}

TEST_CASE("before the store is there, queries are put off") {
  MetricSite site;
  site.visible = false;
  CHECK(site.query(request("")).status == 503);
  CHECK(site.ask("GET", "/api/healthcheck", "{}").status == 503);
}

TEST_CASE("the health of hosts, as the field asks for it") {
  MetricSite site;
  fill(site);
  site.put({load("m3", 0, 1)}, kBegin + 600);
  const std::string body =
      R"({"cluster":"big","nodes":["m1","m3","m4"],"metric-names":["load","flops"]})";
  CHECK(
      site.ask("GET", "/api/healthcheck", body).body ==
      R"({"m1":{"State":"full","HealthMetrics":"{\"degraded\":[],\"missing\":[]}"},)"
      R"("m3":{"State":"failed","HealthMetrics":"{\"degraded\":[\"load\"],\"missing\":[\"flops\"]}"},)"
      R"("m4":{"State":"failed","HealthMetrics":""}})");
  CHECK(site.ask("GET", "/api/healthcheck/",
                 R"({"cluster":"big","nodes":["m1"],"metric-names":["load","nope"],"more":1})")
            .body ==
        R"({"m1":{"State":"partial","HealthMetrics":"{\"degraded\":[],\"missing\":[\"nope\"]}"}})");
  CHECK(site.ask("GET", "/api/healthcheck",
                 R"({"cluster":"x","nodes":["m1"],"metric-names":["load"]})")
            .body == R"({"m1":{"State":"failed","HealthMetrics":""}})");
  CHECK(site.ask("GET", "/api/healthcheck", R"({"nodes":"m1"})").status == 400);
  CHECK(site.ask("POST", "/api/healthcheck", body).status == 405);
}

TEST_CASE("freeing is accepted and frees nothing; both it and the dump are on the control socket") {
  MetricSite site;
  fill(site);
  const std::string before = site.results(request(R"({"metric":"load","host":"m1"})"));
  const Answer freed =
      site.control("POST", "/api/free?to=9999999999", R"([["big","m1"],["big","m2","socket0"]])");
  CHECK(freed.status == 200);
  CHECK(freed.body == "buffers freed: 0\n");
  CHECK(site.results(request(R"({"metric":"load","host":"m1"})")) == before);
  CHECK(site.control("POST", "/api/free", "[]").status == 400);
  CHECK(site.control("POST", "/api/free?to=now", "[]").status == 400);
  CHECK(site.control("POST", "/api/free?to=1", "{}").status == 400);
  CHECK(site.control("POST", "/api/free?to=1", "[1]").status == 400);
  CHECK(site.ask("POST", "/api/free/?to=1", "[]").status == 404);
  CHECK(site.ask("GET", "/api/debug").status == 404);

  CHECK(site.control("GET", "/api/debug").body.starts_with(R"({"big":{"hosts":2,"series":)"));
  CHECK(site.control("GET", "/api/debug?selector=big")
            .body.starts_with(R"([{"host":"m1","timestep":60,)"));
  const std::string host = site.control("GET", "/api/debug/?selector=big%3Am2").body;
  CHECK(host.find(R"("load":{"last":)") != std::string::npos);
  CHECK(host.find("00:02.0") != std::string::npos);
  CHECK(host.find("\"m1\"") == std::string::npos);
  CHECK(site.control("GET", "/api/debug?selector=none").status == 404);
  CHECK(site.control("GET", "/api/debug?selector=big:m9").status == 404);
}

}  // namespace
}  // namespace jobledger::test
