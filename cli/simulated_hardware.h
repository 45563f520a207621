// SPDX-License-Identifier: MIT
// A simulated node at one moment, and what instruments read of it: the values of a metric at the
// scope at which its cluster measures it, with noise. Pure.
#pragma once

#include "cli/load_profile.h"
#include "schema/cluster.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace jobledger::cli {

struct ThreadState {
  double busy = 0.003;                               // share of its time
  double flops = 0.05, bandwidth = 0.05, ipc = 0.4;  // while it is busy
};
struct GpuState {
  double busy = 0, memory_gb = 0.45;
};

struct NodeState {
  std::vector<ThreadState> threads;
  std::vector<GpuState> gpus;
  double memory_gb = 0, network_mb = 0;

  // Nobody there: an operating system and its daemons.
  void reset(std::size_t threads, std::size_t gpus);
  // A job on these cores and accelerators.
  void add(const NodeLoad& load, std::span<const std::int32_t> cores,
           std::span<const std::int32_t> accelerators);
};

// When and where is read, for the noise.
struct Reading {
  std::uint64_t key = 0;       // differs by node and tick
  std::int64_t interval = 60;  // seconds over which rates are meant, >= 1
};

// One metric of one sub-cluster.
class Instrument {
 public:
  Instrument(const schema::MetricConfig& metric, const schema::Topology& topology);

  const std::string& metric() const { return metric_; }
  schema::MetricScope scope() const { return scope_; }
  // Ids of the elements that it measures, in the order of the values; one, empty, for the node.
  const std::vector<std::string>& elements() const { return elements_; }
  // Replaces `out` by the values of all elements.
  void read(const NodeState& node, const Reading& reading, std::vector<double>& out) const;

 private:
  enum class Signal : std::uint8_t;
  static Signal signal_of(std::string_view metric);
  double of_thread(const ThreadState& thread, double noise, const Reading& reading) const;
  double of_socket(const NodeState& node, std::size_t socket, double noise) const;
  double of_gpu(const GpuState& gpu, double noise) const;
  double of_node(const NodeState& node, double noise) const;

  std::string metric_;
  Signal signal_;
  schema::MetricScope scope_;
  double peak_;
  std::uint64_t key_;  // of its noise
  std::vector<std::string> elements_;
  schema::Topology::Groups sockets_;
};

}  // namespace jobledger::cli
