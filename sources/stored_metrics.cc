// SPDX-License-Identifier: MIT
#include "sources/stored_metrics.h"

#include "storage/metrics/head_edit.h"

#include <algorithm>

namespace jobledger::sources {
namespace {

using schema::MetricScope;
using storage::jobs::Dictionaries;
using storage::jobs::Dictionary;
using storage::metrics::HostTicks;
using storage::metrics::TickLayout;

bool is_wanted(const MetricQuery& query, std::string_view metric) {
  return query.as_sent ||
         std::find(query.metrics.begin(), query.metrics.end(), metric) != query.metrics.end();
}

// An entry for each metric of the layout; of those that are not wanted an empty one.
std::vector<StoredElements> elements_of(const TickLayout& layout, const Dictionaries& texts,
                                        const MetricQuery& query) {
  std::vector<StoredElements> out;
  for (const TickLayout::Metric& metric : layout.metrics) {
    StoredElements& stored = out.emplace_back();
    const std::string_view text = texts.text(Dictionary::metric, metric.metric);
    if (!is_wanted(query, text)) continue;
    stored.metric = text;
    for (std::uint32_t column = metric.first; column < metric.first + metric.count; ++column) {
      const auto name = storage::metrics::parse_element_text(
          texts.text(Dictionary::element, layout.elements[column]));
      const auto scope = name.type.empty() ? std::optional(MetricScope::node)
                                           : schema::parse_metric_scope(name.type);
      if (scope && name.subtype.empty()) stored.ids[*scope].push_back(name.id);
    }
  }
  return out;
}

// Whether anything was measured in [from, to), as far as that is known.
bool is_within(const HostTicks& host, std::int64_t last_seen, const MetricQuery& query) {
  if (last_seen == storage::metrics::kNever || host.instant_of(last_seen) < query.from)
    return false;
  const bool nothing_sealed = host.sealed_end == storage::metrics::kNever;
  const bool later = nothing_sealed && !host.ticks.empty() &&
                     host.instant_of(host.ticks.front()->slot) >= query.to;
  return !later;
}

}  // namespace

MetricScope StoredElements::finest() const {
  for (const MetricScope scope :
       {MetricScope::hwthread, MetricScope::core, MetricScope::memory_domain, MetricScope::socket,
        MetricScope::accelerator}) {
    if (ids.contains(scope)) return scope;
  }
  return MetricScope::node;
}

StoredMetrics StoredMetrics::of(const MetricQuery& query, const storage::Snapshot& snapshot) {
  StoredMetrics out;
  out.hosts_.resize(query.hosts.size());
  const Dictionaries& texts = snapshot.jobs().dictionaries();
  const auto cluster = texts.find(Dictionary::cluster, query.cluster->name);
  for (std::size_t i = 0; cluster && i < query.hosts.size(); ++i) {
    const auto hostname = texts.find(Dictionary::host, query.hosts[i].hostname);
    if (!hostname) continue;
    for (const std::uint32_t number : snapshot.metric_head().find(*cluster, *hostname)) {
      const HostTicks& host = *snapshot.metric_head().hosts[number];
      if (!host.layout) continue;
      auto [at, is_new] = out.layouts_.try_emplace(host.layout->number);
      if (is_new) at->second = elements_of(*host.layout, texts, query);
      for (std::size_t m = 0; m < at->second.size(); ++m) {
        const StoredElements& stored = at->second[m];
        if (stored.metric.empty() || m >= host.last_seen.size()) continue;
        if (!is_within(host, host.last_seen[m], query)) continue;
        out.hosts_[i].emplace(stored.metric, Entry{&stored, host.key.timestep});
        out.timesteps_[stored.metric].push_back(host.key.timestep);
      }
    }
  }
  for (auto& [metric, steps] : out.timesteps_) {
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  }
  return out;
}

std::vector<std::int32_t> StoredMetrics::timesteps_of(std::string_view metric) const {
  const auto found = timesteps_.find(metric);
  return found == timesteps_.end() ? std::vector<std::int32_t>() : found->second;
}

}  // namespace jobledger::sources
