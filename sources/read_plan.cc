// SPDX-License-Identifier: MIT
#include "sources/read_plan.h"

#include <utility>

namespace jobledger::sources {
namespace {

// What of a host counts.
schema::HostHardware owned_hardware(const MetricQuery& query, const schema::Resource& host,
                                    const schema::TopologyMap& map) {
  if (!query.all_accelerators) {
    return schema::HostHardware::of_job(map, host, host.accelerators.empty() ? 0 : 1);
  }
  if (host.hwthreads.empty()) return schema::HostHardware::whole_node(map);
  schema::Resource all = host;
  all.accelerators = map.accelerators();
  return schema::HostHardware::of_job(map, all, 1);
}

}  // namespace

std::size_t PlannedMetric::series() const {
  std::size_t count = 0;
  for (const schema::ScopeSelection& selection : *selections) count += selection.targets.size();
  return count;
}

ReadPlan ReadPlan::make(const MetricQuery& query) {
  ReadPlan plan;
  std::map<const schema::SubCluster*, schema::TopologyMap> maps;
  for (std::size_t i = 0; i < query.hosts.size(); ++i) {
    const schema::Resource& host = query.hosts[i];
    const schema::SubCluster* sub = query.sub_cluster_of(host);
    const schema::TopologyMap& map =
        maps.try_emplace(sub, sub != nullptr ? sub->topology : schema::Topology()).first->second;
    plan.host_begins_.push_back(plan.metrics_.size());
    for (const std::string& name : query.metrics) {
      const schema::MetricConfig* metric = query.find_metric(name, sub);
      if (metric == nullptr) continue;
      const auto [at, is_new] = plan.selections_.try_emplace(
          Hardware(sub, metric->scope, host.hwthreads, host.accelerators));
      if (is_new) at->second = owned_hardware(query, host, map).select(metric->scope, query.scopes);
      if (at->second.empty()) continue;
      const PlannedMetric& planned =
          plan.metrics_.emplace_back(PlannedMetric{i, metric, &at->second});
      plan.samples_ += planned.series() * query.range(metric->timestep).points();
    }
  }
  plan.host_begins_.push_back(plan.metrics_.size());
  return plan;
}

std::span<const PlannedMetric> ReadPlan::of_host(std::size_t host) const {
  return std::span(metrics_).subspan(host_begins_[host],
                                     host_begins_[host + 1] - host_begins_[host]);
}

}  // namespace jobledger::sources
