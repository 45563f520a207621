// SPDX-License-Identifier: MIT
#include "sources/read_plan.h"

#include "sources/stored_metrics.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace jobledger::sources {
namespace {

using schema::MetricConfig;
using schema::MetricScope;
using schema::ScopeSelection;
using schema::TopologyMap;

// What of a host counts.
schema::HostHardware owned_hardware(const MetricQuery& query, const schema::Resource& host,
                                    const TopologyMap& map) {
  if (!query.all_accelerators) {
    return schema::HostHardware::of_job(map, host, host.accelerators.empty() ? 0 : 1);
  }
  if (host.hwthreads.empty()) return schema::HostHardware::whole_node(map);
  schema::Resource all = host;
  all.accelerators = map.accelerators();
  return schema::HostHardware::of_job(map, all, 1);
}

bool is_in(const TopologyMap& map, MetricScope scope, std::string_view id) {
  std::int32_t number = -1;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size() || number < 0) return false;
  if (scope != MetricScope::hwthread) return static_cast<std::size_t>(number) < map.count(scope);
  return std::binary_search(map.hwthreads().begin(), map.hwthreads().end(), number);
}

bool has_scope(const std::vector<ScopeSelection>& selections, MetricScope scope) {
  return std::any_of(selections.begin(), selections.end(),
                     [scope](const ScopeSelection& one) { return one.scope == scope; });
}

void add_elements(std::vector<ScopeSelection>& selections, MetricScope scope,
                  const std::vector<std::string>& ids) {
  auto at = std::find_if(selections.begin(), selections.end(),
                         [scope](const ScopeSelection& one) { return one.scope == scope; });
  if (at == selections.end()) at = selections.insert(at, {scope, {}});
  for (const std::string& id : ids) at->targets.push_back({id, {id}, true});
}

}  // namespace

class ReadPlan::Maker {
 public:
  Maker(const MetricQuery& query, const StoredMetrics* stored, ReadPlan& plan)
      : query_(query), stored_(stored), plan_(plan) {}

  void add_host(std::size_t host);

 private:
  struct Host {
    std::size_t place;
    const schema::Resource& resource;
    const schema::SubCluster* sub;
    const TopologyMap& map;
  };

  std::vector<std::string_view> names_of(const Host& host) const;
  const StoredElements* stored_of(const Host& host, std::string_view name) const;
  void add(const Host& host, std::string_view name);
  const MetricConfig* as_sent(const StoredElements& stored);
  const MetricConfig* with_timestep(const MetricConfig* metric);
  const MetricConfig* adjusted(const MetricConfig* metric, std::int32_t timestep);
  const std::vector<ScopeSelection>* select(const Host& host, const MetricConfig& metric,
                                            bool as_sent);
  std::vector<std::string> strange_elements(const Host& host, const MetricConfig& metric,
                                            const StoredElements* stored,
                                            const std::vector<ScopeSelection>& selections) const;
  void note(std::string_view metric, std::string text);

  const MetricQuery& query_;
  const StoredMetrics* stored_;
  ReadPlan& plan_;
  std::map<const schema::SubCluster*, TopologyMap> maps_;
};

void ReadPlan::Maker::add_host(std::size_t place) {
  const schema::Resource& resource = query_.hosts[place];
  const schema::SubCluster* sub = query_.sub_cluster_of(resource);
  const TopologyMap& map =
      maps_.try_emplace(sub, sub != nullptr ? sub->topology : schema::Topology()).first->second;
  const Host host{place, resource, sub, map};
  for (const std::string_view name : names_of(host)) add(host, name);
}

// What is asked for; if wanted, also what is stored of a metric that the cluster does not have.
std::vector<std::string_view> ReadPlan::Maker::names_of(const Host& host) const {
  std::vector<std::string_view> names(query_.metrics.begin(), query_.metrics.end());
  if (stored_ == nullptr || !query_.as_sent) return names;
  for (const auto& [name, entry] : stored_->of_host(host.place)) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (query_.find_metric(name, host.sub) == nullptr) names.push_back(name);
  }
  return names;
}

const StoredElements* ReadPlan::Maker::stored_of(const Host& host, std::string_view name) const {
  if (stored_ == nullptr) return nullptr;
  const auto& entries = stored_->of_host(host.place);
  const auto found = entries.find(name);
  return found == entries.end() ? nullptr : found->second.elements;
}

void ReadPlan::Maker::add(const Host& host, std::string_view name) {
  const StoredElements* stored = stored_of(host, name);
  const MetricConfig* metric = query_.find_metric(name, host.sub);
  const bool sent = metric == nullptr;
  // What the file takes away from a sub-cluster is explained: it is not wanted there.
  if (sent && (stored == nullptr || query_.cluster->find_metric(name) != nullptr)) return;
  metric = with_timestep(sent ? as_sent(*stored) : metric);
  const auto* selections = select(host, *metric, sent);
  const auto strangers = strange_elements(host, *metric, stored, *selections);
  if (!strangers.empty()) {
    auto& more = plan_.more_selections_.emplace_back(*selections);
    add_elements(more, metric->scope, strangers);
    selections = &more;
    if (!sent && host.sub != nullptr)
      note(name, fmt::format("{} {} of {} {} not in the topology of sub-cluster {}; shown as sent",
                             schema::to_string(metric->scope), fmt::join(strangers, ","),
                             host.resource.hostname, strangers.size() == 1 ? "is" : "are",
                             host.sub->name));
  }
  if (selections->empty()) return;
  const PlannedMetric& planned =
      plan_.metrics_.emplace_back(PlannedMetric{host.place, metric, selections});
  plan_.samples_ += planned.series() * query_.range(metric->timestep).points();
}

