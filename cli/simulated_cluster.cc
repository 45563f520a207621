// SPDX-License-Identifier: MIT
#include "cli/simulated_cluster.h"

#include "base/log.h"

#include <numeric>

namespace jobledger::cli {
namespace {

using schema::EnergyKind;
using schema::MetricConfig;
using schema::MetricScope;
using schema::StatisticKind;

schema::Topology make_topology(std::int32_t cores, std::int32_t domain, std::int32_t accelerators) {
  using Ids = schema::Topology::Ids;
  const auto groups = [cores](std::int32_t size) {
    schema::Topology::Groups out;
    for (std::int32_t first = 0; first < cores; first += size) {
      Ids ids(static_cast<std::size_t>(size));
      std::iota(ids.begin(), ids.end(), first);
      out.push_back(std::move(ids));
    }
    return out;
  };
  schema::Topology topology;
  topology.node = groups(cores).front();
  topology.socket = groups(cores / 2);
  topology.memory_domain = groups(domain);
  topology.core = groups(1);
  if (accelerators > 0) {
    topology.accelerators.emplace();
    for (std::int32_t i = 0; i < accelerators; ++i) {
      topology.accelerators->push_back({accelerator_id(i), "Nvidia GPU", "A100"});
    }
  }
  return topology;
}

schema::SubCluster make_sub_cluster(std::string name, std::string_view prefix, std::uint32_t nodes,
                                    std::int32_t cores, std::int32_t accelerators) {
  schema::SubCluster out;
  out.name = std::move(name);
  out.nodes = fmt::format("{}[0001-{:04}]", prefix, nodes);
  out.processor_type =
      accelerators > 0 ? "Simulated 32-core with accelerators" : "Simulated 36-core";
  out.sockets_per_node = 2;
  out.cores_per_socket = cores / 2;
  out.threads_per_core = 1;
  out.flop_rate_scalar = {{"F/s", "G"}, 4.8 * cores};
  out.flop_rate_simd = {{"F/s", "G"}, 76.8 * cores};
  out.memory_bandwidth = {{"B/s", "G"}, 350};
  out.topology = make_topology(cores, cores / 4, accelerators);
  return out;
}

MetricConfig make_metric(std::string name, schema::Unit unit, MetricScope scope, double peak,
                         StatisticKind footprint, EnergyKind energy = EnergyKind::none) {
  MetricConfig out;
  out.name = std::move(name);
  out.unit = std::move(unit);
  out.scope = scope;
  out.aggregation = energy == EnergyKind::power || peak > 1000 ? schema::Aggregation::sum
                                                               : schema::Aggregation::avg;
  out.timestep = 60;
  out.thresholds = {peak, peak / 2, peak / 5, peak / 20};
  out.footprint = footprint;
  out.energy = energy;
  return out;
}

std::vector<MetricConfig> make_metrics(bool with_gpus) {
  using enum StatisticKind;
  std::vector<MetricConfig> metrics{
      make_metric("cpu_load", {"", ""}, MetricScope::node, kMainCores, avg),
      make_metric("cpu_user", {"", ""}, MetricScope::hwthread, 100, none),
      make_metric("mem_used", {"B", "G"}, MetricScope::node, 256, max),
      make_metric("flops_any", {"F/s", "G"}, MetricScope::hwthread, 5600, avg),
      make_metric("mem_bw", {"B/s", "G"}, MetricScope::socket, 350, avg),
      make_metric("net_bw", {"B/s", "M"}, MetricScope::node, 12'500, avg),
      make_metric("node_power", {"W", ""}, MetricScope::node, 800, none, EnergyKind::power),
  };
  if (!with_gpus) return metrics;
  metrics.push_back(make_metric("acc_utilization", {"", ""}, MetricScope::accelerator, 100, avg));
  metrics.push_back(
      make_metric("acc_power", {"W", ""}, MetricScope::accelerator, 400, none, EnergyKind::power));
  for (auto metric = metrics.end() - 2; metric != metrics.end(); ++metric) {
    schema::MetricOverride absent;
    absent.sub_cluster = "main";
    absent.remove = true;
    metric->overrides.push_back(std::move(absent));
  }
  return metrics;
}

// Node names begin with the cluster's first letter.
char first_letter(std::string_view name) {
  const char c = name.empty() ? 'n' : static_cast<char>(name.front() | 0x20);
  return c >= 'a' && c <= 'z' ? c : 'n';
}

}  // namespace

std::string accelerator_id(std::int32_t index) {
  return fmt::format("00000000:{:02X}:00.0", 0x01 + 0x20 * index);
}

schema::Cluster make_cluster(const ClusterShape& shape) {
  const std::string prefix(1, first_letter(shape.name));
  schema::Cluster cluster;
  cluster.name = shape.name;
  cluster.metric_config = make_metrics(shape.gpu_nodes > 0);
  cluster.sub_clusters.push_back(make_sub_cluster("main", prefix, shape.nodes, kMainCores, 0));
  if (shape.gpu_nodes > 0) {
    cluster.sub_clusters.push_back(
        make_sub_cluster("gpu", prefix + "g", shape.gpu_nodes, kGpuCores, kGpusPerNode));
  }
  std::string json;
  schema::write_cluster(json, cluster);
  auto read = schema::parse_cluster(json);
  CHECK(read, "the simulated cluster is not valid: {}", read.error().detail);
  return *std::move(read);
}

}  // namespace jobledger::cli
