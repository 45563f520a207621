// SPDX-License-Identifier: MIT
// The node agents of a simulated cluster: at every tick of its own clock an agent reads what its
// node does and sends that as one message in line protocol, as unmodified collectors do
// (docs/formats.md, metric lines). What they read follows from the jobs on the node.
//
// Ticks have a phase of their own on every node, single readings are a second or two late; some
// messages and values are lost, and the agents of silent nodes send nothing at all. The same seed
// gives the same bytes. Executor: one thread.
#pragma once

#include "cli/simulated_hardware.h"
#include "cli/simulated_nodes.h"
#include "schema/cluster.h"
#include "schema/job.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::cli {

struct AgentConfig {
  std::int64_t interval = 60;      // seconds between ticks; 0: no agents
  std::uint32_t silent_nodes = 1;  // whose agents are dead; at most a quarter of the nodes
  double lost = 0.002;             // share of messages, and of values, that are missing
  double broken = 0;               // broken lines per message, 0 to 1
  std::uint64_t seed = 1;
};

// The flush of an agent: so long after its first reading the message is sent.
constexpr std::int64_t kFlushDelaySeconds = 5;
// What does not fit is sent as another message, as brokers refuse larger ones.
constexpr std::size_t kMaxMetricMessageBytes = 1'000'000;

struct MetricMessage {
  std::string text;
  std::uint64_t samples = 0, broken = 0;  // lines
};

class SimulatedAgents {
 public:
  SimulatedAgents(const schema::Cluster& cluster, const SimulatedNodes& nodes,
                  const AgentConfig& config);
  ~SimulatedAgents();

  // Seconds from the start to the node's first tick; less than the interval.
  std::int64_t phase(std::uint32_t node) const;
  bool silent(std::uint32_t node) const;

  void begin(const std::shared_ptr<const schema::Job>& job, const std::vector<Slice>& slices);
  void end(std::int64_t job_id, const std::vector<Slice>& slices);

  // What the node's agent reads now, mostly one message.
  std::vector<MetricMessage> report(std::uint32_t node, std::int64_t now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::cli
