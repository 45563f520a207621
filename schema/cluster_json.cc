// SPDX-License-Identifier: MIT
// Reading cluster.json, and what is derived from it.
#include "schema/cluster.h"
#include "schema/json_fields.h"
#include "schema/member_names.h"

#include <algorithm>

namespace jobledger::schema {
namespace {

// The product of the counts of a sub-cluster stays far below 2^31.
constexpr std::int32_t kMaxElements = 1 << 20;

constexpr std::string_view kClusterNames[] = {"name", "metricConfig", "subClusters"};
constexpr MemberNames kClusterMembers(kClusterNames);

constexpr std::string_view kMetricNames[] = {
    "name",          "unit",     "scope", "aggregation", "timestep", "footprint", "energy",
    "lowerIsBetter", "restrict", "peak",  "normal",      "caution",  "alert",     "subClusters"};
constexpr MemberNames kMetricMembers(kMetricNames);

constexpr std::string_view kOverrideNames[] = {"name",     "footprint", "energy", "lowerIsBetter",
                                               "restrict", "remove",    "peak",   "normal",
                                               "caution",  "alert"};
constexpr MemberNames kOverrideMembers(kOverrideNames);

constexpr std::string_view kSubClusterNames[] = {
    "name",           "nodes",          "processorType", "socketsPerNode",  "coresPerSocket",
    "threadsPerCore", "flopRateScalar", "flopRateSimd",  "memoryBandwidth", "topology"};
constexpr MemberNames kSubClusterMembers(kSubClusterNames);

constexpr std::string_view kTopologyNames[] = {"node", "socket", "memoryDomain",
                                               "die",  "core",   "accelerators"};
constexpr MemberNames kTopologyMembers(kTopologyNames);

constexpr std::string_view kAcceleratorNames[] = {"id", "type", "model"};
constexpr MemberNames kAcceleratorMembers(kAcceleratorNames);

constexpr std::string_view kValueNames[] = {"unit", "value"};
constexpr MemberNames kValueMembers(kValueNames);

struct Reader {
  std::vector<std::string>* warnings;

  void warn(std::string text) const {
    if (warnings != nullptr) warnings->push_back(std::move(text));
  }

  Result<void> read_cluster(JsonValue document, Cluster& out) const;
  Result<void> read_metric(JsonValue value, MetricConfig& out) const;
  Result<void> read_override(JsonValue value, MetricOverride& out) const;
  Result<void> read_aggregation(JsonValue value, MetricConfig& out) const;
};

template <class Record, class Read>
Result<void> read_records(JsonValue value, std::vector<Record>& out, Read read) {
  out.clear();
  if (value.is_null()) return {};
  return value.each_element([&](std::size_t, JsonValue element) -> Result<void> {
    return read(element, out.emplace_back());
  });
}

Result<void> read_ids(JsonValue value, Topology::Ids& out) {
  TRY(read_field(value, out));
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i] < 0) return invalid(fmt::format("[{}]: expected an id from 0, found {}", i, out[i]));
  return {};
}

Result<void> read_groups(JsonValue value, std::optional<Topology::Groups>& out) {
  out.reset();
  if (value.is_null()) return {};
  Topology::Groups groups;
  TRY(read_records(value, groups, read_ids));
  out = std::move(groups);
  return {};
}

Result<void> read_accelerator(JsonValue value, Accelerator& out) {
  TRY(value.each_member([&out](std::string_view name, JsonValue member) -> Result<void> {
    switch (kAcceleratorMembers.find(name)) {
      case 0:
        return read_field(member, out.id);
      case 1:
        return read_field(member, out.type);
      case 2:
        return read_field(member, out.model);
      default:
        return {};
    }
  }));
  if (out.id.empty()) return below(missing_member("id"));
  return {};
}

Result<void> read_topology(JsonValue value, Topology& out) {
  TRY(value.each_member([&out](std::string_view name, JsonValue member) -> Result<void> {
    switch (kTopologyMembers.find(name)) {
      case 0:
        out.node.reset();
        if (member.is_null()) return {};
        return read_ids(member, out.node.emplace());
      case 1:
        return read_groups(member, out.socket);
      case 2:
        return read_groups(member, out.memory_domain);
      case 3:
        return read_groups(member, out.die);
      case 4:
        return read_groups(member, out.core);
      case 5:
        out.accelerators.reset();
        if (member.is_null()) return {};
        return read_records(member, out.accelerators.emplace(), read_accelerator);
      default:
        return {};
    }
  }));
  // These two are not written when empty, so empty is absent.
  if (out.die && out.die->empty()) out.die.reset();
  if (out.accelerators && out.accelerators->empty()) out.accelerators.reset();
  return {};
}

