// SPDX-License-Identifier: MIT
#include "ingest/node_state.h"

#include <fmt/format.h>

#include <unordered_map>

namespace jobledger::ingest {
namespace {

storage::NodeState resolve(const schema::NodeReport& report, const schema::Cluster& cluster) {
  storage::NodeState node;
  node.cluster = cluster.name;
  node.hostname = report.hostname;
  if (const auto* found = cluster.find_sub_cluster_of(report.hostname))
    node.sub_cluster = found->name;
  node.scheduler_state = schema::resolve_scheduler_state(report.states);
  node.health_state = node.scheduler_state == schema::SchedulerState::down
                          ? schema::MonitoringState::full
                          : schema::MonitoringState::failed;
  node.cpus_allocated = report.cpus_allocated;
  node.gpus_allocated = report.gpus_allocated;
  node.jobs_running = report.jobs_running;
  node.memory_allocated = report.memory_allocated;
  return node;
}

}  // namespace

Result<NodeStates> parse_node_states(std::string_view json, const schema::Clusters& clusters,
                                     schema::UnknownMembers* unknown,
                                     schema::DroppedMembers& dropped) {
  TRY(const schema::NodeStateEvent event, schema::parse_node_state_event(json, unknown, &dropped));
  const schema::Cluster* cluster = clusters.find(event.cluster);
  if (cluster == nullptr) {
    return Error{ErrorKind::not_found, fmt::format("cluster: no such cluster: {}", event.cluster)};
  }
  NodeStates states;
  states.cluster = event.cluster;
  states.nodes.reserve(event.nodes.size());
  std::unordered_map<std::string_view, std::size_t> seen;
  for (const schema::NodeReport& report : event.nodes) {
    const auto [at, fresh] = seen.try_emplace(report.hostname, states.nodes.size());
    if (fresh) {
      states.nodes.push_back(resolve(report, *cluster));
    } else {
      states.nodes[at->second] = resolve(report, *cluster);
    }
  }
  return states;
}

}  // namespace jobledger::ingest
