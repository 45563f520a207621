// SPDX-License-Identifier: MIT
#include "storage/metrics/ticks.h"

#include <algorithm>

namespace jobledger::storage::metrics {
namespace {

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  const std::int64_t quotient = value / by;
  return quotient * by > value ? quotient - 1 : quotient;
}

}  // namespace

const TickLayout::Metric* TickLayout::find(StringId metric) const {
  const auto at = std::lower_bound(metrics.begin(), metrics.end(), metric,
                                   [](const Metric& m, StringId id) { return m.metric < id; });
  return at != metrics.end() && at->metric == metric ? &*at : nullptr;
}

std::optional<std::uint32_t> TickLayout::find(const Metric& metric, StringId element) const {
  const auto begin = elements.begin() + metric.first, end = begin + metric.count;
  // Elements of one kind are mostly numbered in a row.
  const std::uint32_t guess = element - *begin;
  if (guess < metric.count && begin[guess] == element) return metric.first + guess;
  const auto at = std::lower_bound(begin, end, element);
  if (at == end || *at != element) return std::nullopt;
  return static_cast<std::uint32_t>(at - elements.begin());
}

bool is_within(const TickLayout& layout, const TickLayout& other) {
  for (const TickLayout::Metric& metric : layout.metrics) {
    const TickLayout::Metric* range = other.find(metric.metric);
    if (range == nullptr) return false;
    for (std::uint32_t i = metric.first; i < metric.first + metric.count; ++i) {
      if (!other.find(*range, layout.elements[i])) return false;
    }
  }
  return true;
}

std::vector<std::int64_t> in_layout(const std::vector<std::int64_t>& moments,
                                    const TickLayout& from, const TickLayout& to) {
  std::vector<std::int64_t> out;
  for (const TickLayout::Metric& metric : to.metrics) {
    const TickLayout::Metric* known = from.find(metric.metric);
    out.push_back(
        known == nullptr ? kNever : moments[static_cast<std::size_t>(known - from.metrics.data())]);
  }
  return out;
}

std::vector<float> in_layout(const Tick& tick, const TickLayout& to) {
  std::vector<float> values(to.columns(), std::numeric_limits<float>::quiet_NaN());
  const TickLayout& from = *tick.layout;
  auto target = to.metrics.begin();
  for (const TickLayout::Metric& metric : from.metrics) {
    while (target != to.metrics.end() && target->metric < metric.metric) ++target;
    if (target == to.metrics.end()) break;
    if (target->metric != metric.metric) continue;
    std::uint32_t column = target->first;
    const std::uint32_t end = target->first + target->count;
    for (std::uint32_t i = metric.first; i < metric.first + metric.count; ++i) {
      while (column < end && to.elements[column] < from.elements[i]) ++column;
      if (column == end) break;
      if (to.elements[column] == from.elements[i]) values[column] = tick.values[i];
    }
  }
  return values;
}

std::size_t bytes_of(const Tick& tick) {
  constexpr std::size_t kPlaces = 64;  // in its host and in the allocator
  return sizeof(Tick) + kPlaces + tick.values.capacity() * sizeof(float);
}

std::int64_t HostTicks::slot_of(std::int64_t time) const {
  return floor_div(time - shift, key.timestep);
}

std::int64_t HostTicks::instant_of(std::int64_t slot) const {
  return slot * key.timestep + key.timestep / 2 + shift;
}

std::int64_t HostTicks::window_of(std::int64_t slot) const {
  const std::int64_t offset = key.host % kWindowSlots;
  return floor_div(slot + offset, kWindowSlots) * kWindowSlots - offset;
}

std::vector<TickPtr>::const_iterator HostTicks::first_from(std::int64_t slot) const {
  return std::lower_bound(ticks.begin(), ticks.end(), slot,
                          [](const TickPtr& tick, std::int64_t s) { return tick->slot < s; });
}

std::size_t HostTicks::bytes() const {
  std::size_t sum = 0;
  for (const TickPtr& tick : ticks) sum += bytes_of(*tick);
  return sum;
}

std::size_t HostTicks::series_bytes() const {
  constexpr std::size_t kPlaces = 160;  // in the index and in the allocator
  return sizeof(HostTicks) + kPlaces + last_seen.capacity() * sizeof(std::int64_t) +
         (seen_days ? seen_days->capacity() * sizeof(std::uint16_t) : 0);
}

std::span<const std::uint32_t> HeadView::find(StringId cluster, StringId host) const {
  const auto at = index->find(pack_host(cluster, host));
  if (at == index->end()) return {};
  return at->second;
}

}  // namespace jobledger::storage::metrics
