// SPDX-License-Identifier: MIT
#include "cli/report.h"

#include <algorithm>
#include <array>

namespace jobledger::cli {

std::string_view to_string(Advice::Weight weight) {
  constexpr std::array<std::string_view, 3> kNames{"note", "hint", "problem"};
  return kNames.at(static_cast<std::size_t>(weight));
}

Extent ReportMetric::extent() const {
  Extent out = nodes.front().extent;
  double sum = 0;
  for (const MeasuredPart& node : nodes) {
    out.min = std::min(out.min, node.extent.min);
    out.max = std::max(out.max, node.extent.max);
    sum += node.extent.avg;
  }
  out.avg = sum / static_cast<double>(nodes.size());
  return out;
}

const ReportMetric* JobReport::find(std::string_view metric) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [metric](const auto& m) { return m.name == metric; });
  return found == metrics.end() ? nullptr : &*found;
}

std::optional<double> JobReport::coverage(const ReportMetric& metric) const {
  if (metric.nodes.empty()) return 0;
  if (metric.coverage) return metric.coverage;
  double sum = 0;
  for (const MeasuredPart& node : metric.nodes) {
    if (!node.coverage) return std::nullopt;
    sum += *node.coverage;
  }
  const auto nodes = std::max<std::size_t>(
      metric.nodes.size(), static_cast<std::size_t>(std::max<std::int64_t>(facts.nodes, 1)));
  return sum / static_cast<double>(nodes);
}

}  // namespace jobledger::cli
