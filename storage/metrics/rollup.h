// SPDX-License-Identifier: MIT
// From the elements of a host to what most questions are about: the node, its sockets and memory
// domains, by the metric's aggregation. The same code makes roll-up blocks at sealing and answers
// from the head, so that both say the same.
//
// Executor: any thread.
#pragma once

#include "schema/cluster.h"
#include "schema/topology_map.h"
#include "storage/jobs/dictionaries.h"
#include "storage/metrics/block_codec.h"
#include "storage/metrics/ticks.h"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::storage::metrics {

// The scopes that roll-ups have.
inline constexpr std::array kRollupScopes = {schema::MetricScope::node, schema::MetricScope::socket,
                                             schema::MetricScope::memory_domain};

// The samples of one metric of a host, element by element.
struct MetricMatrix {
  Grid grid;
  std::vector<StringId> elements;  // ascending
  std::vector<float> values;       // grid.slots of each element

  std::span<float> column(std::size_t element) {
    return std::span(values).subspan(element * grid.slots, grid.slots);
  }
  std::span<const float> column(std::size_t element) const {
    return std::span(values).subspan(element * grid.slots, grid.slots);
  }
};

// Which elements go into which aggregate. Places are those in the list that the plan was made for.
struct RollupPlan {
  struct Series {
    schema::MetricScope scope = schema::MetricScope::node;
    std::uint32_t index = 0;
    bool measured = false;  // of one place, as it is; else an aggregate
    std::vector<std::uint32_t> places;
  };
  schema::Aggregation aggregation = schema::Aggregation::none;
  std::vector<Series> series;      // by (scope, index)
  std::vector<std::uint32_t> raw;  // places of elements that no series holds as they are
  std::uint32_t mapping = 0;       // mapping_of(); 0: not asked for
};

// Sources are the elements of the metric's own scope; when none was sent, those of the finest that
// was. Without a metric (no longer configured) or a sub-cluster (host in none) less can be
// aggregated; what cannot is raw.
RollupPlan make_rollup_plan(std::span<const StringId> elements,
                            const jobs::Dictionaries& dictionaries,
                            const schema::MetricConfig* metric, const schema::TopologyMap* map);

// A number for what decides which elements go into which aggregate, and how: the metric's scope and
// aggregation, and the topology. Never 0. Two that differ do so all but surely.
std::uint32_t mapping_of(const schema::MetricConfig* metric, const schema::Topology* topology);

// The aggregate with its summary. A missing element does not make the others missing.
RollupSeries aggregate(const MetricMatrix& matrix, const RollupPlan::Series& series,
                       schema::Aggregation aggregation);

// The text of the element that a series holds as it was measured; nullopt for aggregates.
std::optional<std::string> measured_element(const RollupSeries& series);

// Over values that each stand for so many samples of elements.
Summary summarize(std::span<const float> values, double samples_per_value);

// Plans by (layout, place of the metric in it), of one sub-cluster and one configuration. Any
// thread; plans stay where they are.
class RollupPlans {
 public:
  // Null: not configured any more, or the host is in no sub-cluster.
  RollupPlans(const jobs::Dictionaries& dictionaries, const schema::Cluster* cluster,
              const schema::SubCluster* sub);
  const RollupPlan& of(const TickLayout& layout, std::size_t metric);
  RollupPlan make(StringId metric, std::span<const StringId> elements) const;
  std::uint32_t mapping(StringId metric) const;

 private:
  const schema::MetricConfig* config_of(StringId metric) const;
  const jobs::Dictionaries& dictionaries_;
  const schema::Cluster* cluster_;
  const schema::SubCluster* sub_;
  std::optional<schema::TopologyMap> map_;
  std::mutex mutex_;
  std::map<std::pair<std::uint32_t, std::size_t>, RollupPlan> plans_;  // by mutex_
};

// The plans of all hosts, made as they are asked for, so that readers of one question can share
// them: each by its own sub-cluster, or all by a given one. Any thread. Lifetime: dictionaries and
// clusters outlive it.
class PlanBook {
 public:
  PlanBook(const jobs::Dictionaries& dictionaries, const schema::Clusters& clusters,
           const schema::SubCluster* for_all = nullptr)
      : dictionaries_(&dictionaries), clusters_(&clusters), for_all_(for_all) {}
  RollupPlans& of(std::string_view cluster, std::string_view hostname);

 private:
  const jobs::Dictionaries* dictionaries_;
  const schema::Clusters* clusters_;
  const schema::SubCluster* for_all_;
  std::mutex mutex_;
  // By mutex_.
  std::map<std::pair<const schema::Cluster*, const schema::SubCluster*>, RollupPlans> plans_;
};

// Ticks of a host, all in the widest of their layouts.
struct EvenTicks {
  LayoutPtr layout;  // null when there are none
  std::vector<TickPtr> ticks;
};
EvenTicks make_even(std::span<const TickPtr> ticks);

// One metric of the layout as a matrix over the slots [first, first + slots). Missing ticks are
// missing samples.
MetricMatrix collect(const HostTicks& host, const EvenTicks& even, std::size_t metric,
                     std::pair<std::int64_t, std::uint32_t> slots);

}  // namespace jobledger::storage::metrics
