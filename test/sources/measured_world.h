// SPDX-License-Identifier: MIT
// Hosts whose samples our own store holds, and clusters that are configured otherwise by now.
#pragma once

#include "sources/own_store.h"
#include "test/sources/source_fixture.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::sources::test {

using schema::MetricScope;
using storage::test::Measured;

// Host m1 and m2, `ticks` minutes from kBegin on. flops of thread t: t + 1; power of accelerator a:
// 100 (a + 1); bw of socket s: 10 (s + 1); load: the host's number. Thread 7 of m2 sends every
// second tick only.
class MeasuredWorld {
 public:
  explicit MeasuredWorld(int ticks) {
    for (int n = 0; n < ticks; ++n) {
      std::vector<Measured> now;
      for (const int h : {1, 2}) add_host(now, h, n);
      storage::test::put(*store, now, kBegin + n * 60 + 10);
    }
    storage::test::keep(*store, store.config().metrics);
  }

  // The whole time, all metrics but the odd one.
  MetricQuery query(std::vector<schema::Resource> hosts, std::vector<MetricScope> scopes) const {
    MetricQuery query;
    query.cluster = clusters->find("big");
    query.sub_cluster = query.cluster->find_sub_cluster("main");
    query.hosts = std::move(hosts);
    query.metrics = {"load", "flops", "ipc", "bw", "power", "nonsense"};
    query.scopes = std::move(scopes);
    query.from = kBegin;
    query.to = kBegin + 200 * 60;
    return query;
  }
  MetricAnswer read(const MetricQuery& query) const {
    const auto snapshot = store->snapshot();
    OwnStore source(clusters);
    ReadContext context;
    context.snapshot = snapshot.get();
    auto answer = source.read(query, context);
    REQUIRE_MESSAGE(answer.has_value(), answer.error().detail);
    return *std::move(answer);
  }

  storage::TestStore store;
  std::shared_ptr<const schema::Clusters> clusters =
      std::make_shared<const schema::Clusters>(storage::test::metric_clusters());

 private:
  static void add_host(std::vector<Measured>& out, int h, int n) {
    const std::string host = "m" + std::to_string(h);
    const std::int64_t time = kBegin + n * 60 + 3;
    out.push_back({host, "load", "", "", "", "", time, static_cast<float>(h)});
    for (int t = 0; t < 8; ++t) {
      if (h == 2 && t == 7 && n % 2 == 1) continue;
      const std::string id = std::to_string(t);
      out.push_back({host, "flops", "hwthread", id, "", "", time, static_cast<float>(t + 1)});
      out.push_back({host, "ipc", "hwthread", id, "", "", time, static_cast<float>(t + 1)});
    }
    for (int s = 0; s < 2; ++s) {
      out.push_back({host, "bw", "socket", std::to_string(s), "", "", time,
                     static_cast<float>(10 * (s + 1))});
    }
    for (int a = 0; a < 2; ++a) {
      out.push_back({host, "power", "accelerator", "00:0" + std::to_string(a + 1) + ".0", "", "",
                     time, static_cast<float>(100 * (a + 1))});
    }
  }
};

using Metrics = std::vector<schema::MetricConfig>;

// As metric_world.h has it, but for a change of its metrics, of its only sub-cluster.
inline std::shared_ptr<const schema::Clusters> changed(
    const std::function<void(Metrics&)>& metrics,
    const std::function<void(schema::SubCluster&)>& sub) {
  const schema::Clusters known = storage::test::metric_clusters();
  schema::Cluster big = *known.find("big");
  metrics(big.metric_config);
  metrics(big.sub_clusters.front().metric_config);
  sub(big.sub_clusters.front());
  std::vector<schema::Cluster> clusters;
  clusters.push_back(std::move(big));
  return std::make_shared<const schema::Clusters>(std::move(clusters));
}
inline std::shared_ptr<const schema::Clusters> with_metric(
    std::string_view name, const std::function<void(schema::MetricConfig&)>& change) {
  const auto metrics = [&](Metrics& all) {
    for (schema::MetricConfig& metric : all)
      if (metric.name == name) change(metric);
  };
  return changed(metrics, [](schema::SubCluster&) {});
}

}  // namespace jobledger::sources::test
