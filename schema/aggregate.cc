// SPDX-License-Identifier: MIT
#include "schema/aggregate.h"

#include "schema/series_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace jobledger::schema {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

// Missing samples are masked out: a branch or a choice of values here keeps compilers from
// vectorizing, which costs a factor of two and more.
void add_values(std::span<const float> values, std::uint32_t elements, double weight, double* sums,
                std::uint32_t* counts) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint32_t there = std::abs(values[i]) <= kLargest ? ~0u : 0u;  // NaN: no bit
    const float sample = std::bit_cast<float>(std::bit_cast<std::uint32_t>(values[i]) & there);
    sums[i] += static_cast<double>(sample) * weight;
    counts[i] += elements & there;
  }
}

}  // namespace

Result<SeriesAggregator> SeriesAggregator::make(Aggregation how, std::uint64_t elements,
                                                std::size_t slots) {
  if (how == Aggregation::none && elements > 1)
    return invalid(fmt::format(
        "the metric has no aggregation, so that {} elements cannot become one series", elements));
  return SeriesAggregator(how, elements, slots);
}

SeriesAggregator::SeriesAggregator(Aggregation how, std::uint64_t elements, std::size_t slots)
    : how_(how), elements_(elements), sums_(slots, 0.0), counts_(slots, 0u) {}

void SeriesAggregator::add(const AggregateMember& member) {
  if (member.first_slot >= sums_.size()) return;
  const std::size_t slots = std::min(member.values.size(), sums_.size() - member.first_slot);
  const double weight = how_ == Aggregation::avg ? static_cast<double>(member.elements) : 1.0;
  add_values(member.values.first(slots), member.elements, weight, sums_.data() + member.first_slot,
             counts_.data() + member.first_slot);
}

std::uint64_t SeriesAggregator::samples() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::optional<float> SeriesAggregator::coverage() const {
  return coverage_of(samples(), elements_ * sums_.size());
}

std::vector<float> SeriesAggregator::values() const {
  std::vector<float> out(sums_.size(), kMissing);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (counts_[i] == 0) continue;
    const double value =
        how_ == Aggregation::avg ? sums_[i] / static_cast<double>(counts_[i]) : sums_[i];
    if (std::abs(value) <= static_cast<double>(kLargest)) out[i] = static_cast<float>(value);
  }
  return out;
}

}  // namespace jobledger::schema