const MetricConfig* ReadPlan::Maker::as_sent(const StoredElements& stored) {
  const auto steps = stored_->timesteps_of(stored.metric);
  const auto [at, is_new] =
      plan_.sent_.try_emplace({std::string(stored.metric), static_cast<int>(stored.finest())});
  MetricConfig& metric = at->second;
  if (!is_new) return &metric;
  metric.name = stored.metric;
  metric.scope = stored.finest();
  metric.timestep = steps.front();
  note(metric.name, "cluster.json does not have it any more; shown as sent, without a unit");
  return &metric;
}

// On the grid that is settled; else on the finest that is stored, if that is not the configured
// one.
const MetricConfig* ReadPlan::Maker::with_timestep(const MetricConfig* metric) {
  if (stored_ == nullptr) return metric;
  if (const auto grid = query_.grids.find(metric->name); grid != query_.grids.end())
    return adjusted(metric, grid->second);
  const auto steps = stored_->timesteps_of(metric->name);
  if (steps.empty() || (steps.size() == 1 && steps.front() == metric->timestep)) return metric;
  note(metric->name,
       fmt::format("measured every {} s, though cluster.json says {} s; shown every {} s",
                   fmt::join(steps, " s and every "), metric->timestep, steps.front()));
  return adjusted(metric, steps.front());
}

const MetricConfig* ReadPlan::Maker::adjusted(const MetricConfig* metric, std::int32_t timestep) {
  if (timestep == metric->timestep) return metric;
  const auto [at, is_new] = plan_.adjusted_.try_emplace({metric, timestep}, *metric);
  at->second.timestep = timestep;
  return &at->second;
}

const std::vector<ScopeSelection>* ReadPlan::Maker::select(const Host& host,
                                                           const MetricConfig& metric,
                                                           bool as_sent) {
  const auto [at, is_new] = plan_.selections_.try_emplace(Hardware(
      host.sub, metric.scope, as_sent, host.resource.hwthreads, host.resource.accelerators));
  if (!is_new) return &at->second;
  const schema::HostHardware owned = owned_hardware(query_, host.resource, host.map);
  at->second = as_sent ? owned.select(metric.scope, std::span(&metric.scope, 1))
                       : owned.select(metric.scope, query_.scopes);
  return &at->second;
}

// Of a whole node: the elements that sent samples and are not in the topology.
std::vector<std::string> ReadPlan::Maker::strange_elements(
    const Host& host, const MetricConfig& metric, const StoredElements* stored,
    const std::vector<ScopeSelection>& selections) const {
  std::vector<std::string> out;
  const bool listed = metric.scope == MetricScope::node ||
                      metric.scope == MetricScope::accelerator || !host.resource.hwthreads.empty();
  const bool wanted = query_.all_elements || has_scope(selections, metric.scope);
  if (stored == nullptr || listed || !wanted) return out;
  const auto ids = stored->ids.find(metric.scope);
  if (ids == stored->ids.end()) return out;
  for (const std::string_view id : ids->second) {
    if (!is_in(host.map, metric.scope, id)) out.emplace_back(id);
  }
  return out;
}

void ReadPlan::Maker::note(std::string_view metric, std::string text) {
  constexpr std::size_t kMaxNotes = 32;
  ReadNote note{std::string(metric), std::move(text)};
  auto& notes = plan_.notes_;
  if (notes.size() >= kMaxNotes || std::find(notes.begin(), notes.end(), note) != notes.end())
    return;
  notes.push_back(std::move(note));
}

std::size_t PlannedMetric::series() const {
  std::size_t count = 0;
  for (const ScopeSelection& selection : *selections) count += selection.targets.size();
  return count;
}

ReadPlan ReadPlan::make(const MetricQuery& query, const StoredMetrics* stored) {
  ReadPlan plan;
  Maker maker(query, stored, plan);
  for (std::size_t i = 0; i < query.hosts.size(); ++i) {
    plan.host_begins_.push_back(plan.metrics_.size());
    maker.add_host(i);
  }
  plan.host_begins_.push_back(plan.metrics_.size());
  return plan;
}

std::vector<ReadNote> ReadPlan::settle(MetricQuery& query) const {
  for (const PlannedMetric& planned : metrics_) {
    const MetricConfig& metric = *planned.metric;
    if (!query.grids.try_emplace(metric.name, metric.timestep).second) continue;
    auto& names = query.metrics;
    if (std::find(names.begin(), names.end(), metric.name) == names.end())
      names.push_back(metric.name);
  }
  query.as_sent = false;
  return notes_;
}

std::span<const PlannedMetric> ReadPlan::of_host(std::size_t host) const {
  return std::span(metrics_).subspan(host_begins_[host],
                                     host_begins_[host + 1] - host_begins_[host]);
}

}  // namespace jobledger::sources
