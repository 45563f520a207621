// SPDX-License-Identifier: MIT
#include "httpd/rest/metric_select.h"

#include "schema/aggregate.h"
#include "schema/series_statistics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

namespace jobledger::httpd {
namespace {

using schema::MetricScope;
using schema::TopologyMap;
using storage::MeasuredSeries;
using storage::jobs::Dictionary;
using storage::metrics::ElementName;

constexpr std::array kRolledUp = {MetricScope::node, MetricScope::socket,
                                  MetricScope::memory_domain};

SelectedSeries to_selected(MeasuredSeries series) {
  const auto& summary = series.summary;
  return {summary.count, double{summary.min}, double{summary.max}, summary.sum,
          std::move(series.values)};
}

SelectedSeries to_selected(std::vector<float> values, bool wanted) {
  const schema::SeriesSummary summary = schema::summarize(values);
  if (!wanted) values.clear();
  return {summary.count, summary.min, summary.max, summary.sum, std::move(values)};
}

// In the order of the query, each type with each sub-type.
std::vector<ElementName> elements(const MetricStoreQuery& query) {
  std::vector<ElementName> out;
  const std::vector<std::string> none(1);
  for (const std::string& id : query.type.empty() ? none : query.type_ids) {
    for (const std::string& sub : query.subtype.empty() ? none : query.subtype_ids) {
      out.push_back({query.type, id, query.subtype, sub});
    }
  }
  return out;
}

// The element's place in its scope; nullopt: the topology does not have it.
std::optional<std::size_t> place_of(const TopologyMap& map, MetricScope scope,
                                    const std::string& id) {
  if (scope == MetricScope::accelerator) {
    const auto& all = map.accelerators();
    const auto found = std::find(all.begin(), all.end(), id);
    if (found == all.end()) return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
  }
  std::int32_t number = 0;
  const auto [end, ec] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (ec != std::errc() || end != id.data() + id.size() || number < 0) return std::nullopt;
  if (scope == MetricScope::hwthread) {
    const auto& all = map.hwthreads();
    const auto found = std::lower_bound(all.begin(), all.end(), number);
    if (found == all.end() || *found != number) return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
  }
  const auto place = static_cast<std::size_t>(number);
  return place < map.count(scope) ? std::optional(place) : std::nullopt;
}

}  // namespace

std::size_t elements_of(const MetricStoreQuery& query) {
  const std::size_t types = query.type.empty() ? 1 : query.type_ids.size();
  const std::size_t subtypes = query.subtype.empty() ? 1 : query.subtype_ids.size();
  return types * subtypes;
}

const TopologyMap* MetricSelect::map_of(const std::string& hostname) {
  const schema::SubCluster* sub = cluster_.find_sub_cluster_of(hostname);
  if (sub == nullptr) return nullptr;
  return &maps_.try_emplace(sub, sub->topology).first->second;
}

// The roll-up that is made of exactly the elements of the query.
std::optional<MetricSelect::RollupPlace> MetricSelect::find_rollup(
    const MetricStoreQuery& query, const schema::MetricConfig& metric) {
  const MetricScope native = metric.scope;
  if (!query.aggregate || !query.subtype.empty() || query.type != schema::to_string(native) ||
      native == MetricScope::node || metric.aggregation == schema::Aggregation::none) {
    return std::nullopt;
  }
  const TopologyMap* map = map_of(query.hostname);
  if (map == nullptr || query.type_ids.empty()) return std::nullopt;
  std::set<std::size_t> places;
  for (const std::string& id : query.type_ids) {
    const auto place = place_of(*map, native, id);
    if (!place || !places.insert(*place).second) return std::nullopt;
  }
  if (native == MetricScope::accelerator) {
    if (places.size() != map->count(native)) return std::nullopt;
    return RollupPlace{MetricScope::node, 0};
  }
  for (const MetricScope scope : kRolledUp) {
    if (scope == native || map->effective_scope(native, scope) != scope) continue;
    const std::int32_t parent = map->parent(native, *places.begin(), scope);
    if (parent == TopologyMap::kNone) continue;
    const auto index = static_cast<std::size_t>(parent);
    const bool all = map->children(native, scope, index) == places.size() &&
                     std::all_of(places.begin(), places.end(), [&](std::size_t place) {
                       return map->parent(native, place, scope) == parent;
                     });
    if (all) return RollupPlace{scope, static_cast<std::uint32_t>(index)};
  }
  return std::nullopt;
}

// Whether samples of the node itself stand beside those of its elements. Hosts send the same all
// the time, so their newest tick tells.
bool MetricSelect::may_have_node_line(const MetricStoreQuery& query) const {
  const auto& names = snapshot_.jobs().dictionaries();
  const auto& head = snapshot_.metric_head();
  const auto cluster = names.find(Dictionary::cluster, cluster_.name);
  const auto host = names.find(Dictionary::host, query.hostname);
  const auto metric = names.find(Dictionary::metric, query.metric);
  const auto node = names.find(Dictionary::element, "");
  if (!cluster || !host || !metric || !node) return false;
  const auto entries = head.find(*cluster, *host);
  return std::any_of(entries.begin(), entries.end(), [&](std::uint32_t entry) {
    const auto& layout = head.hosts[entry]->layout;
    const auto* columns = layout ? layout->find(*metric) : nullptr;
    if (columns == nullptr) return !layout;
    return columns->count > 1 && layout->find(*columns, *node).has_value();
  });
}

Result<std::vector<SelectedSeries>> MetricSelect::read_node(const MetricStoreQuery& query,
                                                            const schema::MetricConfig& metric,
                                                            storage::MetricReader& reader) const {
  const bool below = metric.scope != MetricScope::node;
  if (below && may_have_node_line(query)) {
    auto found = read_elements(query, metric, reader);
    if (!found || !found->empty()) return found;
  }
  auto rolled_up = read_rollup(query, {}, reader);
  if (!rolled_up.empty() || !below || metric.aggregation != schema::Aggregation::none) {
    return rolled_up;
  }
  // Several elements without an aggregation have no roll-up.
  const auto measured = reader.read_elements({cluster_.name, query.hostname}, query.metric, {});
  auto possible = schema::SeriesAggregator::make(metric.aggregation, measured.size(), 0);
  if (!possible) return Error{ErrorKind::conflict, std::move(possible).error().detail};
  return rolled_up;
}

std::vector<SelectedSeries> MetricSelect::read_rollup(const MetricStoreQuery& query,
                                                      RollupPlace place,
                                                      storage::MetricReader& reader) const {
  std::vector<SelectedSeries> out;
  for (MeasuredSeries& series : reader.read_rollups({cluster_.name, query.hostname}, query.metric,
                                                    place.scope, request_.values)) {
    if (series.index == place.index) out.push_back(to_selected(std::move(series)));
  }
  return out;
}

Result<std::vector<SelectedSeries>> MetricSelect::read_elements(
    const MetricStoreQuery& query, const schema::MetricConfig& metric,
    storage::MetricReader& reader) const {
  const std::vector<ElementName> wanted = elements(query);
  std::vector<SelectedSeries> out;
  if (wanted.empty()) return out;
  std::map<ElementName, MeasuredSeries> found;
  for (MeasuredSeries& series :
       reader.read_elements({cluster_.name, query.hostname}, query.metric, wanted)) {
    const ElementName name = series.element;
    found.emplace(name, std::move(series));
  }
  if (found.empty()) return out;
  if (query.aggregate) {
    const storage::TimeRange range{request_.from, request_.to, metric.timestep};
    auto sum = schema::SeriesAggregator::make(metric.aggregation, wanted.size(), range.points());
    if (!sum) return Error{ErrorKind::conflict, std::move(sum).error().detail};
    for (const auto& [name, series] : found) sum->add({series.values, 0, 1});
    out.push_back(to_selected(sum->values(), request_.values));
    return out;
  }
  for (const ElementName& name : wanted) {
    const auto at = found.find(name);
    if (at == found.end()) {
      out.emplace_back();
    } else {
      out.push_back(to_selected(at->second.values, request_.values));
    }
  }
  return out;
}

Result<std::vector<SelectedSeries>> MetricSelect::select(const MetricStoreQuery& query,
                                                         const schema::MetricConfig& metric) {
  TRY(storage::MetricReader* const opened, readers_.of(metric.timestep));
  if (query.type.empty() && query.subtype.empty()) return read_node(query, metric, *opened);
  if (const auto rollup = find_rollup(query, metric)) {
    return read_rollup(query, *rollup, *opened);
  }
  return read_elements(query, metric, *opened);
}

}  // namespace jobledger::httpd
