// SPDX-License-Identifier: MIT
#include "cli/simulated_cluster.h"

#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <string_view>

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

struct Measured {
  std::string_view name, base, prefix;
  MetricScope scope;
  schema::Aggregation aggregation;
  double peak;
  StatisticKind footprint = StatisticKind::none;
  EnergyKind energy = EnergyKind::none;
};

using enum schema::Aggregation;
// What the field's collectors measure on most clusters.
constexpr std::array kUsual{
    Measured{"cpu_load", "", "", MetricScope::node, avg, kMainCores, StatisticKind::avg},
    Measured{"cpu_user", "", "", MetricScope::hwthread, avg, 100},
    Measured{"mem_used", "B", "G", MetricScope::node, sum, 256, StatisticKind::max},
    Measured{"flops_any", "F/s", "G", MetricScope::hwthread, sum, 5600, StatisticKind::avg},
    Measured{"mem_bw", "B/s", "G", MetricScope::socket, sum, 350, StatisticKind::avg},
    Measured{"ipc", "IPC", "", MetricScope::hwthread, avg, 4},
    Measured{"clock", "Hz", "M", MetricScope::hwthread, avg, 3000},
    Measured{"net_bw", "B/s", "M", MetricScope::node, sum, 12'500, StatisticKind::avg},
    Measured{"cpu_power", "W", "", MetricScope::socket, sum, 700, StatisticKind::none,
             EnergyKind::power},
};
constexpr std::array kOfAccelerators{
    Measured{"acc_utilization", "", "", MetricScope::accelerator, avg, 100, StatisticKind::avg},
    Measured{"acc_mem_used", "B", "G", MetricScope::accelerator, sum, 40, StatisticKind::max},
    Measured{"acc_power", "W", "", MetricScope::accelerator, sum, 400, StatisticKind::none,
             EnergyKind::power},
};
// More of hardware threads, for those who want many series.
constexpr std::array kMoreOfThreads{
    Measured{"flops_dp", "F/s", "G", MetricScope::hwthread, sum, 5600},
    Measured{"flops_sp", "F/s", "G", MetricScope::hwthread, sum, 5600},
    Measured{"vectorization_ratio", "", "", MetricScope::hwthread, avg, 100},
    Measured{"core_power", "W", "", MetricScope::hwthread, sum, 500},
    Measured{"cpu_idle", "", "", MetricScope::hwthread, avg, 100},
};

MetricConfig make_metric(const Measured& measured) {
  MetricConfig out;
  out.name = measured.name;
  out.unit = {std::string(measured.base), std::string(measured.prefix)};
  out.scope = measured.scope;
  out.aggregation = measured.aggregation;
  out.thresholds = {measured.peak, measured.peak / 2, measured.peak / 5, measured.peak / 20};
  out.footprint = measured.footprint;
  out.energy = measured.energy;
  return out;
}

// Takes metrics of hardware threads away, the last first, or adds some.
void fit_series(std::vector<MetricConfig>& metrics, std::uint32_t series) {
  const auto of_threads = [](const MetricConfig& m) { return m.scope == MetricScope::hwthread; };
  const auto others = std::count_if(metrics.begin(), metrics.end(), std::not_fn(of_threads));
  auto have = std::count_if(metrics.begin(), metrics.end(), of_threads);
  const auto wanted =
      std::max<std::int64_t>(1, (std::int64_t{series} - others + kMainCores / 2) / kMainCores);
  for (; have > wanted; --have) {
    metrics.erase(std::find_if(metrics.rbegin(), metrics.rend(), of_threads).base() - 1);
  }
  for (const Measured& more : kMoreOfThreads) {
    if (have >= wanted) break;
    metrics.push_back(make_metric(more));
    ++have;
  }
  for (std::int64_t i = 1; have < wanted; ++i, ++have) {
    metrics.push_back(make_metric({"", "", "", MetricScope::hwthread, avg, 100}));
    metrics.back().name = fmt::format("counter_{:03}", i);
  }
}

std::vector<MetricConfig> make_metrics(const ClusterShape& shape) {
  std::vector<MetricConfig> metrics;
  for (const Measured& measured : kUsual) metrics.push_back(make_metric(measured));
  if (shape.series > 0) fit_series(metrics, shape.series);
  if (shape.gpu_nodes == 0) return metrics;
  for (const Measured& measured : kOfAccelerators) {
    metrics.push_back(make_metric(measured));
    schema::MetricOverride absent;
    absent.sub_cluster = "main";
    absent.remove = true;
    metrics.back().overrides.push_back(std::move(absent));
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
  cluster.metric_config = make_metrics(shape);
  for (MetricConfig& metric : cluster.metric_config) metric.timestep = shape.timestep;
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
