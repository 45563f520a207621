// SPDX-License-Identifier: MIT
// The series of one host that a query of a metric store means.
//
// What was sent for the node itself comes before what is made of its elements. Aggregates over all
// of a node, a socket or a memory domain come from roll-ups. Executor: one
// thread, which may read the disk. Lifetime: of a few queries, shortly; snapshot and cluster
// outlive it.
#pragma once

#include "base/result.h"
#include "httpd/rest/metric_request.h"
#include "schema/cluster.h"
#include "schema/topology_map.h"
#include "storage/metric_reader.h"
#include "storage/snapshot.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace jobledger::httpd {

struct SelectedSeries {
  std::uint64_t count = 0;           // samples; 0: nothing was measured
  double min = 0, max = 0, sum = 0;  // over those
  std::vector<float> values;         // from the request's `from`; empty when not wanted
};

class MetricSelect {
 public:
  using Plans = std::shared_ptr<storage::metrics::PlanBook>;  // of all of the request
  MetricSelect(const storage::Snapshot& snapshot, Plans plans, const schema::Cluster& cluster,
               const MetricStoreRequest& request)
      : snapshot_(snapshot),
        cluster_(cluster),
        request_(request),
        readers_(snapshot, std::move(plans), request.from, request.to) {}

  // One series for each element of a list, one for an aggregate or a node; none at all when none of
  // them has samples. `conflict`: the metric has no aggregation.
  Result<std::vector<SelectedSeries>> select(const MetricStoreQuery& query,
                                             const schema::MetricConfig& metric);

 private:
  struct RollupPlace {
    schema::MetricScope scope = schema::MetricScope::node;
    std::uint32_t index = 0;
  };
  const schema::TopologyMap* map_of(const std::string& hostname);
  std::optional<RollupPlace> find_rollup(const MetricStoreQuery& query,
                                         const schema::MetricConfig& metric);
  bool may_have_node_line(const MetricStoreQuery& query) const;
  Result<std::vector<SelectedSeries>> read_node(const MetricStoreQuery& query,
                                                const schema::MetricConfig& metric,
                                                storage::MetricReader& reader) const;
  std::vector<SelectedSeries> read_rollup(const MetricStoreQuery& query, RollupPlace place,
                                          storage::MetricReader& reader) const;
  Result<std::vector<SelectedSeries>> read_elements(const MetricStoreQuery& query,
                                                    const schema::MetricConfig& metric,
                                                    storage::MetricReader& reader) const;

  const storage::Snapshot& snapshot_;
  const schema::Cluster& cluster_;
  const MetricStoreRequest& request_;
  storage::MetricReaders readers_;
  std::map<const schema::SubCluster*, schema::TopologyMap> maps_;
};

// How many elements a query names.
std::size_t elements_of(const MetricStoreQuery& query);

}  // namespace jobledger::httpd
