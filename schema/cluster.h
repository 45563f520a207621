// SPDX-License-Identifier: MIT
// A cluster's configuration (cluster.json): metrics, sub-clusters, topologies, and what is derived
// from them at load time. Immutable once loaded; shared as shared_ptr<const Clusters>.
#pragma once

#include "base/result.h"
#include "schema/node_list.h"
#include "schema/unit.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::schema {

enum class MetricScope : std::uint8_t { node, socket, memory_domain, core, hwthread, accelerator };
std::string_view to_string(MetricScope scope);  // wire form: "memoryDomain"
std::optional<MetricScope> parse_metric_scope(std::string_view text);

enum class Aggregation : std::uint8_t { none, sum, avg };
enum class StatisticKind : std::uint8_t {
  none,
  avg,
  min,
  max
};  // which statistic is the footprint
enum class EnergyKind : std::uint8_t { none, power, energy };
std::string_view to_string(Aggregation aggregation);  // "" for none, here and below
std::string_view to_string(StatisticKind kind);
std::string_view to_string(EnergyKind kind);
// "" is none; nullopt for what the format does not know.
std::optional<Aggregation> parse_aggregation(std::string_view text);
std::optional<StatisticKind> parse_statistic_kind(std::string_view text);
std::optional<EnergyKind> parse_energy_kind(std::string_view text);

struct Thresholds {
  double peak = 0, normal = 0, caution = 0, alert = 0;

  bool operator==(const Thresholds&) const = default;
};

// What a sub-cluster says differently. `remove` = the metric does not exist there; otherwise all
// members replace those of the cluster, set or not. Several for one sub-cluster: the last counts.
struct MetricOverride {
  std::string sub_cluster;
  Thresholds thresholds;
  StatisticKind footprint = StatisticKind::none;
  EnergyKind energy = EnergyKind::none;
  bool lower_is_better = false, restrict = false, remove = false;

  bool operator==(const MetricOverride&) const = default;
};

struct MetricConfig {
  std::string name;
  Unit unit;
  MetricScope scope = MetricScope::node;
  Aggregation aggregation = Aggregation::none;
  std::int32_t timestep = 0;  // seconds, >= 1
  Thresholds thresholds;
  StatisticKind footprint = StatisticKind::none;
  EnergyKind energy = EnergyKind::none;
  bool lower_is_better = false, restrict = false;
  std::vector<MetricOverride> overrides;  // empty in a sub-cluster's effective list

  bool operator==(const MetricConfig&) const = default;
};

struct Accelerator {
  std::string id, type, model;

  bool operator==(const Accelerator&) const = default;
};

// Lists of hwthread ids; the position of a list is the element's id. An absent list is nullopt; die
// and accelerators are also absent when the file has them empty.
struct Topology {
  using Ids = std::vector<std::int32_t>;
  using Groups = std::vector<Ids>;
  std::optional<Ids> node;
  std::optional<Groups> socket, memory_domain, die, core;
  std::optional<std::vector<Accelerator>> accelerators;

  bool operator==(const Topology&) const = default;
};

struct MetricValue {
  Unit unit;
  double value = 0;

  bool operator==(const MetricValue&) const = default;
};

struct SubCluster {
  std::string name;
  std::string nodes;   // as written
  NodeList node_list;  // the same, parsed; matches nothing when nodes is "*" (see is_catch_all)
  std::string processor_type;
  std::int32_t sockets_per_node = 0, cores_per_socket = 0, threads_per_core = 0;
  MetricValue flop_rate_scalar, flop_rate_simd, memory_bandwidth;
  Topology topology;
  // Derived, in metric order.
  std::vector<MetricConfig> metric_config;    // effective values, without removed metrics
  std::vector<std::string> footprint;         // names of metrics with a footprint kind
  std::vector<std::string> energy_footprint;  // names of metrics with an energy kind

  bool operator==(const SubCluster&) const = default;

  bool is_catch_all() const { return nodes == "*"; }
  const MetricConfig* find_metric(std::string_view metric) const;
};

struct Cluster {
  std::string name;
  std::vector<MetricConfig> metric_config;
  std::vector<SubCluster> sub_clusters;

  bool operator==(const Cluster&) const = default;

  const SubCluster* find_sub_cluster(std::string_view sub_cluster) const;
  const MetricConfig* find_metric(std::string_view metric) const;
  // The first sub-cluster whose node list has this host; else the first of all if it is "*".
  const SubCluster* find_sub_cluster_of(std::string_view hostname) const;
};

struct MetricAvailability {
  std::string cluster;
  std::vector<std::string> sub_clusters;

  bool operator==(const MetricAvailability&) const = default;
};

// One metric name over all clusters (GraphQL globalMetrics), in order of first definition.
struct GlobalMetric {
  std::string name;
  Unit unit;                                      // of the first cluster that defines it, like
  MetricScope scope = MetricScope::node;          // its scope
  StatisticKind footprint = StatisticKind::none;  // the last effective kind that is not none
  std::vector<MetricAvailability> availability;   // clusters with at least one sub-cluster

  bool operator==(const GlobalMetric&) const = default;
};

class Clusters {
 public:
  Clusters() = default;
  // Kept in the order of their names, which the caller knows to be different.
  explicit Clusters(std::vector<Cluster> clusters);

  const std::vector<Cluster>& all() const { return clusters_; }
  const Cluster* find(std::string_view name) const;
  const std::vector<GlobalMetric>& global_metrics() const { return global_metrics_; }
  // The same for those who may not see restricted metrics: without the sub-clusters where a metric
  // is restricted, and without metrics that are restricted everywhere.
  const std::vector<GlobalMetric>& public_metrics() const { return public_metrics_; }

 private:
  std::vector<Cluster> clusters_;
  std::vector<GlobalMetric> global_metrics_, public_metrics_;
};

// cluster.json into a cluster with all derived lists. Every violated rule is an error with the
// member's path ("metricConfig[3].timestep: ..."). `warnings` gets what is accepted but has no
// effect. Unknown members are ignored.
Result<Cluster> parse_cluster(std::string_view json, std::vector<std::string>* warnings = nullptr);

// Member order and omissions by docs/formats.md, no newline. `file` writes what cluster.json holds,
// `answer` adds the derived lists of each sub-cluster, as in the field's REST answer.
enum class ClusterForm : std::uint8_t { file, answer };
void write_cluster(std::string& out, const Cluster& cluster, ClusterForm form = ClusterForm::file);

}  // namespace jobledger::schema
