// SPDX-License-Identifier: MIT
#include "schema/topology_map.h"

#include <algorithm>

namespace jobledger::schema {
namespace {

constexpr std::size_t index_of(MetricScope scope) { return static_cast<std::size_t>(scope); }

void add_ids(std::vector<std::int32_t>& out, const std::optional<Topology::Groups>& groups) {
  if (!groups) return;
  for (const Topology::Ids& ids : *groups) out.insert(out.end(), ids.begin(), ids.end());
}

template <class Value>
void sort_unique(std::vector<Value>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::vector<std::int32_t> all_hwthreads(const Topology& topology) {
  std::vector<std::int32_t> out;
  if (topology.node) out = *topology.node;
  for (const auto* groups :
       {&topology.socket, &topology.memory_domain, &topology.die, &topology.core})
    add_ids(out, *groups);
  sort_unique(out);
  return out;
}

}  // namespace

TopologyMap::TopologyMap(const Topology& topology) : hwthreads_(all_hwthreads(topology)) {
  Elements& node = elements_[index_of(MetricScope::node)];
  Elements& hwthread = elements_[index_of(MetricScope::hwthread)];
  node.emplace_back();
  for (std::uint32_t place = 0; place < hwthreads_.size(); ++place) {
    node.front().push_back(place);
    hwthread.push_back({place});
  }
  elements_[index_of(MetricScope::socket)] = elements_of(topology.socket);
  elements_[index_of(MetricScope::memory_domain)] = elements_of(topology.memory_domain);
  elements_[index_of(MetricScope::core)] = elements_of(topology.core);
  for (std::size_t native = 0; native < kThreadScopes; ++native)
    for (std::size_t scope = 0; scope < native; ++scope)
      nestings_[native][scope] = nest(elements_[native], static_cast<MetricScope>(scope));
  if (!topology.accelerators) return;
  for (const Accelerator& accelerator : *topology.accelerators)
    accelerators_.push_back(accelerator.id);
}

TopologyMap::Elements TopologyMap::elements_of(
    const std::optional<Topology::Groups>& groups) const {
  Elements out;
  if (!groups) return out;
  for (const Topology::Ids& ids : *groups) {
    std::vector<std::uint32_t>& places = out.emplace_back();
    for (const std::int32_t id : ids) {
      const auto found = std::lower_bound(hwthreads_.begin(), hwthreads_.end(), id);
      places.push_back(static_cast<std::uint32_t>(found - hwthreads_.begin()));
    }
    sort_unique(places);
  }
  return out;
}

TopologyMap::Nesting TopologyMap::nest(const Elements& finer, MetricScope scope) const {
  const Elements& coarser = elements_[index_of(scope)];
  Nesting out;
  if (coarser.empty()) return out;
  std::vector<std::int32_t> owner(hwthreads_.size(), kNone);
  for (std::size_t element = 0; element < coarser.size(); ++element)
    for (const std::uint32_t place : coarser[element]) {
      if (owner[place] != kNone) return out;  // named by two elements: in which does it lie?
      owner[place] = static_cast<std::int32_t>(element);
    }
  out.children.assign(coarser.size(), 0);
  for (const std::vector<std::uint32_t>& places : finer) {
    // An element without hardware threads (memory of its own, say) lies in the node only.
    std::int32_t parent = places.empty() && scope == MetricScope::node ? 0 : kNone;
    for (const std::uint32_t place : places) {
      if (owner[place] == kNone) continue;
      if (parent != kNone && owner[place] != parent) return {};
      parent = owner[place];
    }
    out.parent.push_back(parent);
    if (parent != kNone) ++out.children[static_cast<std::size_t>(parent)];
  }
  out.possible = true;
  return out;
}

const TopologyMap::Nesting& TopologyMap::nesting(MetricScope native, MetricScope scope) const {
  return nestings_.at(index_of(native)).at(index_of(scope));
}

std::optional<MetricScope> TopologyMap::effective_scope(MetricScope native,
                                                        MetricScope requested) const {
  if (native == MetricScope::accelerator) {
    if (requested == native || requested == MetricScope::node) return requested;
    return std::nullopt;
  }
  const MetricScope coarser = std::min(native, requested);
  return coarser == native || nesting(native, coarser).possible ? coarser : native;
}

std::vector<MetricScope> TopologyMap::effective_scopes(
    MetricScope native, std::span<const MetricScope> requested) const {
  std::vector<MetricScope> out;
  for (const MetricScope wanted : requested) {
    const std::optional<MetricScope> scope = effective_scope(native, wanted);
    if (scope && std::find(out.begin(), out.end(), *scope) == out.end()) out.push_back(*scope);
  }
  return out;
}

std::size_t TopologyMap::count(MetricScope scope) const {
  if (scope == MetricScope::accelerator) return accelerators_.size();
  return elements_.at(index_of(scope)).size();
}

std::int32_t TopologyMap::parent(MetricScope native, std::size_t element, MetricScope scope) const {
  return nesting(native, scope).parent.at(element);
}

std::size_t TopologyMap::children(MetricScope native, MetricScope scope,
                                  std::size_t element) const {
  return nesting(native, scope).children.at(element);
}

std::span<const std::uint32_t> TopologyMap::threads(MetricScope scope, std::size_t element) const {
  return elements_.at(index_of(scope)).at(element);
}

}  // namespace jobledger::schema
