// SPDX-License-Identifier: MIT
// The writing half of cluster.h.
#include "schema/cluster.h"
#include "schema/json_write.h"
#include "schema/write_parts.h"

namespace jobledger::schema {
namespace {

void write_text(std::string& out, std::string_view member, std::string_view text) {
  out.append(member);
  write_json_string(out, text);
}

void write_int(std::string& out, std::string_view member, std::int64_t value) {
  out.append(member);
  write_json_int(out, value);
}

void write_bool(std::string& out, std::string_view member, bool value) {
  out.append(member);
  out.append(value ? "true" : "false");
}

void write_thresholds(std::string& out, const Thresholds& thresholds) {
  out.append(",\"peak\":");
  write_json_double(out, thresholds.peak);
  out.append(",\"normal\":");
  write_json_double(out, thresholds.normal);
  out.append(",\"caution\":");
  write_json_double(out, thresholds.caution);
  out.append(",\"alert\":");
  write_json_double(out, thresholds.alert);
}

void write_footprint(std::string& out, StatisticKind kind) {
  if (kind != StatisticKind::none) write_text(out, ",\"footprint\":", to_string(kind));
}

void write_override(std::string& out, const MetricOverride& own) {
  write_text(out, "{\"name\":", own.sub_cluster);
  out.append(",\"unit\":");
  write_unit(out, {});
  write_thresholds(out, own.thresholds);
  write_footprint(out, own.footprint);
  write_text(out, ",\"energy\":", to_string(own.energy));
  write_bool(out, ",\"lowerIsBetter\":", own.lower_is_better);
  write_bool(out, ",\"restrict\":", own.restrict);
  write_bool(out, ",\"remove\":", own.remove);
  out.push_back('}');
}

void write_metric(std::string& out, const MetricConfig& metric) {
  write_text(out, "{\"name\":", metric.name);
  out.append(",\"unit\":");
  write_unit(out, metric.unit);
  write_thresholds(out, metric.thresholds);
  write_text(out, ",\"energy\":", to_string(metric.energy));
  write_text(out, ",\"scope\":", to_string(metric.scope));
  write_text(out, ",\"aggregation\":", to_string(metric.aggregation));
  write_footprint(out, metric.footprint);
  if (!metric.overrides.empty()) {
    out.append(",\"subClusters\":");
    write_list(out, metric.overrides, write_override);
  }
  write_int(out, ",\"timestep\":", metric.timestep);
  write_bool(out, ",\"restrict\":", metric.restrict);
  write_bool(out, ",\"lowerIsBetter\":", metric.lower_is_better);
  out.push_back('}');
}

void write_value(std::string& out, std::string_view member, const MetricValue& value) {
  out.append(member);
  out.append("{\"unit\":");
  write_unit(out, value.unit);
  out.append(",\"value\":");
  write_json_double(out, value.value);
  out.push_back('}');
}

void write_ids(std::string& out, const Topology::Ids& ids) {
  write_list(out, ids, [](std::string& to, std::int32_t id) { write_json_int(to, id); });
}

void write_groups(std::string& out, std::string_view member,
                  const std::optional<Topology::Groups>& groups) {
  out.append(member);
  if (groups)
    write_list(out, *groups, write_ids);
  else
    out.append("null");
}

void write_topology(std::string& out, const Topology& topology) {
  out.append("{\"node\":");
  if (topology.node)
    write_ids(out, *topology.node);
  else
    out.append("null");
  write_groups(out, ",\"socket\":", topology.socket);
  write_groups(out, ",\"memoryDomain\":", topology.memory_domain);
  if (topology.die) write_groups(out, ",\"die\":", topology.die);
  write_groups(out, ",\"core\":", topology.core);
  if (topology.accelerators) {
    out.append(",\"accelerators\":");
    write_list(out, *topology.accelerators, [](std::string& to, const Accelerator& accelerator) {
      write_text(to, "{\"id\":", accelerator.id);
      write_text(to, ",\"type\":", accelerator.type);
      write_text(to, ",\"model\":", accelerator.model);
      to.push_back('}');
    });
  }
  out.push_back('}');
}

void write_names(std::string& out, std::string_view member, const std::vector<std::string>& names) {
  if (names.empty()) return;
  out.append(member);
  write_list(out, names,
             [](std::string& to, const std::string& name) { write_json_string(to, name); });
}

void write_derived(std::string& out, const SubCluster& sub_cluster) {
  if (!sub_cluster.metric_config.empty()) {
    out.append(",\"metricConfig\":");
    write_list(out, sub_cluster.metric_config, write_metric);
  }
  write_names(out, ",\"footprint\":", sub_cluster.footprint);
  write_names(out, ",\"energyFootprint\":", sub_cluster.energy_footprint);
}

}  // namespace

void write_cluster(std::string& out, const Cluster& cluster, ClusterForm form) {
  write_text(out, "{\"name\":", cluster.name);
  out.append(",\"metricConfig\":");
  write_list(out, cluster.metric_config, write_metric);
  out.append(",\"subClusters\":");
  write_list(out, cluster.sub_clusters, [form](std::string& to, const SubCluster& sub_cluster) {
    write_text(to, "{\"name\":", sub_cluster.name);
    write_text(to, ",\"nodes\":", sub_cluster.nodes);
    write_text(to, ",\"processorType\":", sub_cluster.processor_type);
    to.append(",\"topology\":");
    write_topology(to, sub_cluster.topology);
    write_value(to, ",\"flopRateScalar\":", sub_cluster.flop_rate_scalar);
    write_value(to, ",\"flopRateSimd\":", sub_cluster.flop_rate_simd);
    write_value(to, ",\"memoryBandwidth\":", sub_cluster.memory_bandwidth);
    if (form == ClusterForm::answer) write_derived(to, sub_cluster);
    write_int(to, ",\"socketsPerNode\":", sub_cluster.sockets_per_node);
    write_int(to, ",\"coresPerSocket\":", sub_cluster.cores_per_socket);
    write_int(to, ",\"threadsPerCore\":", sub_cluster.threads_per_core);
    to.push_back('}');
  });
  out.push_back('}');
}

}  // namespace jobledger::schema
