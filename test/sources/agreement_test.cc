// SPDX-License-Identifier: MIT
// The same samples in our own store, in a cc-metric-store and in InfluxDB: all three answer alike.
#include "sources/cc_metric_store.h"
#include "sources/influx.h"
#include "sources/own_store.h"
#include "test/seed.h"
#include "test/sources/fake_influx.h"
#include "test/sources/fake_metric_store.h"
#include "test/sources/source_fixture.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

namespace jobledger::sources {
namespace {

using namespace test;
using jobledger::test::FakeInflux;
using jobledger::test::FakeMetricStore;
using jobledger::test::HttpRequest;
using jobledger::test::HttpServer;
using schema::MetricScope;

constexpr int kTicks = 30;
const std::vector<std::string> kHosts = {"m1", "m2", "m3"};

// Hosts of which elements begin late, end early, have gaps or say nothing.
class World {
 public:
  explicit World(std::mt19937_64& random) : random_(random) {
    remote_.metrics = {{"load", {60, "avg"}},
                       {"flops", {60, "sum"}},
                       {"ipc", {60, "avg"}},
                       {"bw", {60, "sum"}},
                       {"power", {60, "sum"}}};
    for (const std::string& host : kHosts) {
      add(host, "load", "", "");
      for (int t = 0; t < 8; ++t) add(host, "flops", "hwthread", std::to_string(t));
      for (int t = 0; t < 8; ++t) add(host, "ipc", "hwthread", std::to_string(t));
      for (int s = 0; s < 2; ++s) add(host, "bw", "socket", std::to_string(s));
      for (int a = 1; a < 3; ++a) add(host, "power", "accelerator", fmt::format("00:{:02}.0", a));
    }
    std::stable_sort(measured_.begin(), measured_.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    storage::test::put(*own_, measured_, kBegin + kTicks * 60);
    remote_.now = kBegin + kTicks * 60;
  }

  std::vector<MetricAnswer> read(const MetricQuery& query) const {
    ExternalConfig config;
    config.url = remote_server_.url();
    ExternalConfig influx;
    influx.url = influx_server_.url();
    influx.org = influx_.org;
    influx.bucket = influx_.database.bucket;
    const auto snapshot = own_->snapshot();
    ReadContext context;
    context.snapshot = snapshot.get();
    std::vector<MetricAnswer> out;
    OwnStore own(known_clusters());
    CcMetricStore remote(config, known_clusters());
    Influx database(influx);
    for (MetricSource* source :
         {static_cast<MetricSource*>(&own), static_cast<MetricSource*>(&remote),
          static_cast<MetricSource*>(&database)}) {
      out.push_back(must_read(*source, query, context));
      CHECK(out.back().failures.empty());
    }
    return out;
  }

 private:
  int pick(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }

  void add(const std::string& host, const std::string& metric, const std::string& type,
           const std::string& id) {
    if (pick(0, 9) == 0) return;
    // Steps that a store may lose at the ends of an aggregate are not tested here.
    const int first = pick(0, 4) == 0 ? pick(3, 10) : 0;
    const int end = pick(0, 4) == 0 ? pick(15, kTicks - 4) : kTicks;
    std::vector<double> values;
    for (int n = first; n < end; ++n) {
      const bool gap = n > first && n + 1 < end && pick(0, 30) == 0;
      values.push_back(gap ? std::numeric_limits<double>::quiet_NaN() : pick(-80, 800) / 8.0);
      if (gap) continue;
      const std::int64_t time = kBegin + n * 60 + 3;
      influx_.put(host, metric, type, id, time, values.back());
      measured_.push_back(
          {host, metric, type, id, "", "", time, static_cast<float>(values.back())});
    }
    remote_.put(host, type + id, metric, kBegin + first * 60 + 3, std::move(values));
  }

  std::mt19937_64& random_;
  std::vector<storage::test::Measured> measured_;
  storage::TestStore own_;
  mutable FakeMetricStore remote_;
  mutable FakeInflux influx_;
  HttpServer remote_server_{[this](const HttpRequest& r) { return remote_.answer(r); }};
  HttpServer influx_server_{[this](const HttpRequest& r) { return influx_.answer(r); }};
};

std::map<std::string, const schema::Series*> by_name(const MetricAnswer& answer) {
  std::map<std::string, const schema::Series*> out;
  for (const schema::MetricSamples& metric : answer.data.metrics) {
    for (const schema::ScopedMetric& scoped : metric.scopes) {
      CHECK(scoped.timestep == 60);
      for (const schema::Series& series : scoped.series) {
        out[fmt::format("{} {} {} {}", metric.name, schema::to_string(scoped.scope),
                        series.hostname, series.id.value_or("-"))] = &series;
      }
    }
  }
  return out;
}

bool near(double a, double b) { return std::abs(a - b) < 0.002; }

void check_same(const std::string& name, const schema::Series& a, const schema::Series& b) {
  CAPTURE(name);
  REQUIRE(a.data.size() == b.data.size());
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    CHECK(std::isnan(a.data[i]) == std::isnan(b.data[i]));
    if (!std::isnan(a.data[i])) CHECK(near(double{a.data[i]}, double{b.data[i]}));
  }
  CHECK(near(a.statistics.avg, b.statistics.avg));
  CHECK(near(a.statistics.min, b.statistics.min));
  CHECK(near(a.statistics.max, b.statistics.max));
  if (b.coverage) CHECK(*a.coverage == doctest::Approx(*b.coverage));
}

MetricQuery random_query(std::mt19937_64& random) {
  const auto chance = [&random] { return std::uniform_int_distribution<int>(0, 1)(random) == 0; };
  std::vector<schema::Resource> hosts;
  for (const std::string& host : kHosts) {
    schema::Resource resource = whole(host);
    if (chance()) {
      for (int t = 0; t < 8; ++t) {
        if (chance()) resource.hwthreads.push_back(t);
      }
    }
    if (chance()) resource.accelerators = {"00:02.0"};
    hosts.push_back(std::move(resource));
  }
  std::vector<MetricScope> scopes;
  for (const MetricScope scope :
       {MetricScope::node, MetricScope::socket, MetricScope::memory_domain, MetricScope::core,
        MetricScope::hwthread, MetricScope::accelerator}) {
    if (chance()) scopes.push_back(scope);
  }
  MetricQuery query = make_query(std::move(hosts), {"load", "flops", "ipc", "bw", "power"},
                                 std::move(scopes), kTicks);
  query.all_accelerators = chance();
  return query;
}

TEST_CASE("three stores with the same samples give the same answers") {
  std::mt19937_64 random(jobledger::test::test_seed());
  for (int round = 0; round < 4; ++round) {
    World world(random);
    for (int i = 0; i < 10; ++i) {
      const std::vector<MetricAnswer> answers = world.read(random_query(random));
      const auto expected = by_name(answers[0]);
      for (const std::size_t other : {1u, 2u}) {
        CAPTURE(other);
        const auto found = by_name(answers[other]);
        CHECK(found.size() == expected.size());
        for (const auto& [name, series] : expected) {
          const auto same = found.find(name);
          REQUIRE_MESSAGE(same != found.end(), name);
          check_same(name, *series, *same->second);
        }
      }
    }
  }
}

}  // namespace
}  // namespace jobledger::sources
