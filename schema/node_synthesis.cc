// SPDX-License-Identifier: MIT
#include "schema/node_synthesis.h"

#include "schema/aggregate.h"
#include "schema/series_statistics.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jobledger::schema {
namespace {

constexpr std::array<std::string_view, 2> kSummable = {"flops_any", "mem_bw"};

using HostSeries = std::vector<const Series*>;  // of one host, at least one

std::vector<HostSeries> by_host(std::span<const Series> series) {
  std::vector<HostSeries> out;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const Series& one : series) {
    const auto [place, added] = places.emplace(one.hostname, out.size());
    if (added) out.emplace_back();
    out[place->second].push_back(&one);
  }
  return out;
}

Series sum_of(const HostSeries& parts) {
  std::size_t slots = 0;
  for (const Series* part : parts) slots = std::max(slots, part->data.size());
  auto sum = *SeriesAggregator::make(Aggregation::sum, parts.size(), slots);
  for (const Series* part : parts) sum.add({.values = part->data});
  Series out;
  out.hostname = parts.front()->hostname;
  out.data = sum.values();
  out.statistics = rounded_statistics_of(summarize(out.data));
  out.coverage = sum.coverage();
  return out;
}

}  // namespace

bool has_synthetic_node_scope(std::string_view metric) {
  return std::find(kSummable.begin(), kSummable.end(), metric) != kSummable.end();
}

bool synthesize_node_scope(MetricSamples& metric) {
  const auto coarsest = std::min_element(
      metric.scopes.begin(), metric.scopes.end(),
      [](const ScopedMetric& a, const ScopedMetric& b) { return a.scope < b.scope; });
  if (coarsest == metric.scopes.end() || coarsest->scope == MetricScope::node) return false;
  ScopedMetric node{MetricScope::node,   coarsest->unit, coarsest->timestep, {}, {},
                    coarsest->start_time};
  for (const HostSeries& parts : by_host(coarsest->series)) node.series.push_back(sum_of(parts));
  const auto after =
      std::find_if(metric.scopes.begin(), metric.scopes.end(), [](const ScopedMetric& entry) {
        return to_string(entry.scope) > to_string(MetricScope::node);
      });
  metric.scopes.insert(after, std::move(node));
  return true;
}

}  // namespace jobledger::schema
