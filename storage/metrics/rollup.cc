// SPDX-License-Identifier: MIT
#include "storage/metrics/rollup.h"

#include "base/log.h"
#include "schema/aggregate.h"
#include "storage/metrics/head_edit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace jobledger::storage::metrics {
namespace {

using schema::MetricScope;

// An element of the topology that was measured as a whole.
struct Source {
  MetricScope scope = MetricScope::node;
  std::uint32_t index = 0;  // its number; of accelerators: meaningless
  std::uint32_t place = 0;
};

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Source> parse_source(std::string_view text, std::uint32_t place) {
  const ElementName name = parse_element_text(text);
  if (!name.subtype.empty()) return std::nullopt;
  if (name.type.empty()) return Source{MetricScope::node, 0, place};
  const auto scope = schema::parse_metric_scope(name.type);
  if (!scope || *scope == MetricScope::node || name.id.empty()) return std::nullopt;
  if (*scope == MetricScope::accelerator) return Source{*scope, 0, place};
  const auto index = parse_number(name.id);
  if (!index) return std::nullopt;
  return Source{*scope, *index, place};
}

// Where what was measured of a host can be taken from, best first.
std::vector<MetricScope> source_scopes(const schema::MetricConfig* metric) {
  std::vector<MetricScope> scopes;
  if (metric != nullptr) scopes.push_back(metric->scope);
  for (const MetricScope scope :
       {MetricScope::hwthread, MetricScope::core, MetricScope::memory_domain, MetricScope::socket,
        MetricScope::accelerator, MetricScope::node}) {
    scopes.push_back(scope);
  }
  return scopes;
}

// Its place among the elements of its scope; nullopt: the topology does not name it.
std::optional<std::size_t> place_in(const schema::TopologyMap& map, const Source& source) {
  if (source.scope != MetricScope::hwthread) {
    return source.index < map.count(source.scope) ? std::optional<std::size_t>(source.index)
                                                  : std::nullopt;
  }
  const auto& threads = map.hwthreads();
  const auto at = std::lower_bound(threads.begin(), threads.end(), std::int64_t{source.index});
  if (at == threads.end() || *at != std::int64_t{source.index}) return std::nullopt;
  return static_cast<std::size_t>(at - threads.begin());
}

// What the sources can be aggregated into, beside the node.
void add_parts(std::vector<RollupPlan::Series>& series, const std::vector<Source>& sources,
               const schema::TopologyMap& map) {
  const MetricScope from = sources[0].scope;
  for (const MetricScope scope : {MetricScope::socket, MetricScope::memory_domain}) {
    if (from <= scope || map.effective_scope(from, scope) != scope) continue;
    std::map<std::int32_t, RollupPlan::Series> parts;
    for (const Source& source : sources) {
      const auto element = place_in(map, source);
      const std::int32_t part =
          element ? map.parent(from, *element, scope) : schema::TopologyMap::kNone;
      if (part == schema::TopologyMap::kNone) continue;
      parts[part].places.push_back(source.place);
    }
    for (auto& [index, part] : parts) {
      part.scope = scope;
      part.index = static_cast<std::uint32_t>(index);
      series.push_back(std::move(part));
    }
  }
}

bool is_kept_whole(MetricScope scope) {
  return scope == MetricScope::node || scope == MetricScope::socket ||
         scope == MetricScope::memory_domain;
}

}  // namespace

