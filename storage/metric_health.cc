// SPDX-License-Identifier: MIT
#include "storage/metric_health.h"

#include "storage/metrics/head_edit.h"

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

namespace {

// The series has a sample in some tick from that slot on.
bool is_fresh(const HostTicks& host, StringId metric, StringId element, std::int64_t from) {
  return std::any_of(host.first_from(from), host.ticks.end(), [&](const metrics::TickPtr& tick) {
    const auto* range = tick->layout->find(metric);
    if (range == nullptr) return false;
    const auto column = tick->layout->find(*range, element);
    return column && !std::isnan(tick->values[*column]);
  });
}

bool all_fresh(const HostTicks& host, StringId metric, std::span<const StringId> elements,
               std::int64_t from) {
  return std::all_of(elements.begin(), elements.end(),
                     [&](StringId element) { return is_fresh(host, metric, element, from); });
}

}  // namespace

HealthJudge::Known HealthJudge::find(const Host& host) const {
  Known known;
  const auto cluster = dictionaries_.find(jobs::Dictionary::cluster, host.cluster);
  const auto name = dictionaries_.find(jobs::Dictionary::host, host.hostname);
  if (cluster && name) known.entries = head_.find(*cluster, *name);
  if (host.sub_cluster == nullptr || !host.sub_cluster->topology.accelerators) return known;
  for (const schema::Accelerator& accelerator : *host.sub_cluster->topology.accelerators) {
    const std::string text = metrics::element_text({"accelerator", accelerator.id, {}, {}});
    known.accelerators.push_back(
        dictionaries_.find(jobs::Dictionary::element, text).value_or(jobs::kNoString));
  }
  return known;
}

HealthJudge::Freshness HealthJudge::freshness(const Known& known,
                                              const schema::MetricConfig& metric,
                                              std::int64_t now) const {
  const auto name = dictionaries_.find(jobs::Dictionary::metric, metric.name);
  if (!name) return Freshness::missing;
  Freshness best = Freshness::missing;
  for (const std::uint32_t entry : known.entries) {
    const HostTicks& host = *head_.hosts[entry];
    const auto* range = host.layout ? host.layout->find(*name) : nullptr;
    if (range == nullptr) continue;
    const std::int64_t seen =
        host.last_seen[static_cast<std::size_t>(range - host.layout->metrics.data())];
    if (seen == kNever) continue;
    const std::int64_t oldest = now - kStaleSteps * host.key.timestep;
    bool fresh = host.instant_of(seen) >= oldest;
    if (fresh && metric.scope == schema::MetricScope::accelerator) {
      const auto sent = std::span(host.layout->elements).subspan(range->first, range->count);
      const std::span<const StringId> wanted =
          known.accelerators.empty() ? sent : std::span(known.accelerators);
      fresh = all_fresh(host, *name, wanted, host.slot_of(oldest));
    }
    if (fresh) return Freshness::healthy;
    best = Freshness::degraded;
  }
  return best;
}

MetricHealth HealthJudge::judge(const Host& host,
                                std::span<const schema::MetricConfig* const> expected,
                                std::int64_t now) const {
  const Known known = find(host);
  MetricHealth health;
  std::size_t healthy = 0;
  for (const schema::MetricConfig* metric : expected) {
    const Freshness found = freshness(known, *metric, now);
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
