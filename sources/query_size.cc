// SPDX-License-Identifier: MIT
#include "sources/query_size.h"

#include "schema/topology_map.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

namespace jobledger::sources {
namespace {

using schema::MetricScope;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > kMost / b ? kMost : a * b;
}
std::uint64_t plus(std::uint64_t a, std::uint64_t b) { return a > kMost - b ? kMost : a + b; }

// A metric at one scope.
struct Wanted {
  MetricScope scope;
  std::uint64_t steps;
};

// What is wanted of the hosts of one sub-cluster.
struct Plan {
  explicit Plan(const schema::SubCluster* sub)
      : map(sub != nullptr ? sub->topology : schema::Topology()) {}

  schema::TopologyMap map;
  std::vector<Wanted> wanted;
};

Plan make_plan(const MetricQuery& query, const schema::SubCluster* sub) {
  Plan plan(sub);
  for (const std::string& name : query.metrics) {
    const schema::MetricConfig* metric = query.find_metric(name, sub);
    const auto grid = query.grids.find(name);
    const bool settled = grid != query.grids.end();
    if (metric == nullptr) {
      // As it was sent, which is not by finer elements than that.
      if (settled)
        plan.wanted.push_back({MetricScope::hwthread, query.range(grid->second).points()});
      continue;
    }
    const std::int32_t step = settled ? grid->second : metric->timestep;
    for (const MetricScope scope : plan.map.effective_scopes(metric->scope, query.scopes))
      plan.wanted.push_back({scope, query.range(step).points()});
  }
  return plan;
}

std::uint64_t series_of(const MetricQuery& query, const schema::TopologyMap& map,
                        const schema::Resource& host, MetricScope scope) {
  const std::size_t threads = host.hwthreads.size();
  switch (scope) {
    case MetricScope::node:
      return 1;
    case MetricScope::accelerator:
      return query.all_accelerators ? std::max(map.count(scope), host.accelerators.size())
                                    : host.accelerators.size();
    case MetricScope::hwthread:
      return threads == 0 ? map.count(scope) : threads;
    default:
      return threads == 0 ? map.count(scope) : std::min(map.count(scope), threads);
  }
}

}  // namespace

std::uint64_t most_samples(const MetricQuery& query) {
  std::map<const schema::SubCluster*, Plan> plans;
  std::uint64_t sum = 0, longest = 0;
  for (const schema::Resource& host : query.hosts) {
    const schema::SubCluster* sub = query.sub_cluster_of(host);
    auto known = plans.find(sub);
    if (known == plans.end()) known = plans.emplace(sub, make_plan(query, sub)).first;
    for (const Wanted& wanted : known->second.wanted) {
      longest = std::max(longest, wanted.steps);
      sum = plus(sum, times(wanted.steps, series_of(query, known->second.map, host, wanted.scope)));
    }
  }
  return query.values ? sum : longest;
}

Result<std::uint64_t> check_size(const MetricQuery& query, std::uint64_t limit) {
  const std::uint64_t samples = most_samples(query);
  if (samples <= limit) return samples;
  return Error{ErrorKind::too_large,
               "up to " + std::to_string(samples) + " samples, more than " + std::to_string(limit) +
                   ": ask for fewer metrics, scopes or nodes, or a shorter time"};
}

}  // namespace jobledger::sources
