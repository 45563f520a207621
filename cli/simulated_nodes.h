// SPDX-License-Identifier: MIT
// Which cores and accelerators of a simulated cluster are taken.
#pragma once

#include "schema/cluster.h"
#include "schema/node_state.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jobledger::cli {

// What a job asks for: whole nodes, or a part of one.
struct Request {
  bool gpu = false;
  std::uint32_t whole_nodes = 0;
  std::int32_t cores = 0, accelerators = 0;  // of one node, when whole_nodes is 0
};

struct Slice {
  std::uint32_t node = 0;
  std::vector<std::int32_t> cores;
  std::vector<std::int32_t> accelerators;  // indexes
};

// The cores of a node, or its accelerators.
struct Units {
  std::vector<bool> taken;
  std::int32_t free = 0;

  explicit Units(std::size_t number) : taken(number), free(static_cast<std::int32_t>(number)) {}
  // The first `wanted` free ones, ascending. Pre: there are as many.
  std::vector<std::int32_t> take(std::int32_t wanted);
  void release(const std::vector<std::int32_t>& units);
  std::int32_t size() const { return static_cast<std::int32_t>(taken.size()); }
};

class SimulatedNodes {
 public:
  explicit SimulatedNodes(const schema::Cluster& cluster);

  // First fit; nothing is taken when it does not fit now.
  std::optional<std::vector<Slice>> take(const Request& request);
  void release(const std::vector<Slice>& slices);

  std::size_t size() const { return nodes_.size(); }
  const std::string& hostname(std::uint32_t node) const { return nodes_[node].hostname; }
  bool idle(std::uint32_t node) const { return nodes_[node].jobs == 0; }
  void set_down(std::uint32_t node, bool down) { nodes_[node].down = down; }
  bool is_down(std::uint32_t node) const { return nodes_[node].down; }
  schema::NodeReport report(std::uint32_t node) const;

 private:
  struct Node {
    std::string hostname;
    bool gpu = false, down = false;
    std::int32_t jobs = 0;
    Units cores, accelerators;
  };
  std::optional<Slice> take_part(std::uint32_t index, const Request& request);

  std::vector<Node> nodes_;
};

}  // namespace jobledger::cli