RollupPlan make_rollup_plan(std::span<const StringId> elements,
                            const jobs::Dictionaries& dictionaries,
                            const schema::MetricConfig* metric, const schema::TopologyMap* map) {
  RollupPlan plan;
  if (metric != nullptr) plan.aggregation = metric->aggregation;
  std::vector<Source> all;
  for (std::uint32_t place = 0; place < elements.size(); ++place) {
    const auto text = dictionaries.text(jobs::Dictionary::element, elements[place]);
    if (const auto source = parse_source(text, place)) all.push_back(*source);
  }
  std::vector<Source> sources;
  for (const MetricScope scope : source_scopes(metric)) {
    std::copy_if(all.begin(), all.end(), std::back_inserter(sources),
                 [&](const Source& source) { return source.scope == scope; });
    if (!sources.empty()) break;
  }
  std::vector<bool> whole(elements.size(), false);
  if (!sources.empty()) {
    const bool can = plan.aggregation != schema::Aggregation::none || sources.size() == 1;
    if (can) {
      RollupPlan::Series& node = plan.series.emplace_back();
      for (const Source& source : sources) node.places.push_back(source.place);
      node.measured = sources[0].scope == MetricScope::node;
    }
    if (can && map != nullptr && sources[0].scope != MetricScope::accelerator) {
      add_parts(plan.series, sources, *map);
    }
    if (is_kept_whole(sources[0].scope)) {
      for (const Source& source : sources) {
        whole[source.place] = true;
        if (source.scope == MetricScope::node) continue;
        plan.series.push_back({source.scope, source.index, true, {source.place}});
      }
    }
  }
  std::sort(plan.series.begin(), plan.series.end(),
            [](const RollupPlan::Series& a, const RollupPlan::Series& b) {
              return std::pair(a.scope, a.index) < std::pair(b.scope, b.index);
            });
  for (std::uint32_t place = 0; place < elements.size(); ++place) {
    if (!whole[place]) plan.raw.push_back(place);
  }
  return plan;
}

std::uint32_t mapping_of(const schema::MetricConfig* metric, const schema::Topology* topology) {
  std::uint32_t hash = 2'166'136'261U;  // FNV-1a
  const auto add = [&hash](std::uint64_t number) {
    for (int shift = 0; shift < 32; shift += 8)
      hash = (hash ^ (static_cast<std::uint32_t>(number >> shift) & 0xFFU)) * 16'777'619U;
  };
  add(metric != nullptr ? static_cast<std::uint64_t>(metric->scope) + 1 : 0);
  add(metric != nullptr ? static_cast<std::uint64_t>(metric->aggregation) + 1 : 0);
  if (topology != nullptr) {
    const auto add_ids = [&add](const schema::Topology::Ids& ids) {
      add(ids.size());
      for (const std::int32_t id : ids) add(static_cast<std::uint64_t>(id));
    };
    add_ids(topology->node.value_or(schema::Topology::Ids()));
    for (const auto* groups :
         {&topology->socket, &topology->memory_domain, &topology->die, &topology->core}) {
      add(*groups ? (*groups)->size() + 1 : 0);
      if (!*groups) continue;
      for (const auto& ids : **groups) add_ids(ids);
    }
  }
  return hash == 0 ? 1 : hash;
}

std::optional<std::string> measured_element(const RollupSeries& series) {
  if (series.elements != 0) return std::nullopt;
  if (series.scope == MetricScope::node) return std::string();
  return element_text({schema::to_string(series.scope), std::to_string(series.index), {}, {}});
}

Summary summarize(std::span<const float> values, double samples_per_value) {
  Summary summary;
  for (const float value : values) {
    if (std::isnan(value)) continue;
    summary.min = summary.count == 0 ? value : std::min(summary.min, value);
    summary.max = summary.count == 0 ? value : std::max(summary.max, value);
    summary.sum += double{value};
    ++summary.count;
  }
  summary.samples = static_cast<std::uint64_t>(std::llround(samples_per_value * summary.count));
  return summary;
}

RollupSeries aggregate(const MetricMatrix& matrix, const RollupPlan::Series& series,
                       schema::Aggregation aggregation) {
  auto sum = schema::SeriesAggregator::make(aggregation, series.places.size(), matrix.grid.slots);
  CHECK(sum.has_value(), "a plan to aggregate what cannot be: {}", sum.error().detail);
  for (const std::uint32_t place : series.places) sum->add({matrix.column(place), 0, 1});
  RollupSeries out;
  out.scope = series.scope;
  out.index = series.index;
  out.elements = series.measured ? 0 : static_cast<std::uint32_t>(series.places.size());
  out.values = sum->values();
  out.summary = summarize(out.values, 0);
  out.summary.samples = sum->samples();
  return out;
}

