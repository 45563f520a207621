// SPDX-License-Identifier: MIT
// What metric stores of others say of the health of nodes, so that who applies node reports never
// waits for a network.
//
// Operation: every Config::health_interval one thread asks the source of each cluster and
// sub-cluster that is not our own store for the nodes of the latest reports, all of them at once.
// The answer counts until the next one, and where a source is out of reach for kKeptIntervals at
// the most; after that its nodes are `failed`, and so is a node without an answer, as in the field.
// Executor: own thread; find() from any, it never waits for a source. Lifetime: start() once,
// stop() before destruction; the parts outlive it.
#pragma once

#include "schema/cluster.h"
#include "schema/node_state.h"
#include "sources/config.h"
#include "sources/metric_source.h"
#include "storage/store.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace jobledger::sources {

constexpr int kKeptIntervals = 5;

class NodeHealth {
 public:
  using Clock = std::chrono::steady_clock;
  struct Parts {
    std::shared_ptr<const schema::Clusters> clusters;
    const SourceMap& sources;
    storage::Store& store;
    std::function<Clock::time_point()> now = Clock::now;
  };
  NodeHealth(const Config& config, Parts parts);
  ~NodeHealth();

  void start();
  void stop();

  // Asks all sources once, on the caller's thread; not while started.
  void ask();

  // Nothing: the node's samples are in our own store.
  std::optional<schema::MonitoringState> find(std::string_view cluster,
                                              std::string_view sub_cluster,
                                              std::string_view hostname) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::sources
