// SPDX-License-Identifier: MIT
// Clients of our metric store: one that behaves like the field's backend, and our own.
#include "sources/cc_metric_store.h"
#include "sources/cc_protocol.h"
#include "sources/own_store.h"
#include "test/httpd/metric_site.h"
#include "test/seed.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <random>

namespace jobledger::test {
namespace {

using schema::MetricScope;

// What cc-backend asks for a job's metric measured by hardware thread: lists for threads, one
// aggregate for each core, socket or node, and how it takes the answer apart: by places.
TEST_CASE("a client that tells elements apart by their places gets them right") {
  MetricSite site;
  fill(site);
  struct Query {
    std::string scope, host;
    std::vector<std::string> ids;
    bool aggregate = false;
  };
  std::vector<Query> queries;
  for (const std::string host : {"m1", "m2"}) {
    queries.push_back({"hwthread", host, {"0", "1", "2", "3", "4", "5", "6", "7"}, false});
    for (const auto& threads :
         std::vector<std::vector<std::string>>{{"0", "4"}, {"1", "5"}, {"2", "6"}, {"3", "7"}}) {
      queries.push_back({"core", host, threads, true});
    }
    queries.push_back({"socket", host, {"0", "1", "4", "5"}, true});
    queries.push_back({"socket", host, {"2", "3", "6", "7"}, true});
    queries.push_back({"node", host, {"0", "1", "2", "3", "4", "5", "6", "7"}, true});
  }
  std::string text;
  for (const Query& query : queries) {
    std::string ids;
    for (const std::string& id : query.ids) ids += (ids.empty() ? "\"" : ",\"") + id + "\"";
    text += fmt::format(
        R"({}{{"metric":"flops","host":"{}","type":"hwthread","type-ids":[{}],"aggreg":{},"resolution":0}})",
        text.empty() ? "" : ",", query.host, ids, query.aggregate);
  }
  const std::string body = site.results(
      request(text, 0, 600, R"("with-stats":true,"with-data":true,"for-all-nodes":null,)"));
  auto answer = sources::parse_cc_answer(body, 1 << 20);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().detail);
  REQUIRE(answer->results.size() == queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const Query& query = queries[i];
    CAPTURE(query.scope);
    CAPTURE(query.host);
    const auto& row = answer->results[i];
    REQUIRE(row.size() == (query.aggregate ? 1 : query.ids.size()));
    float sum = 0;
    for (std::size_t ndx = 0; ndx < query.ids.size(); ++ndx) {
      const bool silent = query.host == "m2" && query.ids[ndx] == "3";
      const float value = silent ? 0 : std::stof(query.ids[ndx]) + 1;
      sum += value;
      if (query.aggregate) continue;
      CHECK(row[ndx].samples.values == std::vector<float>(silent ? 0 : 10, value));
      CHECK(row[ndx].statistics.has_value() != silent);
    }
    if (query.aggregate) CHECK(row[0].samples.values == std::vector<float>(10, sum));
  }
}

sources::MetricAnswer read(sources::MetricSource& source, const sources::MetricQuery& query,
                           const sources::ReadContext& context) {
  auto answer = source.read(query, context);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().detail);
  CHECK(answer->failures.empty());
  return *std::move(answer);
}

// Everything of an answer, one line for each series; samples bit by bit.
std::map<std::string, std::string> lines(const sources::MetricAnswer& answer) {
  std::map<std::string, std::string> out;
  for (const auto& metric : answer.data.metrics) {
    for (const auto& scoped : metric.scopes) {
      for (const auto& series : scoped.series) {
        out[fmt::format("{} {} {} {}", metric.name, schema::to_string(scoped.scope),
                        series.hostname, series.id.value_or("-"))] =
            fmt::format("{} {:.6} {:.6} {:.6} {:a}", scoped.timestep, series.statistics.min,
                        series.statistics.avg, series.statistics.max, fmt::join(series.data, " "));
      }
    }
  }
  return out;
}

TEST_CASE("what another daemon reads from us is what we read ourselves") {
  std::mt19937_64 random(test_seed());
  const auto chance = [&random](int percent) {
    return std::uniform_int_distribution<int>(0, 99)(random) < percent;
  };
  MetricSite site;
  constexpr int kTicks = 150;  // two windows are sealed
  for (int tick = 0; tick < kTicks; ++tick) {
    std::vector<Measured> samples;
    for (const std::string host : {"m1", "m2", "m3"}) {
      const auto value = [&] { return std::uniform_real_distribution<float>(-1, 1000)(random); };
      if (chance(95)) samples.push_back(load(host, tick, value()));
      for (int t = 0; t < 8; ++t) {
        for (const char* metric : {"flops", "ipc"}) {
          if (!chance(97) || (host == "m3" && t == 6)) continue;
          samples.push_back(element(host, metric, "hwthread", std::to_string(t), tick, value()));
        }
      }
      for (const char* s : {"0", "1"})
        samples.push_back(element(host, "bw", "socket", s, tick, value()));
    }
    site.put(samples, kBegin + tick * 60 + 10);
  }
  storage::test::keep(*site.store, site.store.config().metrics);
  sources::ExternalConfig config;
  config.url = site.url();
  sources::CcMetricStore remote(config, site.clusters);
  sources::OwnStore own(site.clusters);
  const auto snapshot = site.store->snapshot();
  sources::ReadContext context;
  context.snapshot = snapshot.get();
  for (int i = 0; i < 20; ++i) {
    sources::MetricQuery query;
    query.cluster = site.clusters->find("big");
    for (const std::string host : {"m1", "m2", "m3", "m4"}) {
      schema::Resource resource{host, {}, {}, {}};
      for (int t = 0; t < 8; ++t) {
        if (chance(40)) resource.hwthreads.push_back(t);
      }
      if (chance(50)) resource.hwthreads.clear();
      query.hosts.push_back(std::move(resource));
    }
    query.metrics = {"load", "flops", "ipc", "bw"};
    for (const MetricScope scope :
         {MetricScope::node, MetricScope::socket, MetricScope::memory_domain, MetricScope::core,
          MetricScope::hwthread}) {
      if (chance(50)) query.scopes.push_back(scope);
    }
    query.from = kBegin + std::uniform_int_distribution<int>(-5, 60)(random) * 60;
    query.to = query.from + std::uniform_int_distribution<int>(0, 160)(random) * 60;
    query.values = chance(80);
    const auto expected = lines(read(own, query, context));
    const auto found = lines(read(remote, query, context));
    CHECK(found.size() == expected.size());
    for (const auto& [name, line] : expected) {
      CAPTURE(name);
      const auto same = found.find(name);
      CHECK_MESSAGE((same != found.end() && same->second == line),
                    (same == found.end() ? "missing" : same->second) << "\n"
                                                                     << line);
    }
  }
  CHECK(*remote.hosts("big", kBegin, kBegin + 600, context) ==
        std::vector<std::string>{"m1", "m2", "m3"});
  sources::HealthQuery health;
  health.cluster = site.clusters->find("big");
  health.hostnames = {"m3", "m9", "m1"};
  health.now = site.now;
  const auto ours = own.health(health, context), theirs = remote.health(health, context);
  REQUIRE(ours.has_value());
  REQUIRE(theirs.has_value());
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK((*theirs)[i].hostname == (*ours)[i].hostname);
    CHECK((*theirs)[i].state == (*ours)[i].state);
    CHECK((*theirs)[i].missing == (*ours)[i].missing);
    CHECK((*theirs)[i].degraded == (*ours)[i].degraded);
  }
}

}  // namespace
}  // namespace jobledger::test
