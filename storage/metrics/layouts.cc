// SPDX-License-Identifier: MIT
#include "storage/metrics/layouts.h"

#include <algorithm>
#include <string_view>

namespace jobledger::storage::metrics {
namespace {

std::size_t content_hash(const TickLayout& layout) {
  const auto bytes = [](const auto& items) {
    return std::string_view(reinterpret_cast<const char*>(items.data()),
                            items.size() * sizeof(items[0]));
  };
  const std::hash<std::string_view> hash;
  return hash(bytes(layout.metrics)) * 31 + hash(bytes(layout.elements));
}

// With its places in the maps.
std::size_t bytes_of(const TickLayout& layout) {
  constexpr std::size_t kPlaces = 160;
  return sizeof(TickLayout) + kPlaces + layout.metrics.capacity() * sizeof(TickLayout::Metric) +
         layout.elements.capacity() * sizeof(StringId);
}

std::vector<SeriesKey> series_of(const TickLayout& layout) {
  std::vector<SeriesKey> series;
  series.reserve(layout.elements.size());
  for (const TickLayout::Metric& metric : layout.metrics) {
    for (std::uint32_t i = 0; i < metric.count; ++i) {
      series.emplace_back(metric.metric, layout.elements[metric.first + i]);
    }
  }
  return series;
}

}  // namespace

LayoutPtr Layouts::extend(const TickLayout* base, const std::vector<SeriesKey>& more) {
  const std::vector<SeriesKey> old = base != nullptr ? series_of(*base) : std::vector<SeriesKey>();
  std::vector<SeriesKey> all(old.size() + more.size());
  std::merge(old.begin(), old.end(), more.begin(), more.end(), all.begin());
  return of(all);
}

LayoutPtr Layouts::keep(const TickLayout& base, const std::vector<bool>& kept) {
  const std::vector<SeriesKey> all = series_of(base);
  std::vector<SeriesKey> series;
  for (std::size_t c = 0; c < all.size(); ++c) {
    if (kept[c]) series.push_back(all[c]);
  }
  return of(series);
}

// In ascending order.
LayoutPtr Layouts::of(const std::vector<SeriesKey>& series) {
  TickLayout layout;
  layout.elements.reserve(series.size());
  for (const auto& [metric, element] : series) {
    if (layout.metrics.empty() || layout.metrics.back().metric != metric) {
      layout.metrics.push_back({metric, layout.columns(), 0});
    }
    ++layout.metrics.back().count;
    layout.elements.push_back(element);
  }
  return intern(std::move(layout));
}

LayoutPtr Layouts::intern(TickLayout layout) {
  const std::size_t hash = content_hash(layout);
  const auto [begin, end] = by_content_.equal_range(hash);
  for (auto at = begin; at != end; ++at) {
    const TickLayout& known = *at->second;
    if (known.metrics == layout.metrics && known.elements == layout.elements) return at->second;
  }
  layout.number = next_++;
  insert(std::move(layout), hash);
  return by_number_.rbegin()->second;
}

// Pre: its number is the largest.
void Layouts::insert(TickLayout layout, std::size_t hash) {
  bytes_ += bytes_of(layout);
  auto shared = std::make_shared<const TickLayout>(std::move(layout));
  by_number_.emplace(shared->number, shared);
  by_content_.emplace(hash, std::move(shared));
}

LayoutPtr Layouts::find(std::uint32_t number) const {
  const auto at = by_number_.find(number);
  return at == by_number_.end() ? nullptr : at->second;
}

void Layouts::load(TickLayout layout) {
  next_ = stored_end_ = layout.number + 1;
  const std::size_t hash = content_hash(layout);
  insert(std::move(layout), hash);
}

std::vector<std::uint32_t> Layouts::take_unused(std::uint64_t log_begin, std::uint64_t next_log) {
  std::erase_if(by_content_, [&](const auto& entry) {
    const LayoutPtr& layout = entry.second;
    if (layout.use_count() > 2 || layout->number >= stored_end_) return false;  // the maps are two
    retired_.emplace(layout->number, next_log);
    return true;
  });
  std::vector<std::uint32_t> numbers;
  std::erase_if(retired_, [&](const auto& entry) {
    if (entry.second > log_begin) return false;
    numbers.push_back(entry.first);
    return true;
  });
  for (const std::uint32_t number : numbers) {
    const auto at = by_number_.find(number);
    bytes_ -= bytes_of(*at->second);
    by_number_.erase(at);
  }
  return numbers;
}

}  // namespace jobledger::storage::metrics
