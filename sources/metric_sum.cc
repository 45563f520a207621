// SPDX-License-Identifier: MIT
#include "sources/metric_sum.h"

#include <algorithm>
#include <string>
#include <utility>

namespace jobledger::sources {
namespace {

// Samples may come so many times as often as configured; bounds the memory of a series.
constexpr std::int64_t kFinest = 16;

bool contains(const schema::ScopeTarget& target, std::string_view id) {
  if (id.empty()) return target.elements.empty();
  return std::find(target.elements.begin(), target.elements.end(), id) != target.elements.end();
}

std::size_t count_of(const schema::ScopeTarget& target) {
  return std::max<std::size_t>(target.elements.size(), 1);
}

}  // namespace

MetricSum::MetricSum(const MetricQuery& query, const PlannedMetric& planned)
    : query_(&query), planned_(&planned) {
  for (const schema::ScopeSelection& selection : *planned.selections) {
    for (const schema::ScopeTarget& target : selection.targets) {
      targets_.push_back({selection.scope, &target, 0});
    }
  }
  sums_.resize(targets_.size());
}

void MetricSum::add(std::size_t target, const SampleRun& samples, std::size_t elements) {
  Sum& sum = sums_[target];
  const std::int64_t step = samples.timestep;
  if (step * kFinest < planned_->metric->timestep) {
    return fail("it has a sample every " + std::to_string(step) + " s, far more than configured");
  }
  if (!sum.values) {
    sum.timestep = samples.timestep;
    sum.points = static_cast<std::size_t>((query_->to - query_->from + step - 1) / step);
    const auto how = elements == 1 ? schema::Aggregation::sum : planned_->metric->aggregation;
    auto made = schema::SeriesAggregator::make(how, elements, sum.points);
    if (!made) return fail(std::move(made).error().detail);
    sum.values = *std::move(made);
  }
  if (samples.timestep != sum.timestep) return fail("its elements have several time steps");
  std::span<const float> values = samples.values;
  // The slot of the first value, rounded down; what lies before the grid is left out.
  std::int64_t first = (samples.from - query_->from) / step;
  if ((samples.from - query_->from) % step < 0) --first;
  if (first < 0) {
    const auto before = std::min(values.size(), static_cast<std::size_t>(-first));
    values = values.subspan(before);
    first = 0;
  }
  sum.values->add({values, static_cast<std::size_t>(first), 1});
}

void MetricSum::add_element(std::string_view id, const SampleRun& samples, int round) {
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const schema::ScopeTarget& target = *targets_[i].target;
    if (targets_[i].round != round || !contains(target, id)) continue;
    // Asked for the node, the other store adds up what it has below.
    if (id.empty() && planned_->metric->scope != schema::MetricScope::node) sums_[i].whole = true;
    add(i, samples, count_of(target));
  }
}

void MetricSum::add_element(std::string_view id, const schema::SeriesStatistics& statistics) {
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const schema::ScopeTarget& target = *targets_[i].target;
    if (count_of(target) == 1 && contains(target, id)) sums_[i].statistics = statistics;
  }
}

void MetricSum::add_whole(std::size_t target, const SampleRun& samples) {
  sums_[target].whole = true;
  add(target, samples, 1);
}

void MetricSum::add_whole(std::size_t target, const schema::SeriesStatistics& statistics) {
  sums_[target].statistics = statistics;
}

void MetricSum::fail(std::string reason) { reasons_.insert(std::move(reason)); }

std::optional<schema::Series> MetricSum::take(std::size_t target) {
  Sum& sum = sums_[target];
  schema::Series out;
  out.hostname = query_->hosts[planned_->host].hostname;
  out.id = targets_[target].target->id;
  if (sum.statistics) {
    out.statistics = *sum.statistics;
    return out;
  }
  if (!sum.values) return std::nullopt;
  std::vector<float> values = sum.values->values();
  const schema::SeriesSummary summary = schema::summarize(values);
  if (summary.count == 0) return std::nullopt;
  out.statistics = schema::statistics_of(summary);
  if (!sum.whole) out.coverage = sum.values->coverage();
  if (query_->values) out.data = std::move(values);
  return out;
}

void MetricSum::finish(HostAnswer& out) {
  const schema::MetricConfig& metric = *planned_->metric;
  const std::string& hostname = query_->hosts[planned_->host].hostname;
  for (const std::string& reason : reasons_)
    out.failures.push_back({metric.name, hostname, reason});
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const std::int32_t timestep = sums_[i].values ? sums_[i].timestep : metric.timestep;
    std::optional<schema::Series> series = take(i);
    sums_[i] = Sum();
    if (!series) continue;
    out.series.push_back(
        {metric.name, targets_[i].scope, metric.unit, timestep, *std::move(series)});
  }
}

}  // namespace jobledger::sources
