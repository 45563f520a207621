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

class SimulatedNodes {
 public:
  explicit SimulatedNodes(const schema::Cluster& cluster);

  // First fit; nothing is taken when it does not fit now.
  std::optional<std::vector<Slice>> take(const Request& request);
  void release(const std::vector<Slice>& slices);

  std::size_t size() const { return nodes_.size(); }
  std::uint32_t count(bool gpu) const;
  const std::string& hostname(std::uint32_t node) const { return nodes_[node].hostname; }
  std::int32_t cores(std::uint32_t node) const;
  bool idle(std::uint32_t node) const { return nodes_[node].jobs == 0; }
  void set_down(std::uint32_t node, bool down) { nodes_[node].down = down; }
  bool is_down(std::uint32_t node) const { return nodes_[node].down; }
  schema::NodeReport report(std::uint32_t node) const;

 private:
  struct Node {
    std::string hostname;
    bool gpu = false, down = false;
    std::int32_t jobs = 0;
    std::vector<bool> cores, accelerators;  // true: taken
  };
  std::optional<Slice> take_part(std::uint32_t index, const Request& request);

  std::vector<Node> nodes_;
};

}  // namespace jobledger::cli
