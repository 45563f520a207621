// SPDX-License-Identifier: MIT
// What a query comes to, host by host, before anything is read: which series of which metric, made
// of which elements.
//
// Of our own store it is known what there is. What cluster.json does not explain any more is then
// planned as it was sent, and noted: metrics that are not configured, elements that the topology
// does not have, other time steps (the finest that is stored is the grid of all). Hosts of one
// sub-cluster of which the same hardware counts share their selections. Immutable once made, any
// thread. Lifetime: the query and its cluster outlive it.
#pragma once

#include "base/result.h"
#include "schema/scopes.h"
#include "sources/metric_source.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <tuple>
#include <vector>

namespace jobledger::sources {

class StoredMetrics;
struct StoredElements;

// One metric of one host. Elements are those of metric->scope.
struct PlannedMetric {
  std::size_t host = 0;                          // place in MetricQuery::hosts
  const schema::MetricConfig* metric = nullptr;  // as it is to be read on that host
  const std::vector<schema::ScopeSelection>* selections = nullptr;

  std::size_t series() const;
};

class ReadPlan {
 public:
  // `stored`: what our own store has of the query's hosts; null: not known, cluster.json counts.
  static ReadPlan make(const MetricQuery& query, const StoredMetrics* stored = nullptr);

  // In the order of the hosts, of one host in the order of MetricQuery::metrics.
  std::span<const PlannedMetric> metrics() const { return metrics_; }
  std::span<const PlannedMetric> of_host(std::size_t host) const;
  // Of the answer if every sample is there.
  std::uint64_t samples() const { return samples_; }
  const std::vector<ReadNote>& notes() const { return notes_; }
  // The query names all that is planned then, and on which grids, so that parts of it come to the
  // same. Returns the notes.
  std::vector<ReadNote> settle(MetricQuery& query) const;

 private:
  // Sub-cluster, native scope, whether that scope alone is wanted, hardware threads and
  // accelerators that count.
  using Hardware = std::tuple<const schema::SubCluster*, schema::MetricScope, bool,
                              std::vector<std::int32_t>, std::vector<std::string>>;
  class Maker;

  std::vector<PlannedMetric> metrics_;
  std::vector<std::size_t> host_begins_;  // by host, and the end
  std::map<Hardware, std::vector<schema::ScopeSelection>> selections_;
  // Of single hosts, and settings that no file has.
  std::deque<std::vector<schema::ScopeSelection>> more_selections_;
  std::map<std::pair<std::string, std::int32_t>, schema::MetricConfig> sent_;
  std::map<std::pair<const schema::MetricConfig*, std::int32_t>, schema::MetricConfig> adjusted_;
  std::uint64_t samples_ = 0;
  std::vector<ReadNote> notes_;
};

}  // namespace jobledger::sources
