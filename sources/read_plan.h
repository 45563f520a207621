// SPDX-License-Identifier: MIT
// What a query comes to, host by host, before anything is read: which series of which metric, made
// of which elements.
//
// Hosts of one sub-cluster of which the same hardware counts share their selections. Immutable once
// made, any thread. Lifetime: the query and its cluster outlive it.
#pragma once

#include "base/result.h"
#include "schema/scopes.h"
#include "sources/metric_source.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

namespace jobledger::sources {

// One metric of one host. Elements are those of metric->scope.
struct PlannedMetric {
  std::size_t host = 0;                          // place in MetricQuery::hosts
  const schema::MetricConfig* metric = nullptr;  // as the host's sub-cluster has it
  const std::vector<schema::ScopeSelection>* selections = nullptr;

  std::size_t series() const;
};

class ReadPlan {
 public:
  static ReadPlan make(const MetricQuery& query);

  // In the order of the hosts, of one host in the order of MetricQuery::metrics.
  std::span<const PlannedMetric> metrics() const { return metrics_; }
  std::span<const PlannedMetric> of_host(std::size_t host) const;
  // Of the answer if every sample is there.
  std::uint64_t samples() const { return samples_; }

 private:
  // Sub-cluster, native scope, hardware threads and accelerators that count.
  using Hardware = std::tuple<const schema::SubCluster*, schema::MetricScope,
                              std::vector<std::int32_t>, std::vector<std::string>>;

  std::vector<PlannedMetric> metrics_;
  std::vector<std::size_t> host_begins_;  // by host, and the end
  std::map<Hardware, std::vector<schema::ScopeSelection>> selections_;
  std::uint64_t samples_ = 0;
};

}  // namespace jobledger::sources
