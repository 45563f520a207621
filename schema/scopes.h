// SPDX-License-Identifier: MIT
// Which series answer for a job's or a node's metric at a scope, and which measured elements go
// into each. Pure: says what is to be read; storage reads it, aggregate.h adds it up.
//
//   TopologyMap map(sub_cluster.topology);                          once per sub-cluster
//   const HostHardware host = HostHardware::of_job(map, resource, job.num_acc);   once per host
//   for (const ScopeSelection& selection : host.select(metric.scope, requested)) ...
//
// Only hardware that the job owns takes part: of a core whose second thread belongs to another job,
// the first alone. What was measured for a whole core, socket or domain cannot be divided; such an
// element takes part if the job owns a thread of it. Order: elements ascending, so the same every
// time. Hosts of one sub-cluster of which the same hardware is owned have equal selections: for a
// job that has its nodes alone one host need be asked.
#pragma once

#include "schema/cluster.h"
#include "schema/job.h"
#include "schema/topology_map.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jobledger::schema {

// One series.
struct ScopeTarget {
  // The element's own id: its number in its scope (a processor id for hwthread), or the
  // accelerator's id; none for the node. Clients tell the series of a host apart by it.
  std::optional<std::string> id;
  // Ids of the elements at the metric's native scope that are aggregated; one when nothing is to be
  // aggregated. Empty: the metric is measured for the node, which has no id; or nobody knows of
  // what the node consists, and all that was measured of it counts.
  std::vector<std::string> elements;
  // All elements that the topology has in this target are among them. What was aggregated
  // beforehand, for whoever asks, holds for this target then.
  bool complete = false;

  bool operator==(const ScopeTarget&) const = default;
};

struct ScopeSelection {
  MetricScope scope = MetricScope::node;
  std::vector<ScopeTarget> targets;  // at least one

  bool operator==(const ScopeSelection&) const = default;
};

// What somebody owns of one host. Processor ids that the topology does not name are kept up to
// kMaxHwthreadId: they have no core or socket, but samples perhaps. Of a node whose topology is not
// known (the host is in no sub-cluster) the whole can be owned, and stands at node scope.
// Lifetime: the map outlives it. Immutable, any thread.
class HostHardware {
 public:
  // Linux knows 8192 processors at most.
  static constexpr std::int32_t kMaxHwthreadId = 65'535;
  // Accelerators of one resource; further ones are left out.
  static constexpr std::size_t kMaxAccelerators = 1024;

  // Everything: for views of nodes.
  static HostHardware whole_node(const TopologyMap& map);
  // A job's: without hwthreads in the resource all of the node, accelerators as listed, and none
  // when the job has none (`num_acc` 0).
  static HostHardware of_job(const TopologyMap& map, const Resource& resource,
                             std::int32_t num_acc);

  // All hardware threads that the topology names; accelerators do not matter.
  bool covers_node() const { return whole_; }
  // All of that element.
  bool covers(MetricScope scope, std::size_t element) const;

  // For a metric measured at `native`: what answers each of the requested scopes. Requests that
  // come to the same effective scope are answered once; those for which nothing is owned or to be
  // had are left out.
  std::vector<ScopeSelection> select(MetricScope native,
                                     std::span<const MetricScope> requested) const;

 private:
  explicit HostHardware(const TopologyMap& map) : map_(&map) {}

  void own_all_threads();
  void own_threads(std::span<const std::int32_t> ids);
  void own_accelerators(std::span<const std::string> ids);
  bool touches(MetricScope scope, std::size_t element) const;

  std::vector<ScopeTarget> own_elements(MetricScope native) const;
  std::vector<ScopeTarget> aggregates(MetricScope native, MetricScope scope) const;
  std::vector<ScopeTarget> accelerator_targets(MetricScope scope) const;

  const TopologyMap* map_;
  bool whole_ = false;
  std::vector<bool> owned_;                // by place in map_->hwthreads()
  std::vector<std::int32_t> strangers_;    // owned, but not in the topology; ascending
  std::vector<std::string> accelerators_;  // in the topology's order, strangers last
  bool all_accelerators_ = false;
  bool unlisted_accelerators_ = false;  // all there are, whichever that be
};

// Which scopes of a finished job go into its archive.
struct ArchiveScopeConfig {
  // Jobs on up to so many nodes keep cores beside nodes. 0 to 2^31 - 1.
  std::int32_t core_nodes = 8;
  // Scopes that are kept besides, for jobs on up to `more_nodes` nodes.
  std::vector<MetricScope> more;
  std::int32_t more_nodes = 8;
};

// The scopes to be asked for when a job is archived: node, core (jobs on few nodes), accelerator
// (jobs that have some), and what the configuration adds.
std::vector<MetricScope> archive_scopes(const Job& job, const ArchiveScopeConfig& config);

}  // namespace jobledger::schema
