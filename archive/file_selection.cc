// SPDX-License-Identifier: MIT
#include "archive/file_selection.h"

#include "schema/node_synthesis.h"
#include "schema/series_statistics.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace jobledger::archive {
namespace {

using schema::MetricScope;
using schema::ScopedMetric;

template <class T>
bool contains(const std::vector<T>& list, const T& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

// Of a series with so many, of a job that lasted so many seconds: what follows the last sample of
// a file is missing, too.
std::uint64_t expected_samples(std::size_t samples, std::int32_t timestep, std::int64_t duration) {
  const std::int64_t steps = timestep > 0 ? duration / timestep : 0;
  return std::max<std::uint64_t>(samples,
                                 static_cast<std::uint64_t>(std::max<std::int64_t>(steps, 0)));
}

}  // namespace

bool is_asked(std::string_view metric, const JobMetricsQuery& query) {
  return !query.metrics ||
         std::find(query.metrics->begin(), query.metrics->end(), metric) != query.metrics->end();
}

std::vector<std::size_t> select_scopes(std::span<const MetricScope> there,
                                       const JobMetricsQuery& query) {
  std::vector<std::size_t> asked, all;
  for (std::size_t i = 0; i < there.size(); ++i) {
    all.push_back(i);
    if (query.scopes && contains(*query.scopes, there[i])) asked.push_back(i);
  }
  return asked.empty() ? all : asked;
}

std::optional<std::size_t> synthesis_source(std::string_view metric,
                                            std::span<const MetricScope> selected,
                                            const JobMetricsQuery& query) {
  const bool asked = query.scopes && contains(*query.scopes, MetricScope::node);
  if (!asked || !schema::has_synthetic_node_scope(metric)) return std::nullopt;
  const auto coarsest = std::min_element(selected.begin(), selected.end());
  if (coarsest == selected.end() || *coarsest == MetricScope::node) return std::nullopt;
  return static_cast<std::size_t>(coarsest - selected.begin());
}

std::shared_ptr<const ScopedMetric> synthesize(ScopedMetric finer, std::int64_t duration) {
  schema::MetricSamples parts;
  parts.scopes.push_back(std::move(finer));
  if (!schema::synthesize_node_scope(parts)) return nullptr;
  const auto node = std::find_if(parts.scopes.begin(), parts.scopes.end(), [](const auto& scoped) {
    return scoped.scope == MetricScope::node;
  });
  for (schema::Series& series : node->series) {  // known of the time until the last sample
    const auto expected = expected_samples(series.data.size(), node->timestep, duration);
    if (!series.coverage) continue;
    *series.coverage *= static_cast<float>(series.data.size()) / static_cast<float>(expected);
  }
  return std::make_shared<const ScopedMetric>(std::move(*node));
}

void set_coverage(schema::Series& series, std::int32_t timestep, std::int64_t duration) {
  const auto known = std::count_if(series.data.begin(), series.data.end(),
                                   [](float value) { return std::isfinite(value); });
  series.coverage = schema::coverage_of(static_cast<std::uint64_t>(known),
                                        expected_samples(series.data.size(), timestep, duration));
}

}  // namespace jobledger::archive
