// SPDX-License-Identifier: MIT
#include "storage/metric_health.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace jobledger::storage {

using metrics::HostTicks;
using metrics::kNever;
using metrics::StringId;

std::vector<const schema::MetricConfig*> expected_metrics(const schema::SubCluster& sub_cluster) {
  std::vector<const schema::MetricConfig*> metrics;
  const bool accelerators = sub_cluster.topology.accelerators.has_value();
  for (const schema::MetricConfig& metric : sub_cluster.metric_config) {
    if (metric.scope == schema::MetricScope::accelerator && !accelerators) continue;
    metrics.push_back(&metric);
  }
  return metrics;
}

// Every series of the metric has a sample in some tick from that slot on.
bool HealthJudge::all_fresh(const HostTicks& host, StringId metric, std::int64_t from) const {
  const auto* range = host.layout->find(metric);
  if (range == nullptr) return false;
  std::vector<bool> fresh(range->count, false);
  for (auto at = host.first_from(from); at != host.ticks.end(); ++at) {
    const metrics::TickLayout& layout = *(*at)->layout;
    const auto* now = layout.find(metric);
    if (now == nullptr) continue;
    for (std::uint32_t i = 0; i < now->count; ++i) {
      if (std::isnan((*at)->values[now->first + i])) continue;
      const auto column = host.layout->find(*range, layout.elements[now->first + i]);
      if (column) fresh[*column - range->first] = true;
    }
  }
  return std::find(fresh.begin(), fresh.end(), false) == fresh.end();
}

HealthJudge::Freshness HealthJudge::freshness(std::span<const std::uint32_t> entries,
                                              const schema::MetricConfig& metric,
                                              std::int64_t now) const {
  const auto name = dictionaries_.find(jobs::Dictionary::metric, metric.name);
  if (!name) return Freshness::missing;
  Freshness best = Freshness::missing;
  for (const std::uint32_t entry : entries) {
    const HostTicks& host = *head_.hosts[entry];
    const auto* range = host.layout ? host.layout->find(*name) : nullptr;
    if (range == nullptr) continue;
    const std::int64_t seen =
        host.last_seen[static_cast<std::size_t>(range - host.layout->metrics.data())];
    if (seen == kNever) continue;
    const std::int64_t oldest = now - kStaleSteps * host.key.timestep;
    const bool fresh =
        host.instant_of(seen) >= oldest && (metric.scope != schema::MetricScope::accelerator ||
                                            all_fresh(host, *name, host.slot_of(oldest)));
    if (fresh) return Freshness::healthy;
    best = Freshness::degraded;
  }
  return best;
}

MetricHealth HealthJudge::judge(std::string_view cluster, std::string_view hostname,
                                std::span<const schema::MetricConfig* const> expected,
                                std::int64_t now) const {
  const auto cluster_id = dictionaries_.find(jobs::Dictionary::cluster, cluster);
  const auto host_id = dictionaries_.find(jobs::Dictionary::host, hostname);
  std::span<const std::uint32_t> entries;
  if (cluster_id && host_id) entries = head_.find(*cluster_id, *host_id);
  MetricHealth health;
  std::size_t healthy = 0;
  for (const schema::MetricConfig* metric : expected) {
    const Freshness found = freshness(entries, *metric, now);
    if (found == Freshness::healthy) ++healthy;
    if (found == Freshness::degraded) health.degraded.push_back(metric->name);
    if (found == Freshness::missing) health.missing.push_back(metric->name);
  }
  if (healthy == 0) return health;
  health.state =
      healthy == expected.size() ? schema::MonitoringState::full : schema::MonitoringState::partial;
  return health;
}

}  // namespace jobledger::storage
