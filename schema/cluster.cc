// SPDX-License-Identifier: MIT
#include "schema/cluster.h"

#include "schema/enum_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace jobledger::schema {
namespace {

constexpr std::array<std::string_view, 6> kScopes = {"node", "socket",   "memoryDomain",
                                                     "core", "hwthread", "accelerator"};
constexpr std::array<std::string_view, 3> kAggregations = {"", "sum", "avg"};
constexpr std::array<std::string_view, 4> kStatisticKinds = {"", "avg", "min", "max"};
constexpr std::array<std::string_view, 3> kEnergyKinds = {"", "power", "energy"};

template <class Named>
const Named* find_named(const std::vector<Named>& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [name](const Named& entry) { return entry.name == name; });
  return found == list.end() ? nullptr : &*found;
}

void add_availability(std::vector<GlobalMetric>& list, const MetricConfig& metric,
                      StatisticKind footprint, MetricAvailability available) {
  if (available.sub_clusters.empty()) return;
  auto known = std::find_if(list.begin(), list.end(), [&metric](const GlobalMetric& entry) {
    return entry.name == metric.name;
  });
  if (known == list.end()) {
    list.push_back({metric.name, metric.unit, metric.scope, StatisticKind::none, {}});
    known = list.end() - 1;
  }
  if (footprint != StatisticKind::none) known->footprint = footprint;
  known->availability.push_back(std::move(available));
}

void add_cluster(const Cluster& cluster, std::vector<GlobalMetric>& all,
                 std::vector<GlobalMetric>& open_to_all) {
  for (const MetricConfig& metric : cluster.metric_config) {
    MetricAvailability available{cluster.name, {}}, unrestricted{cluster.name, {}};
    StatisticKind footprint = StatisticKind::none, open_footprint = StatisticKind::none;
    for (const SubCluster& sub_cluster : cluster.sub_clusters) {
      const MetricConfig* effective = sub_cluster.find_metric(metric.name);
      if (effective == nullptr) continue;
      available.sub_clusters.push_back(sub_cluster.name);
      if (effective->footprint != StatisticKind::none) footprint = effective->footprint;
      if (effective->restrict) continue;
      unrestricted.sub_clusters.push_back(sub_cluster.name);
      if (effective->footprint != StatisticKind::none) open_footprint = effective->footprint;
    }
    add_availability(all, metric, footprint, std::move(available));
    add_availability(open_to_all, metric, open_footprint, std::move(unrestricted));
  }
}

}  // namespace

std::string_view to_string(MetricScope scope) {
  return kScopes.at(static_cast<std::size_t>(scope));
}

std::optional<MetricScope> parse_metric_scope(std::string_view text) {
  return find_enum<MetricScope>(kScopes, text);
}

std::string_view to_string(Aggregation aggregation) {
  return kAggregations.at(static_cast<std::size_t>(aggregation));
}

std::optional<Aggregation> parse_aggregation(std::string_view text) {
  return find_enum<Aggregation>(kAggregations, text);
}

std::string_view to_string(StatisticKind kind) {
  return kStatisticKinds.at(static_cast<std::size_t>(kind));
}

std::optional<StatisticKind> parse_statistic_kind(std::string_view text) {
  return find_enum<StatisticKind>(kStatisticKinds, text);
}

std::string_view to_string(EnergyKind kind) {
  return kEnergyKinds.at(static_cast<std::size_t>(kind));
}

std::optional<EnergyKind> parse_energy_kind(std::string_view text) {
  return find_enum<EnergyKind>(kEnergyKinds, text);
}

const MetricConfig* SubCluster::find_metric(std::string_view metric) const {
  return find_named(metric_config, metric);
}

const SubCluster* Cluster::find_sub_cluster(std::string_view sub_cluster) const {
  return find_named(sub_clusters, sub_cluster);
}

const MetricConfig* Cluster::find_metric(std::string_view metric) const {
  return find_named(metric_config, metric);
}

const SubCluster* Cluster::find_sub_cluster_of(std::string_view hostname) const {
  for (const SubCluster& sub_cluster : sub_clusters)
    if (sub_cluster.node_list.contains(hostname)) return &sub_cluster;
  if (!sub_clusters.empty() && sub_clusters.front().is_catch_all()) return &sub_clusters.front();
  return nullptr;
}

Clusters::Clusters(std::vector<Cluster> clusters) : clusters_(std::move(clusters)) {
  std::sort(clusters_.begin(), clusters_.end(),
            [](const Cluster& a, const Cluster& b) { return a.name < b.name; });
  for (const Cluster& cluster : clusters_) add_cluster(cluster, global_metrics_, public_metrics_);
}

const Cluster* Clusters::find(std::string_view name) const {
  const auto found = std::lower_bound(
      clusters_.begin(), clusters_.end(), name,
      [](const Cluster& cluster, std::string_view wanted) { return cluster.name < wanted; });
  return found != clusters_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace jobledger::schema