Result<void> read_metric_value(JsonValue value, MetricValue& out) {
  return value.each_member([&out](std::string_view name, JsonValue member) -> Result<void> {
    switch (kValueMembers.find(name)) {
      case 0:
        return read_field(member, out.unit);
      case 1:
        return read_field(member, out.value);
      default:
        return {};
    }
  });
}

Result<void> read_count(JsonValue value, std::int32_t& out) {
  TRY(read_field(value, out));
  if (out < 0 || out > kMaxElements)
    return invalid(fmt::format("expected 0 to {}, found {}", kMaxElements, out));
  return {};
}

Result<void> read_nodes(JsonValue value, SubCluster& out) {
  TRY(read_field(value, out.nodes));
  out.node_list = NodeList();
  if (out.is_catch_all()) return {};
  TRY(out.node_list, NodeList::parse(out.nodes));
  return {};
}

Result<void> read_sub_cluster(JsonValue value, SubCluster& out) {
  TRY(value.each_member([&out](std::string_view name, JsonValue member) -> Result<void> {
    switch (kSubClusterMembers.find(name)) {
      case 0:
        return read_field(member, out.name);
      case 1:
        return read_nodes(member, out);
      case 2:
        return read_field(member, out.processor_type);
      case 3:
        return read_count(member, out.sockets_per_node);
      case 4:
        return read_count(member, out.cores_per_socket);
      case 5:
        return read_count(member, out.threads_per_core);
      case 6:
        return read_metric_value(member, out.flop_rate_scalar);
      case 7:
        return read_metric_value(member, out.flop_rate_simd);
      case 8:
        return read_metric_value(member, out.memory_bandwidth);
      case 9:
        return read_topology(member, out.topology);
      default:
        return {};
    }
  }));
  if (out.name.empty()) return below(missing_member("name"));
  return {};
}

Result<void> read_threshold(std::size_t which, JsonValue value, Thresholds& out) {
  double* const fields[] = {&out.peak, &out.normal, &out.caution, &out.alert};
  return read_field(value, *fields[which]);
}

Result<void> Reader::read_aggregation(JsonValue value, MetricConfig& out) const {
  std::string text;
  TRY(read_field(value, text));
  const std::optional<Aggregation> known = parse_aggregation(text);
  if (!known)
    warn(fmt::format("metric {}: aggregation {} is unknown, the metric stays at its native scope",
                     out.name, value.describe()));
  out.aggregation = known.value_or(Aggregation::none);
  return {};
}

Result<void> Reader::read_override(JsonValue value, MetricOverride& out) const {
  TRY(value.each_member([&out](std::string_view name, JsonValue member) -> Result<void> {
    const int found = kOverrideMembers.find(name);
    switch (found) {
      case 0:
        return read_field(member, out.sub_cluster);
      case 1:
        return read_choice(member, parse_statistic_kind, "footprint", out.footprint);
      case 2:
        return read_choice(member, parse_energy_kind, "energy", out.energy);
      case 3:
        return read_field(member, out.lower_is_better);
      case 4:
        return read_field(member, out.restrict);
      case 5:
        return read_field(member, out.remove);
      case 6:
      case 7:
      case 8:
      case 9:
        return read_threshold(static_cast<std::size_t>(found - 6), member, out.thresholds);
      default:
        return {};
    }
  }));
  if (out.sub_cluster.empty()) return below(missing_member("name"));
  return {};
}

Result<void> Reader::read_metric(JsonValue value, MetricConfig& out) const {
  TRY(value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    const int found = kMetricMembers.find(name);
    switch (found) {
      case 0:
        return read_field(member, out.name);
      case 1:
        return read_field(member, out.unit);
      case 2:
        return read_choice(member, parse_metric_scope, "scope", out.scope);
      case 3:
        return read_aggregation(member, out);
      case 4:
        return read_field(member, out.timestep);
      case 5:
        return read_choice(member, parse_statistic_kind, "footprint", out.footprint);
      case 6:
        return read_choice(member, parse_energy_kind, "energy", out.energy);
      case 7:
        return read_field(member, out.lower_is_better);
      case 8:
        return read_field(member, out.restrict);
      case 9:
      case 10:
      case 11:
      case 12:
        return read_threshold(static_cast<std::size_t>(found - 9), member, out.thresholds);
      case 13:
        return read_records(member, out.overrides, [this](JsonValue element, MetricOverride& to) {
          return read_override(element, to);
        });
      default:
        return {};
    }
  }));
  if (out.name.empty()) return below(missing_member("name"));
  if (out.timestep < 1)
    return invalid(fmt::format(".timestep: expected 1 or more seconds, found {}", out.timestep));
  return {};
}

