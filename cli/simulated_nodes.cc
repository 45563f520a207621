// SPDX-License-Identifier: MIT
#include "cli/simulated_nodes.h"

#include <algorithm>

namespace jobledger::cli {
namespace {

std::int32_t taken(const std::vector<bool>& units) {
  return static_cast<std::int32_t>(std::count(units.begin(), units.end(), true));
}

// The first `wanted` free units, ascending. Pre: there are as many.
std::vector<std::int32_t> take_first(std::vector<bool>& units, std::int32_t wanted) {
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < units.size() && std::ssize(out) < wanted; ++i) {
    if (units[i]) continue;
    units[i] = true;
    out.push_back(static_cast<std::int32_t>(i));
  }
  return out;
}

std::size_t free_units(const std::vector<bool>& units) {
  return static_cast<std::size_t>(std::count(units.begin(), units.end(), false));
}

}  // namespace

SimulatedNodes::SimulatedNodes(const schema::Cluster& cluster) {
  for (const auto& sub : cluster.sub_clusters) {
    const std::size_t cores = sub.topology.node ? sub.topology.node->size() : 0;
    const std::size_t gpus = sub.topology.accelerators ? sub.topology.accelerators->size() : 0;
    for (std::string& host : sub.node_list.expand()) {
      nodes_.push_back(
          {std::move(host), gpus > 0, false, 0, std::vector<bool>(cores), std::vector<bool>(gpus)});
    }
  }
}

std::optional<Slice> SimulatedNodes::take_part(std::uint32_t index, const Request& request) {
  Node& node = nodes_[index];
  const auto cores =
      request.whole_nodes > 0 ? node.cores.size() : static_cast<std::size_t>(request.cores);
  const auto gpus = request.whole_nodes > 0 ? node.accelerators.size()
                                            : static_cast<std::size_t>(request.accelerators);
  if (node.down || node.gpu != request.gpu || free_units(node.cores) < cores ||
      free_units(node.accelerators) < gpus) {
    return std::nullopt;
  }
  ++node.jobs;
  return Slice{index, take_first(node.cores, static_cast<std::int32_t>(cores)),
               take_first(node.accelerators, static_cast<std::int32_t>(gpus))};
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
    for (const auto core : slice.cores) node.cores[static_cast<std::size_t>(core)] = false;
    for (const auto gpu : slice.accelerators)
      node.accelerators[static_cast<std::size_t>(gpu)] = false;
  }
}

std::uint32_t SimulatedNodes::count(bool gpu) const {
  return static_cast<std::uint32_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [gpu](const Node& n) { return n.gpu == gpu; }));
}

std::int32_t SimulatedNodes::cores(std::uint32_t node) const {
  return static_cast<std::int32_t>(nodes_[node].cores.size());
}

schema::NodeReport SimulatedNodes::report(std::uint32_t index) const {
  const Node& node = nodes_[index];
  schema::NodeReport out;
  out.hostname = node.hostname;
  out.cpus_allocated = taken(node.cores);
  out.gpus_allocated = taken(node.accelerators);
  out.jobs_running = node.jobs;
  out.memory_allocated = out.cpus_allocated * 3500LL;
  if (node.down) {
    out.states = {"DOWN", "DRAIN"};
  } else if (node.jobs == 0) {
    out.states = {"IDLE"};
  } else if (free_units(node.cores) == 0) {
    out.states = {"ALLOCATED"};
  } else {
    out.states = {"MIXED"};
  }
  return out;
}

}  // namespace jobledger::cli
