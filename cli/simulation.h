// SPDX-License-Identifier: MIT
// A plausible cluster's life as a stream of events: jobs arrive, wait for free nodes, run, end;
// nodes report, their agents measure. Faults are mixed in on demand. Nothing here knows of clocks
// or brokers: time is simulated, and the same configuration gives the same events byte for byte.
//
// Executor: one thread.
#pragma once

#include "cli/simulated_agents.h"
#include "cli/simulated_cluster.h"
#include "schema/job.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace jobledger::cli {

struct SimulationConfig {
  ClusterShape cluster;
  std::uint32_t users = 40, projects = 8;  // >= 1
  double jobs_per_minute = 30;             // arriving, > 0
  double mean_duration = 600;              // seconds, >= 1
  double duplicates = 0;                   // share of messages sent a second time, 0 to 1
  double swapped = 0;                      // share of stops sent before their start, 0 to 1
  double malformed = 0;                    // broken messages per good one, 0 to 1
  std::uint64_t seed = 1;
  std::int64_t start = 0;             // first second of simulated time, epoch seconds
  std::int64_t first_job_id = 1000;   // then ascending
  std::uint64_t max_jobs = 0;         // no more arrivals after these; 0: no end
  std::int64_t report_interval = 60;  // seconds between node reports; 0: none
  AgentConfig agents;                 // its share of broken lines and its seed come from here
};

struct SimulatedEvent {
  enum class Kind : std::uint8_t { start, stop, node_states, malformed, metrics };
  Kind kind = Kind::start;
  bool repeated = false;
  std::int64_t time = 0;  // simulated, when it is sent; never descending
  std::string message;
  std::shared_ptr<const schema::Job> job;  // of starts and stops; the whole job as it ends
  std::uint64_t samples = 0;               // of metrics
};

struct SimulationCounts {
  std::uint64_t starts = 0, stops = 0, repeats = 0, swaps = 0, malformed = 0, node_reports = 0;
  std::uint64_t metric_messages = 0, samples = 0, broken_lines = 0;
  std::uint64_t turned_away = 0;  // arrivals while too many were waiting
};

class Simulation {
 public:
  explicit Simulation(const SimulationConfig& config);
  ~Simulation();

  const schema::Cluster& cluster() const;
  const SimulationCounts& counts() const;  // of events given out
  std::size_t running() const;
  std::size_t waiting() const;

  // nullopt: max_jobs have started and all have ended.
  std::optional<SimulatedEvent> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::cli
