// SPDX-License-Identifier: MIT
// nodeMetrics, nodeMetricsList, clusterMetrics.
#include "sources/own_store.h"
#include "test/httpd/graphql_fixture.h"
#include "test/storage/metric_world.h"

#include <doctest/doctest.h>

#include <limits>

namespace jobledger::test {
using schema::MetricScope;

namespace {

constexpr float kNodeGap = std::numeric_limits<float>::quiet_NaN();
constexpr std::int64_t kBegin = kNow - 180;

bool tells(std::string_view answer, std::string_view part) {
  return answer.find(part) != std::string::npos;
}

// Three minutes of n01, n02 and g1; n02 is down, g1 was never reported.
struct NodeMetricsWorld : GraphqlFixture {
  explicit NodeMetricsWorld(httpd::Config config = {}) : GraphqlFixture(true, std::move(config)) {
    source().set_unit("mem_used", {"B", "G"});
    source().hold({"mem_used", MetricScope::node, "n02", "", kBegin, {4, kNodeGap, 6}});
    source().hold({"mem_used", MetricScope::node, "n01", "", kBegin, {1, 2, 3}});
    source().hold({"cpu_load", MetricScope::node, "n01", "", kBegin, {8, 8, 8}});
    source().hold({"cpu_load", MetricScope::node, "g1", "", kBegin, {kNodeGap, 1, kNodeGap}});
    source().hold({"mem_used", MetricScope::core, "n01", "0", kBegin, {0.5F, 1, 1.5F}});
    storage::NodeState n01, n02;
    n01.hostname = "n01";
    n02.hostname = "n02";
    n01.sub_cluster = n02.sub_cluster = "main";
    n01.scheduler_state = schema::SchedulerState::mixed;
    n01.health_state = schema::MonitoringState::partial;
    n02.scheduler_state = schema::SchedulerState::down;
    report_nodes("big", kNow - 60, {n01, n02});
  }

