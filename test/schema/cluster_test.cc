// SPDX-License-Identifier: MIT
#include "schema/cluster.h"

#include "test/schema/example_cluster.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

using Names = std::vector<std::string>;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string error_after(std::string_view from, std::string_view to) {
  const Result<Cluster> cluster = parse_cluster(replaced(example_cluster_text(), from, to));
  return cluster ? "" : cluster.error().detail;
}

Names warnings_after(std::string_view from, std::string_view to) {
  Names warnings;
  REQUIRE(parse_cluster(replaced(example_cluster_text(), from, to), &warnings).has_value());
  return warnings;
}

}  // namespace

TEST_CASE("a cluster is read with all that it says") {
  Names warnings;
  const Result<Cluster> cluster = parse_cluster(example_cluster_text(), &warnings);
  REQUIRE(cluster.has_value());
  CHECK(warnings.empty());
  CHECK(cluster->name == "big");
  REQUIRE(cluster->metric_config.size() == 3);
  const MetricConfig& load = cluster->metric_config[0];
  CHECK(load.name == "cpu_load");
  CHECK(load.scope == MetricScope::node);
  CHECK(load.aggregation == Aggregation::avg);
  CHECK(load.timestep == 60);
  CHECK(load.thresholds == Thresholds{72, 72, 36, 20});
  CHECK(load.footprint == StatisticKind::avg);
  REQUIRE(load.overrides.size() == 1);
  CHECK(load.overrides[0].sub_cluster == "gpu");
  CHECK(cluster->metric_config[1].unit == Unit{"B", "G"});
  REQUIRE(cluster->sub_clusters.size() == 2);
  const SubCluster& main = cluster->sub_clusters[0];
  CHECK(main.node_list.size() == 40);
  CHECK(main.processor_type == "X");
  CHECK(main.cores_per_socket == 2);
  CHECK(main.memory_bandwidth == MetricValue{{"B/s", "G"}, 80.5});
  CHECK(main.topology.memory_domain == Topology::Groups{{0, 1}, {2, 3}});
  CHECK(!main.topology.die);
  CHECK(main.topology.accelerators ==
        std::vector<Accelerator>{{"00000000:01:00.0", "Nvidia GPU", "A"}});
}

TEST_CASE("each sub-cluster gets its effective metrics, footprint and energy lists") {
  const Cluster cluster = cluster_of(example_cluster_text());
  const SubCluster& main = *cluster.find_sub_cluster("main");
  CHECK(main.metric_config.size() == 3);
  CHECK(main.footprint == Names{"cpu_load", "mem_used"});
  CHECK(main.energy_footprint == Names{"node_power"});
  const SubCluster& gpu = *cluster.find_sub_cluster("gpu");
  CHECK(gpu.metric_config.size() == 2);
  CHECK(gpu.find_metric("node_power") == nullptr);
  CHECK(gpu.energy_footprint.empty());
  CHECK(gpu.footprint == Names{"cpu_load"});
  const MetricConfig& load = *gpu.find_metric("cpu_load");
  CHECK(load.thresholds == Thresholds{128, 128, 64, 32});
  CHECK(load.footprint == StatisticKind::min);
  CHECK(load.lower_is_better);
  CHECK(load.overrides.empty());
  CHECK(load.timestep == 60);
  // An override replaces all it can replace, also by what it does not say.
  const MetricConfig& memory = *gpu.find_metric("mem_used");
  CHECK(memory.thresholds == Thresholds{});
  CHECK(memory.footprint == StatisticKind::none);
  CHECK(!memory.lower_is_better);
  CHECK(!memory.restrict);
  CHECK(memory.unit == Unit{"B", "G"});
}

TEST_CASE("derived lists that stand in the file are not added to") {
  const Cluster cluster = cluster_of(replaced(example_cluster_text(), R"("nodes":"g1,g2")",
                                              R"("nodes":"g1,g2","footprint":["x"])"));
  CHECK(cluster.find_sub_cluster("gpu")->footprint == Names{"cpu_load"});
}

TEST_CASE("a host belongs to the first sub-cluster that lists it") {
  const Cluster cluster = cluster_of(example_cluster_text());
  CHECK(cluster.find_sub_cluster_of("n07")->name == "main");
  CHECK(cluster.find_sub_cluster_of("g2")->name == "gpu");
  CHECK(cluster.find_sub_cluster_of("g3") == nullptr);
}