Result<void> Reader::read_cluster(JsonValue document, Cluster& out) const {
  return document.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kClusterMembers.find(name)) {
      case 0:
        return read_field(member, out.name);
      case 1:
        return read_records(member, out.metric_config, [this](JsonValue element, MetricConfig& to) {
          return read_metric(element, to);
        });
      case 2:
        return read_records(member, out.sub_clusters, read_sub_cluster);
      default:
        return {};
    }
  });
}

template <class Named>
Result<void> check_different(const std::vector<Named>& list, std::string_view member) {
  if (list.empty()) return invalid(fmt::format("{}: expected at least one entry", member));
  for (std::size_t i = 0; i < list.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (list[i].name == list[k].name)
        return invalid(
            fmt::format("{}[{}].name: the same name as in {}[{}]", member, i, member, k));
  return {};
}

// What a metric is in one sub-cluster; nullopt where it does not exist.
std::optional<MetricConfig> effective_metric(const MetricConfig& metric,
                                             std::string_view sub_cluster) {
  const MetricOverride* own = nullptr;
  for (const MetricOverride& candidate : metric.overrides)
    if (candidate.sub_cluster == sub_cluster) own = &candidate;
  if (own != nullptr && own->remove) return std::nullopt;
  MetricConfig effective = metric;
  effective.overrides.clear();
  if (own != nullptr) {
    effective.thresholds = own->thresholds;
    effective.footprint = own->footprint;
    effective.energy = own->energy;
    effective.lower_is_better = own->lower_is_better;
    effective.restrict = own->restrict;
  }
  return effective;
}

void derive(const std::vector<MetricConfig>& metrics, SubCluster& out) {
  for (const MetricConfig& metric : metrics) {
    std::optional<MetricConfig> effective = effective_metric(metric, out.name);
    if (!effective) continue;
    if (effective->footprint != StatisticKind::none) out.footprint.push_back(metric.name);
    if (effective->energy != EnergyKind::none) out.energy_footprint.push_back(metric.name);
    out.metric_config.push_back(*std::move(effective));
  }
}

void warn_of_no_effect(const Cluster& cluster, const Reader& reader) {
  for (const MetricConfig& metric : cluster.metric_config)
    for (const MetricOverride& own : metric.overrides)
      if (cluster.find_sub_cluster(own.sub_cluster) == nullptr)
        reader.warn(
            fmt::format("metric {}: its entry for sub-cluster {} names none of this cluster",
                        metric.name, own.sub_cluster));
  for (std::size_t i = 1; i < cluster.sub_clusters.size(); ++i)
    if (cluster.sub_clusters[i].is_catch_all())
      reader.warn(fmt::format("sub-cluster {}: nodes \"*\" counts for the first sub-cluster only",
                              cluster.sub_clusters[i].name));
  for (const SubCluster& sub_cluster : cluster.sub_clusters)
    for (const MetricConfig& metric : sub_cluster.metric_config)
      if (metric.energy == EnergyKind::energy)
        reader.warn(
            fmt::format("metric {} of sub-cluster {}: energy \"energy\" does not count, "
                        "only \"power\" does",
                        metric.name, sub_cluster.name));
}

}  // namespace

Result<Cluster> parse_cluster(std::string_view json, std::vector<std::string>* warnings) {
  TRY(const JsonValue document, JsonReader::of_this_thread().parse(json));
  const Reader reader{warnings};
  Cluster cluster;
  TRY(reader.read_cluster(document, cluster));
  if (cluster.name.empty()) return missing_member("name");
  TRY(check_different(cluster.metric_config, "metricConfig"));
  TRY(check_different(cluster.sub_clusters, "subClusters"));
  for (SubCluster& sub_cluster : cluster.sub_clusters) derive(cluster.metric_config, sub_cluster);
  warn_of_no_effect(cluster, reader);
  return cluster;
}

}  // namespace jobledger::schema