RollupPlans::RollupPlans(const jobs::Dictionaries& dictionaries, const schema::Cluster* cluster,
                         const schema::SubCluster* sub)
    : dictionaries_(dictionaries), cluster_(cluster), sub_(sub) {
  if (sub_ != nullptr) map_.emplace(sub_->topology);
}

const RollupPlan& RollupPlans::of(const TickLayout& layout, std::size_t metric) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = plans_.try_emplace({layout.number, metric});
  if (is_new) {
    const TickLayout::Metric& range = layout.metrics[metric];
    at->second = make(range.metric, std::span(layout.elements).subspan(range.first, range.count));
  }
  return at->second;
}

const schema::MetricConfig* RollupPlans::config_of(StringId metric) const {
  const auto name = dictionaries_.text(jobs::Dictionary::metric, metric);
  const schema::MetricConfig* config = sub_ != nullptr ? sub_->find_metric(name) : nullptr;
  if (config == nullptr && cluster_ != nullptr) config = cluster_->find_metric(name);
  return config;
}

std::uint32_t RollupPlans::mapping(StringId metric) const {
  return mapping_of(config_of(metric), sub_ != nullptr ? &sub_->topology : nullptr);
}

RollupPlan RollupPlans::make(StringId metric, std::span<const StringId> elements) const {
  RollupPlan plan =
      make_rollup_plan(elements, dictionaries_, config_of(metric), map_ ? &*map_ : nullptr);
  plan.mapping = mapping(metric);
  return plan;
}

RollupPlans& PlanBook::of(std::string_view cluster, std::string_view hostname) {
  const schema::Cluster* const known = clusters_->find(cluster);
  const schema::SubCluster* sub = for_all_;
  if (sub == nullptr && known != nullptr) sub = known->find_sub_cluster_of(hostname);
  const std::lock_guard lock(mutex_);
  return plans_.try_emplace({known, sub}, *dictionaries_, known, sub).first->second;
}

EvenTicks make_even(std::span<const TickPtr> ticks) {
  EvenTicks even;
  for (const TickPtr& tick : ticks) {
    if (!even.layout || tick->layout->columns() > even.layout->columns())
      even.layout = tick->layout;
  }
  for (const TickPtr& tick : ticks) {
    if (tick->layout == even.layout) {
      even.ticks.push_back(tick);
      continue;
    }
    Tick wide{tick->slot, tick->first_log, even.layout, in_layout(*tick, *even.layout)};
    even.ticks.push_back(std::make_shared<const Tick>(std::move(wide)));
  }
  return even;
}

MetricMatrix collect(const HostTicks& host, const EvenTicks& even, std::size_t metric,
                     std::pair<std::int64_t, std::uint32_t> slots) {
  const TickLayout::Metric& range = even.layout->metrics[metric];
  MetricMatrix matrix;
  matrix.grid = {slots.first, slots.second, host.key.timestep, host.shift};
  const auto begin = even.layout->elements.begin() + range.first;
  matrix.elements.assign(begin, begin + range.count);
  matrix.values.assign(std::size_t{range.count} * slots.second,
                       std::numeric_limits<float>::quiet_NaN());
  for (const TickPtr& tick : even.ticks) {
    const std::int64_t slot = tick->slot - slots.first;
    if (slot < 0 || slot >= slots.second) continue;
    const float* from = tick->values.data() + range.first;
    float* to = matrix.values.data() + slot;
    for (std::uint32_t e = 0; e < range.count; ++e) to[e * slots.second] = from[e];
  }
  return matrix;
}

}  // namespace jobledger::storage::metrics
