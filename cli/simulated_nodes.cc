// SPDX-License-Identifier: MIT
#include "cli/simulated_nodes.h"

#include "cli/load_profile.h"

#include <iterator>

namespace jobledger::cli {

std::vector<std::int32_t> Units::take(std::int32_t wanted) {
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < taken.size() && std::ssize(out) < wanted; ++i) {
    if (taken[i]) continue;
    taken[i] = true;
    out.push_back(static_cast<std::int32_t>(i));
  }
  free -= wanted;
  return out;
}

void Units::release(const std::vector<std::int32_t>& units) {
  for (const auto unit : units) taken[static_cast<std::size_t>(unit)] = false;
  free += static_cast<std::int32_t>(units.size());
}

SimulatedNodes::SimulatedNodes(const schema::Cluster& cluster) {
  for (const auto& sub : cluster.sub_clusters) {
    const std::size_t cores = sub.topology.node ? sub.topology.node->size() : 0;
    const std::size_t gpus = sub.topology.accelerators ? sub.topology.accelerators->size() : 0;
    for (std::string& host : sub.node_list.expand()) {
      nodes_.push_back({std::move(host), gpus > 0, false, 0, Units(cores), Units(gpus)});
    }
  }
}

std::optional<Slice> SimulatedNodes::take_part(std::uint32_t index, const Request& request) {
  Node& node = nodes_[index];
  const bool whole = request.whole_nodes > 0;
  const std::int32_t cores = whole ? node.cores.size() : request.cores;
  const std::int32_t gpus = whole ? node.accelerators.size() : request.accelerators;
  if (node.down || node.gpu != request.gpu || node.cores.free < cores ||
      node.accelerators.free < gpus) {
    return std::nullopt;
  }
  ++node.jobs;
  return Slice{index, node.cores.take(cores), node.accelerators.take(gpus)};
}

std::optional<std::vector<Slice>> SimulatedNodes::take(const Request& request) {
  const std::size_t wanted = std::max(1u, request.whole_nodes);
  std::vector<Slice> slices;
  for (std::uint32_t i = 0; i < nodes_.size() && slices.size() < wanted; ++i) {
    if (auto slice = take_part(i, request)) slices.push_back(*std::move(slice));
  }
  if (slices.size() == wanted) return slices;
  release(slices);
  return std::nullopt;
}

void SimulatedNodes::release(const std::vector<Slice>& slices) {
  for (const Slice& slice : slices) {
    Node& node = nodes_[slice.node];
    --node.jobs;
    node.cores.release(slice.cores);
    node.accelerators.release(slice.accelerators);
  }
}

schema::NodeReport SimulatedNodes::report(std::uint32_t index) const {
  const Node& node = nodes_[index];
  schema::NodeReport out;
  out.hostname = node.hostname;
  out.cpus_allocated = node.cores.size() - node.cores.free;
  out.gpus_allocated = node.accelerators.size() - node.accelerators.free;
  out.jobs_running = node.jobs;
  out.memory_allocated = out.cpus_allocated * kMemoryPerCoreMb;
  if (node.down) {
    out.states = {"DOWN", "DRAIN"};
  } else if (node.jobs == 0) {
    out.states = {"IDLE"};
  } else if (node.cores.free == 0) {
    out.states = {"ALLOCATED"};
  } else {
    out.states = {"MIXED"};
  }
  return out;
}

}  // namespace jobledger::cli