  std::string ask_nodes(std::string_view arguments, std::string_view selection) {
    return ask(
        "{ nodeMetrics(cluster: \"big\", from: \"2023-12-31T23:57:00Z\", "
        "to: \"2024-01-01T00:00:00Z\"" +
        std::string(arguments) + ") { " + std::string(selection) + " } }");
  }
  // `arguments`: subCluster and so on.
  std::string ask_list(std::string_view arguments, std::string_view selection) {
    return ask(
        "{ nodeMetricsList(cluster: \"big\", from: \"2023-12-31T23:57:00Z\", "
        "to: \"2024-01-01T00:00:00Z\", " +
        std::string(arguments) + ") { " + std::string(selection) + " } }");
  }
  std::string ask_cluster(std::string_view arguments, std::string_view selection) {
    return ask(
        "{ clusterMetrics(cluster: \"big\", from: \"2023-12-31T23:57:00Z\", "
        "to: \"2024-01-01T00:00:00Z\"" +
        std::string(arguments) + ") { " + std::string(selection) + " } }");
  }
};

const char* const kAll = "subCluster: \"\", stateFilter: \"all\", nodeFilter: \"\"";

}  // namespace

TEST_CASE("every field of hosts' metrics, by host name") {
  NodeMetricsWorld world;
  CHECK(world.ask_nodes("",
                        "host nodeState metricHealth subCluster metrics { name scope metric { "
                        "timestep unit { base prefix } coverage series { hostname id "
                        "statistics { min avg max } data } } }") ==
        R"({"data":{"nodeMetrics":[{"host":"g1","nodeState":"","metricHealth":"",)"
        R"("subCluster":"gpu","metrics":[{"name":"cpu_load","scope":"node","metric":{)"
        R"("timestep":60,"unit":{"base":"","prefix":""},"coverage":0.3333,"series":[)"
        R"({"hostname":"g1","id":null,"statistics":{"min":1,"avg":1,"max":1},)"
        R"("data":[null,1.00,null]}]}}]},)"
        R"({"host":"n01","nodeState":"mixed","metricHealth":"partial","subCluster":"main",)"
        R"("metrics":[{"name":"cpu_load","scope":"node","metric":{"timestep":60,)"
        R"("unit":{"base":"","prefix":""},"coverage":1,"series":[{"hostname":"n01","id":null,)"
        R"("statistics":{"min":8,"avg":8,"max":8},"data":[8.00,8.00,8.00]}]}},)"
        R"({"name":"mem_used","scope":"node","metric":{"timestep":60,)"
        R"("unit":{"base":"B","prefix":"G"},"coverage":1,"series":[{"hostname":"n01","id":null,)"
        R"("statistics":{"min":1,"avg":2,"max":3},"data":[1.00,2.00,3.00]}]}}]},)"
        R"({"host":"n02","nodeState":"down","metricHealth":"full","subCluster":"main",)"
        R"("metrics":[{"name":"mem_used","scope":"node","metric":{"timestep":60,)"
        R"("unit":{"base":"B","prefix":"G"},"coverage":0.6667,"series":[{"hostname":"n02",)"
        R"("id":null,"statistics":{"min":4,"avg":5,"max":6},"data":[4.00,null,6.00]}]}}]}]}})");
}

TEST_CASE("nodesWithMeta tells which metrics a node does not send; nodes that are down need not") {
  NodeMetricsWorld world;
  const std::string question =
      "{ nodesWithMeta { items { hostname healthData metaData } } nodes { items { healthData } } }";
  CHECK(world.ask(question) ==
        R"({"data":{"nodesWithMeta":{"items":[{"hostname":"n01","healthData":{"degraded":[],)"
        R"("missing":["node_power"]},"metaData":{}},{"hostname":"n02","healthData":{},)"
        R"("metaData":{}}]},"nodes":{"items":[{"healthData":{}},{"healthData":{}}]}}})");
  world.source().broken = Error{ErrorKind::unavailable, "gone"};
  CHECK(tells(world.ask(question), R"({"hostname":"n01","healthData":{},"metaData":{}})"));
}

TEST_CASE("nodes and metrics can be named; scopes have no effect") {
  NodeMetricsWorld world;
  CHECK(world.ask_nodes(", nodes: [\"n02\", \"n01\", \"n77\", \"n01\"], metrics: [\"cpu_load\", "
                        "\"nonsense\"], scopes: [core]",
                        "host metrics { name scope }") ==
        R"({"data":{"nodeMetrics":[{"host":"n01","metrics":[)"
        R"({"name":"cpu_load","scope":"node"}]}]}})");
  const auto asked = world.source().asked().at(0);
  CHECK(asked.hosts.size() == 3);
  CHECK(asked.metrics == std::vector<std::string>{"cpu_load"});
  CHECK(asked.all_accelerators);
  CHECK(!asked.values);
  CHECK(asked.from == kBegin);
  CHECK(asked.to == kNow);
  CHECK(world.ask_nodes(", nodes: []", "host") == R"({"data":{"nodeMetrics":[]}})");
  CHECK(world.ask_nodes(", metrics: [\"nonsense\"]", "host") == R"({"data":{"nodeMetrics":[]}})");
}

TEST_CASE("an unknown cluster, a time that runs backwards, and too much are refused") {
  httpd::Config config;
  config.graphql.max_metric_hosts = 2;
  config.graphql.max_samples = 10;
  NodeMetricsWorld world(config);
  const std::string time = "from: \"2024-01-02T00:00:00Z\", to: \"2024-01-01T00:00:00Z\"";
  const std::string far = "from: \"\", to: \"9999-01-01T00:00:00Z\"";
  CHECK(tells(world.ask("{ nodeMetrics(cluster: \"x\", " + far + ") { host } }"), "\"NOT_FOUND\""));
  CHECK(tells(world.ask("{ clusterMetrics(cluster: \"x\", " + far + ") { nodeCount } }"),
              "\"NOT_FOUND\""));
  CHECK(tells(world.ask("{ nodeMetrics(cluster: \"big\", " + time + ") { host } }"),
              "\"BAD_USER_INPUT\""));
  CHECK(tells(world.ask("{ clusterMetrics(cluster: \"big\", " + time + ") { nodeCount } }"),
              "\"BAD_USER_INPUT\""));
  CHECK(tells(world.ask_nodes("", "host"), "\"RESULT_TOO_LARGE\""));
  CHECK(tells(world.ask_nodes(", nodes: [\"a\", \"b\", \"c\"]", "host"), "\"RESULT_TOO_LARGE\""));
  CHECK(!tells(world.ask_nodes(", nodes: [\"n01\", \"n02\"]", "host"), "errors"));
  CHECK(tells(
      world.ask_nodes(", nodes: [\"n01\", \"n02\"]", "metrics { metric { series { data } } }"),
      "\"RESULT_TOO_LARGE\""));
  CHECK(
      tells(world.ask("{ nodeMetrics(cluster: \"big\", nodes: [\"n01\"], " + far + ") { host } }"),
            "\"RESULT_TOO_LARGE\""));
  CHECK(
      tells(world.ask_list(std::string(kAll) + ", page: {itemsPerPage: -1, page: 1}, scopes: node",
                           "items { metrics { metric { series { data } } } }"),
            "\"RESULT_TOO_LARGE\""));
  CHECK(tells(world.ask_cluster("", "nodeCount"), "\"RESULT_TOO_LARGE\""));
}

TEST_CASE("sub-clusters may have sources of their own, and one may fail") {
  NodeMetricsWorld world;
  sources::FakeSource other;
  other.hold({"cpu_load", MetricScope::node, "g2", "", kBegin, {3, 3, 3}});
  world.sources().set("big", "gpu", other);
  const auto hosts = [&] { return world.ask_nodes("", "host metrics { name }"); };
  CHECK(hosts() == R"({"data":{"nodeMetrics":[{"host":"g2","metrics":[{"name":"cpu_load"}]},)"
                   R"({"host":"n01","metrics":[{"name":"cpu_load"},{"name":"mem_used"}]},)"
                   R"({"host":"n02","metrics":[{"name":"mem_used"}]}]}})");
  other.broken = Error{ErrorKind::unavailable, "out of reach"};
  CHECK(hosts() == R"({"data":{"nodeMetrics":[)"
                   R"({"host":"n01","metrics":[{"name":"cpu_load"},{"name":"mem_used"}]},)"
                   R"({"host":"n02","metrics":[{"name":"mem_used"}]}]}})");
  world.source().broken = other.broken;
  CHECK(tells(hosts(), "\"UNAVAILABLE\""));
}

TEST_CASE("a page of hosts shows those without samples, too") {
  NodeMetricsWorld world;
  CHECK(world.ask_list(std::string(kAll) + ", scopes: [core, node], metrics: [\"mem_used\"]",
                       "offset limit count totalNodes hasNextPage items { host nodeState "
                       "metricHealth subCluster metrics { name scope metric { series { id data } "
                       "} } }") ==
        R"({"data":{"nodeMetricsList":{"offset":null,"limit":null,"count":null,"totalNodes":2,)"
        R"("hasNextPage":false,"items":[{"host":"n01","nodeState":"mixed",)"
        R"("metricHealth":"partial","subCluster":"main","metrics":[)"
        R"({"name":"mem_used","scope":"core","metric":{"series":[)"
        R"({"id":"0","data":[0.50,1.00,1.50]}]}},)"
        R"({"name":"mem_used","scope":"node","metric":{"series":[)"
        R"({"id":null,"data":[1.00,2.00,3.00]}]}}]},)"
        R"({"host":"n02","nodeState":"down","metricHealth":"full","subCluster":"main",)"
        R"("metrics":[{"name":"mem_used","scope":"node","metric":{"series":[)"
        R"({"id":null,"data":[4.00,null,6.00]}]}}]}]}}})");
  CHECK(world.ask_list("subCluster: \"gpu\", stateFilter: \"notindb\", nodeFilter: \"\", "
                       "scopes: [node], page: {itemsPerPage: 1, page: 1}",
                       "totalNodes hasNextPage items { host metrics { name } }") ==
        R"({"data":{"nodeMetricsList":{"totalNodes":2,"hasNextPage":true,"items":[)"
        R"({"host":"g1","metrics":[{"name":"cpu_load"}]}]}}})");
  CHECK(world.ask_list("subCluster: \"gpu\", stateFilter: \"notindb\", nodeFilter: \"\", "
                       "scopes: [node], page: {itemsPerPage: 1, page: 2}",
                       "hasNextPage items { host metrics { name } }") ==
        R"({"data":{"nodeMetricsList":{"hasNextPage":false,"items":[)"
        R"({"host":"g2","metrics":[]}]}}})");
}

TEST_CASE("a list of hosts without scopes, or without metrics selected, reads nothing") {
  NodeMetricsWorld world;
  CHECK(world.ask_list(kAll, "items { host metrics { name } }") ==
        R"({"data":{"nodeMetricsList":{"items":[{"host":"n01","metrics":[]},)"
        R"({"host":"n02","metrics":[]}]}}})");
  CHECK(world.ask_list(std::string(kAll) + ", scopes: [node]", "totalNodes items { host }") ==
        R"({"data":{"nodeMetricsList":{"totalNodes":2,"items":[{"host":"n01"},{"host":"n02"}]}}})");
  CHECK(world.source().asked().empty());
}

TEST_CASE("series of a list of hosts are resampled, with statistics series") {
  httpd::Config config;
  config.resampling.minimum_points = 0;
  NodeMetricsWorld world(config);
  for (int i = 0; i < 8; ++i)
    world.source().hold({"node_power",
                         MetricScope::hwthread,
                         "n01",
                         std::to_string(i),
                         kBegin,
                         {1, static_cast<float>(i), 3}});
  CHECK(world
            .ask_list(std::string(kAll) + ", scopes: [hwthread], resolution: 180",
                      "items { metrics { metric { timestep series { data } "
                      "statisticsSeries { min max } } } }")
            .find(R"({"metrics":[{"metric":{"timestep":180,"series":[{"data":[1.00,3.00]})") !=
        std::string::npos);
  CHECK(tells(world.ask_list(std::string(kAll) + ", scopes: [hwthread], resolution: 180",
                             "items { metrics { metric { statisticsSeries { min max } } } }"),
              R"("statisticsSeries":{"min":[0.00],"max":[7.00]})"));
}

TEST_CASE("sums over a cluster contain every host, and gaps count as nothing") {
  NodeMetricsWorld world;
  CHECK(world.ask_cluster("", "nodeCount metrics { name unit { base prefix } timestep data }") ==
        R"({"data":{"clusterMetrics":{"nodeCount":3,"metrics":[)"
        R"({"name":"cpu_load","unit":{"base":"","prefix":""},"timestep":60,)"
        R"("data":[8.00,9.00,8.00]},)"
        R"({"name":"mem_used","unit":{"base":"B","prefix":"G"},"timestep":60,)"
        R"("data":[5.00,2.00,9.00]}]}}})");
  CHECK(world.ask_cluster(", metrics: [\"mem_used\", \"nonsense\"]", "nodeCount") ==
        R"({"data":{"clusterMetrics":{"nodeCount":2}}})");
  CHECK(!world.source().asked().back().values);
}

TEST_CASE("bandwidth of a cluster comes in tera, from all of its sources") {
  NodeMetricsWorld world;
  sources::FakeSource other;
  other.set_unit("mem_used", {"B/s", "G"});
  world.source().set_unit("mem_used", {"B/s", "G"});
  other.hold({"mem_used", MetricScope::node, "g1", "", kBegin, {1000, 2000, kNodeGap}});
  world.sources().set("big", "gpu", other);
  CHECK(world.ask_cluster(", metrics: [\"mem_used\"]",
                          "nodeCount metrics { unit { prefix } data }") ==
        R"({"data":{"clusterMetrics":{"nodeCount":3,"metrics":[{"unit":{"prefix":"T"},)"
        R"("data":[1.00,2.00,0.01]}]}}})");
  other.broken = Error{ErrorKind::unavailable, "out of reach"};
  CHECK(tells(world.ask_cluster(", metrics: [\"mem_used\"]", "nodeCount"), "\"nodeCount\":2"));
  world.source().broken = other.broken;
  CHECK(tells(world.ask_cluster("", "nodeCount"), "\"UNAVAILABLE\""));
}

TEST_CASE("a client that leaves ends the reading of hosts") {
  NodeMetricsWorld world;
  world.source().on_read = [&] { world.stop = true; };
  CHECK(tells(world.ask_nodes("", "host"), "\"CANCELLED\""));
  world.stop = false;
  CHECK(tells(world.ask_cluster("", "nodeCount"), "\"CANCELLED\""));
  world.stop = false;
  CHECK(tells(world.ask_list(std::string(kAll) + ", scopes: [node]", "items { metrics { name } }"),
              "\"CANCELLED\""));
}

TEST_CASE("a host that no sub-cluster lists counts with all of its metrics") {
  using storage::test::Measured;
  const auto clusters = std::make_shared<const schema::Clusters>(storage::test::metric_clusters());
  GraphqlFixture site(true);
  site.services().clusters = [&clusters] { return clusters; };
  sources::OwnStore own(clusters);
  site.sources().set("big", "", own);
  site.sources().set("big", "main", own);
  std::vector<Measured> samples;
  for (const std::string host : {"m1", "x1"}) {
    for (const char* thread : {"0", "1"})
      samples.push_back({host, "flops", "hwthread", thread, "", "", kBegin + 3, 2});
    samples.push_back({host, "load", "", "", "", "", kBegin + 3, 9});
  }
  storage::test::put(site.store(), samples, kBegin + 10);
  const std::string arguments =
      "(cluster: \"big\", from: \"2023-12-31T23:57:00Z\", to: "
      "\"2023-12-31T23:58:00Z\", metrics: [\"flops\", \"load\"])";
  CHECK(site.ask("{ nodeMetrics" + arguments +
                 " { host subCluster metrics { name metric { series { data } } } } }") ==
        R"({"data":{"nodeMetrics":[{"host":"m1","subCluster":"main","metrics":[)"
        R"({"name":"flops","metric":{"series":[{"data":[4.00]}]}},)"
        R"({"name":"load","metric":{"series":[{"data":[9.00]}]}}]},)"
        R"({"host":"x1","subCluster":"","metrics":[)"
        R"({"name":"flops","metric":{"series":[{"data":[4.00]}]}},)"
        R"({"name":"load","metric":{"series":[{"data":[9.00]}]}}]}]}})");
  CHECK(site.ask("{ clusterMetrics" + arguments + " { nodeCount metrics { name data } } }") ==
        R"({"data":{"clusterMetrics":{"nodeCount":2,"metrics":[{"name":"flops","data":[8.00]},)"
        R"({"name":"load","data":[18.00]}]}}})");
}

}  // namespace jobledger::test