TEST_CASE("only the first sub-cluster takes all other hosts") {
  const Cluster first = cluster_of(replaced(example_cluster_text(), "n[01-40]", "*"));
  CHECK(first.sub_clusters[0].is_catch_all());
  CHECK(first.find_sub_cluster_of("anything")->name == "main");
  CHECK(first.find_sub_cluster_of("g1")->name == "gpu");
  const Cluster second = cluster_of(replaced(example_cluster_text(), "g1,g2", "*"));
  CHECK(second.find_sub_cluster_of("g1") == nullptr);
  CHECK(warnings_after("g1,g2", "*") ==
        Names{"sub-cluster gpu: nodes \"*\" counts for the first sub-cluster only"});
}

TEST_CASE("what has no effect is warned of") {
  CHECK(warnings_after(R"("aggregation":"avg")", R"("aggregation":"median")") ==
        Names{"metric cpu_load: aggregation \"median\" is unknown, the metric stays at its native "
              "scope"});
  CHECK(warnings_after(R"({"name":"gpu","remove":true})", R"({"name":"gone","remove":true})") ==
        Names{"metric node_power: its entry for sub-cluster gone names none of this cluster"});
  CHECK(warnings_after(R"("energy":"power")", R"("energy":"energy")") ==
        Names{"metric node_power of sub-cluster main: energy \"energy\" does not count, only "
              "\"power\" does"});
}

TEST_CASE("every violated rule is an error with the member's path") {
  struct Row {
    std::string_view from, to, error;
  };
  for (const Row& row : std::vector<Row>{
           {R"("name":"big")", R"("name":"")", "name: missing"},
           {R"("name":"mem_used")", R"("name":"")", "metricConfig[1].name: missing"},
           {R"("name":"mem_used")", R"("name":"cpu_load")",
            "metricConfig[1].name: the same name as in metricConfig[0]"},
           {R"("timestep":60)", R"("timestep":0)",
            "metricConfig[0].timestep: expected 1 or more seconds, found 0"},
           {R"("timestep":60,)", "",
            "metricConfig[0].timestep: expected 1 or more seconds, found 0"},
           {R"("scope":"node")", R"("scope":"rack")",
            "metricConfig[0].scope: not a valid scope: \"rack\""},
           {R"("footprint":"avg")", R"("footprint":"sum")",
            "metricConfig[0].footprint: not a valid footprint: \"sum\""},
           {R"("energy":"power")", R"("energy":"joule")",
            "metricConfig[2].energy: not a valid energy: \"joule\""},
           {R"("peak":128)", R"("peak":"128")",
            "metricConfig[0].subClusters[0].peak: expected a number, found \"128\""},
           {R"({"name":"gpu","remove":true})", R"({"remove":true})",
            "metricConfig[2].subClusters[0].name: missing"},
           {R"("name":"gpu","nodes")", R"("name":"main","nodes")",
            "subClusters[1].name: the same name as in subClusters[0]"},
           {"n[01-40]", "n[1-40]",
            "subClusters[0].nodes: term 1, byte 7: both ends of a range need equally many digits, "
            "found ']'"},
           {R"({"unit":{"base":"F/s","prefix":"G"},"value":20})", "20",
            "subClusters[0].flopRateScalar: expected an object, found 20"},
           {R"("socketsPerNode":1)", R"("socketsPerNode":-1)",
            "subClusters[0].socketsPerNode: expected 0 to 1048576, found -1"},
           {"[[0,2],[1,3]]", "[[0,2],[1,-3]]",
            "subClusters[0].topology.core[1][1]: expected an id from 0, found -3"},
           {R"("id":"00000000:01:00.0")", R"("id":"")",
            "subClusters[0].topology.accelerators[0].id: missing"}}) {
    CAPTURE(row.to);
    CHECK(error_after(row.from, row.to) == row.error);
  }
  CHECK(parse_cluster(R"({"name":"c"})").error().detail ==
        "metricConfig: expected at least one entry");
  CHECK(
      parse_cluster(R"({"name":"c","metricConfig":[{"name":"m","timestep":1}]})").error().detail ==
      "subClusters: expected at least one entry");
}

