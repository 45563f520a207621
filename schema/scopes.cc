// SPDX-License-Identifier: MIT
#include "schema/scopes.h"

#include <algorithm>
#include <utility>

namespace jobledger::schema {
namespace {

std::string id_of(const TopologyMap& map, MetricScope scope, std::size_t element) {
  if (scope == MetricScope::hwthread) return std::to_string(map.hwthreads()[element]);
  return std::to_string(element);
}

}  // namespace

HostHardware HostHardware::whole_node(const TopologyMap& map) {
  HostHardware out(map);
  out.own_all_threads();
  out.own_accelerators(map.accelerators());
  out.unlisted_accelerators_ = map.hwthreads().empty() && map.accelerators().empty();
  return out;
}

HostHardware HostHardware::of_job(const TopologyMap& map, const Resource& resource,
                                  std::int32_t num_acc) {
  HostHardware out(map);
  if (resource.hwthreads.empty()) {
    out.own_all_threads();
  } else {
    out.own_threads(resource.hwthreads);
  }
  if (num_acc > 0) out.own_accelerators(resource.accelerators);
  return out;
}

void HostHardware::own_all_threads() {
  owned_.assign(map_->hwthreads().size(), true);
  whole_ = true;
}

void HostHardware::own_threads(std::span<const std::int32_t> ids) {
  const std::vector<std::int32_t>& known = map_->hwthreads();
  owned_.assign(known.size(), false);
  for (const std::int32_t id : ids) {
    const auto found = std::lower_bound(known.begin(), known.end(), id);
    if (found != known.end() && *found == id)
      owned_[static_cast<std::size_t>(found - known.begin())] = true;
    else if (id >= 0 && id <= kMaxHwthreadId)
      strangers_.push_back(id);
  }
  std::sort(strangers_.begin(), strangers_.end());
  strangers_.erase(std::unique(strangers_.begin(), strangers_.end()), strangers_.end());
  whole_ = !known.empty() && std::find(owned_.begin(), owned_.end(), false) == owned_.end();
}

void HostHardware::own_accelerators(std::span<const std::string> ids) {
  const std::vector<std::string>& known = map_->accelerators();
  std::vector<std::string_view> asked(
      ids.begin(),
      ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), kMaxAccelerators)));
  std::sort(asked.begin(), asked.end());
  asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
  for (const std::string& id : known)
    if (std::binary_search(asked.begin(), asked.end(), id)) accelerators_.push_back(id);
  all_accelerators_ = accelerators_.size() == known.size();
  for (const std::string_view id : asked)
    if (std::find(known.begin(), known.end(), id) == known.end()) accelerators_.emplace_back(id);
}

bool HostHardware::touches(MetricScope scope, std::size_t element) const {
  if (whole_) return true;  // also what has no hardware threads
  const auto threads = map_->threads(scope, element);
  return std::any_of(threads.begin(), threads.end(),
                     [this](std::uint32_t place) { return owned_[place]; });
}

bool HostHardware::covers(MetricScope scope, std::size_t element) const {
  if (scope == MetricScope::accelerator)
    return element < map_->count(scope) &&
           std::find(accelerators_.begin(), accelerators_.end(), map_->accelerators()[element]) !=
               accelerators_.end();
  if (whole_) return element < map_->count(scope);
  const auto threads = map_->threads(scope, element);
  return !threads.empty() && std::all_of(threads.begin(), threads.end(),
                                         [this](std::uint32_t place) { return owned_[place]; });
}

std::vector<ScopeTarget> HostHardware::own_elements(MetricScope native) const {
  std::vector<ScopeTarget> out;
  for (std::size_t element = 0; element < map_->count(native); ++element) {
    if (!touches(native, element)) continue;
    const std::string id = id_of(*map_, native, element);
    out.push_back({id, {id}, true});
  }
  if (native != MetricScope::hwthread) return out;
  for (const std::int32_t stranger : strangers_) {
    const std::string id = std::to_string(stranger);
    out.push_back({id, {id}, true});
  }
  return out;
}

std::vector<ScopeTarget> HostHardware::aggregates(MetricScope native, MetricScope scope) const {
  std::vector<ScopeTarget> by_element(map_->count(scope));
  for (std::size_t element = 0; element < map_->count(native); ++element) {
    const std::int32_t parent = map_->parent(native, element, scope);
    if (parent == TopologyMap::kNone || !touches(native, element)) continue;
    by_element[static_cast<std::size_t>(parent)].elements.push_back(id_of(*map_, native, element));
  }
  const bool node = scope == MetricScope::node;
  std::vector<ScopeTarget> out;
  if (node && whole_ && map_->count(native) == 0) out.push_back({std::nullopt, {}, true});
  for (std::size_t element = 0; element < by_element.size(); ++element) {
    ScopeTarget& target = by_element[element];
    target.complete = target.elements.size() == map_->children(native, scope, element);
    if (!node) target.id = id_of(*map_, scope, element);
    if (node && native == MetricScope::hwthread)
      for (const std::int32_t stranger : strangers_) {
        target.elements.push_back(std::to_string(stranger));
        target.complete = false;
      }
    if (!target.elements.empty()) out.push_back(std::move(target));
  }
  return out;
}

std::vector<ScopeTarget> HostHardware::accelerator_targets(MetricScope scope) const {
  std::vector<ScopeTarget> out;
  if (unlisted_accelerators_ && scope == MetricScope::node) {
    out.push_back({std::nullopt, {}, true});
  }
  if (accelerators_.empty()) return out;
  if (scope == MetricScope::node) {
    const bool complete =
        all_accelerators_ && accelerators_.size() == map_->count(MetricScope::accelerator);
    out.push_back({std::nullopt, accelerators_, complete});
    return out;
  }
  for (const std::string& id : accelerators_) out.push_back({id, {id}, true});
  return out;
}

std::vector<ScopeSelection> HostHardware::select(MetricScope native,
                                                 std::span<const MetricScope> requested) const {
  std::vector<ScopeSelection> out;
  for (const MetricScope scope : map_->effective_scopes(native, requested)) {
    ScopeSelection selection{scope, {}};
    if (native == MetricScope::node)
      selection.targets.push_back({std::nullopt, {}, true});
    else if (native == MetricScope::accelerator)
      selection.targets = accelerator_targets(scope);
    else
      selection.targets = scope == native ? own_elements(native) : aggregates(native, scope);
    if (!selection.targets.empty()) out.push_back(std::move(selection));
  }
  return out;
}

std::vector<MetricScope> archive_scopes(const Job& job, const ArchiveScopeConfig& config) {
  std::vector<MetricScope> requested = {MetricScope::node};
  if (job.num_nodes <= config.core_nodes) requested.push_back(MetricScope::core);
  if (job.num_acc > 0) requested.push_back(MetricScope::accelerator);
  if (job.num_nodes <= config.more_nodes)
    requested.insert(requested.end(), config.more.begin(), config.more.end());
  return requested;
}

}  // namespace jobledger::schema