TEST_CASE("a cluster is written in the field's order and read back") {
  const Cluster cluster = cluster_of(
      R"({"name":"c","metricConfig":[{"name":"m","unit":{"base":"W"},"timestep":60,"scope":"socket",)"
      R"("aggregation":"sum","energy":"power","footprint":"max","peak":1.5,"restrict":true,)"
      R"("subClusters":[{"name":"b","remove":true}]}],)"
      R"("subClusters":[{"name":"a","nodes":"n[1-2]","processorType":"P",)"
      R"("topology":{"node":[0],"die":[[0]],"accelerators":[{"id":"x","type":"t","model":"m"}]}},)"
      R"({"name":"b","nodes":"*","socketsPerNode":2}]})");
  constexpr std::string_view kValues =
      R"("flopRateScalar":{"unit":{"base":""},"value":0},"flopRateSimd":{"unit":{"base":""},)"
      R"("value":0},"memoryBandwidth":{"unit":{"base":""},"value":0},)";
  const std::string head =
      R"({"name":"c","metricConfig":[{"name":"m","unit":{"base":"W"},"peak":1.5,"normal":0,)"
      R"("caution":0,"alert":0,"energy":"power","scope":"socket","aggregation":"sum",)"
      R"("footprint":"max","subClusters":[{"name":"b","unit":{"base":""},"peak":0,"normal":0,)"
      R"("caution":0,"alert":0,"energy":"","lowerIsBetter":false,"restrict":false,"remove":true}],)"
      R"("timestep":60,"restrict":true,"lowerIsBetter":false}],)"
      R"("subClusters":[{"name":"a","nodes":"n[1-2]","processorType":"P","topology":{"node":[0],)"
      R"("socket":null,"memoryDomain":null,"die":[[0]],"core":null,)"
      R"("accelerators":[{"id":"x","type":"t","model":"m"}]},)" +
      std::string(kValues);
  const std::string derived =
      R"("metricConfig":[{"name":"m","unit":{"base":"W"},"peak":1.5,"normal":0,"caution":0,)"
      R"("alert":0,"energy":"power","scope":"socket","aggregation":"sum","footprint":"max",)"
      R"("timestep":60,"restrict":true,"lowerIsBetter":false}],"footprint":["m"],)"
      R"("energyFootprint":["m"],)";
  const std::string tail =
      R"("socketsPerNode":0,"coresPerSocket":0,"threadsPerCore":0},{"name":"b","nodes":"*",)"
      R"("processorType":"","topology":{"node":null,"socket":null,"memoryDomain":null,"core":null},)" +
      std::string(kValues) + R"("socketsPerNode":2,"coresPerSocket":0,"threadsPerCore":0}]})";
  std::string file, answer;
  write_cluster(file, cluster);
  write_cluster(answer, cluster, ClusterForm::answer);
  CHECK(file == head + tail);
  CHECK(answer == head + derived + tail);
  CHECK(cluster_of(file) == cluster);
  CHECK(cluster_of(answer) == cluster);
}

TEST_CASE("metrics over all clusters, with and without restricted ones") {
  Cluster small =
      cluster_of(replaced(example_cluster_text(), R"("name":"big")", R"("name":"abc")"));
  std::vector<Cluster> list;
  list.push_back(cluster_of(example_cluster_text()));
  list.push_back(std::move(small));
  const Clusters clusters(std::move(list));
  REQUIRE(clusters.all().size() == 2);
  CHECK(clusters.all()[0].name == "abc");
  CHECK(clusters.find("big")->name == "big");
  CHECK(clusters.find("bi") == nullptr);
  const std::vector<GlobalMetric>& all = clusters.global_metrics();
  REQUIRE(all.size() == 3);
  const Names both{"main", "gpu"}, main{"main"}, gpu{"gpu"};
  CHECK(all[0] == GlobalMetric{"cpu_load",
                               {"", ""},
                               MetricScope::node,
                               StatisticKind::min,
                               {{"abc", both}, {"big", both}}});
  CHECK(all[1] == GlobalMetric{"mem_used",
                               {"B", "G"},
                               MetricScope::node,
                               StatisticKind::max,
                               {{"abc", both}, {"big", both}}});
  CHECK(all[2] == GlobalMetric{"node_power",
                               {"W", ""},
                               MetricScope::node,
                               StatisticKind::none,
                               {{"abc", main}, {"big", main}}});
  const std::vector<GlobalMetric>& open = clusters.public_metrics();
  REQUIRE(open.size() == 2);
  CHECK(open[0] == all[0]);
  CHECK(open[1] == GlobalMetric{"mem_used",
                                {"B", "G"},
                                MetricScope::node,
                                StatisticKind::none,
                                {{"abc", gpu}, {"big", gpu}}});
}

TEST_CASE("scopes and kinds have one text each") {
  for (const MetricScope scope :
       {MetricScope::node, MetricScope::socket, MetricScope::memory_domain, MetricScope::core,
        MetricScope::hwthread, MetricScope::accelerator})
    CHECK(parse_metric_scope(to_string(scope)) == scope);
  CHECK(to_string(MetricScope::memory_domain) == "memoryDomain");
  CHECK(!parse_metric_scope("memorydomain"));
  CHECK(parse_aggregation("") == Aggregation::none);
  CHECK(parse_aggregation("sum") == Aggregation::sum);
  CHECK(parse_statistic_kind("max") == StatisticKind::max);
  CHECK(parse_energy_kind("energy") == EnergyKind::energy);
  CHECK(!parse_energy_kind("watt"));
}
