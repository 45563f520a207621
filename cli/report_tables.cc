// SPDX-License-Identifier: MIT
#include "cli/report_tables.h"

#include "cli/sparkline.h"
#include "cli/table.h"
#include "cli/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace jobledger::cli {
namespace {

// A course that is shorter says nothing.
constexpr std::size_t kMinCurveWidth = 8, kMaxCurveWidth = 60;

std::string unit_text(const ReportMetric& metric) {
  if (is_percent(metric.name)) return "%";
  return metric.unit.prefix + metric.unit.base;
}

std::string title(const ReportStyle& style, std::string_view text) {
  return "\n" + coloured(style.terminal, Colour::title, text) + "\n";
}

std::string remark(const ReportStyle& style, std::string_view text) {
  return "  " + wrapped(text, style.terminal.width, 2) + "\n";
}

// Two blanks before each line, none behind.
std::string indented(std::string_view table) {
  std::string out;
  while (!table.empty()) {
    const auto end = table.find('\n');
    std::string_view line = table.substr(0, end);
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    out.append("  ").append(line).append("\n");
    table.remove_prefix(end + 1);
  }
  return out;
}

std::string range_text(const Extent& extent) {
  return fmt::format("{}/{}/{}", format_number(extent.min), format_number(extent.avg),
                     format_number(extent.max));
}

std::string curve_text(const ReportMetric& metric, std::size_t width, bool unicode) {
  const auto values = condensed(metric.curve.values, width);
  double high = 0, low = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    high = std::max(high, value);
    low = std::min(low, value);
  }
  if (is_percent(metric.name)) high = std::max(high, 100.0);
  return sparkline(values, low, high, unicode);
}

std::string coverage_text(const std::optional<double>& coverage) {
  if (!coverage) return "?";
  return *coverage >= kFullCoverage ? "" : fmt::format("{:.0f} %", std::floor(100 * *coverage));
}

// Metrics that matter most for those who look at parts, the first of them most.
constexpr std::array<std::string_view, 9> kOfNodes{"cpu_used",        "cpu_user",  "cpu_load",
                                                   "mem_used",        "flops_any", "mem_bw",
                                                   "acc_utilization", "ipc",       "net_bw"};
constexpr std::array<std::string_view, 4> kAcceleratorMetrics{"acc_utilization", "nv_util",
                                                              "acc_mem_used", "acc_power"};
constexpr std::size_t kMaxColumns = 6;

using Parts = std::vector<MeasuredPart> ReportMetric::*;

std::vector<const ReportMetric*> columns_of(const JobReport& report,
                                            std::span<const std::string_view> names, Parts parts) {
  std::vector<const ReportMetric*> out;
  for (const std::string_view name : names) {
    const ReportMetric* const metric = report.find(name);
    if (metric && !(metric->*parts).empty() && out.size() < kMaxColumns) out.push_back(metric);
  }
  return out;
}

const MeasuredPart* find_part(const std::vector<MeasuredPart>& parts, const MeasuredPart& like) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&like](const MeasuredPart& part) {
    return part.hostname == like.hostname && part.id == like.id;
  });
  return found == parts.end() ? nullptr : &*found;
}

// Places of those to be shown, ascending: all, or those with the least and the greatest means.
std::vector<std::size_t> chosen_rows(const std::vector<MeasuredPart>& parts, std::size_t most) {
  std::vector<std::size_t> order(parts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (order.size() <= most) return order;
  std::stable_sort(order.begin(), order.end(), [&parts](std::size_t a, std::size_t b) {
    return parts[a].extent.avg < parts[b].extent.avg;
  });
  order.erase(order.begin() + static_cast<std::ptrdiff_t>(most / 2),
              order.end() - static_cast<std::ptrdiff_t>(most - most / 2));
  std::sort(order.begin(), order.end());
  return order;
}

// Every part that some metric has, in the order of the first that has most.
std::vector<MeasuredPart> all_parts(const std::vector<const ReportMetric*>& columns, Parts parts) {
  std::vector<MeasuredPart> out = columns.front()->*parts;
  for (const ReportMetric* const metric : columns) {
    for (const MeasuredPart& part : metric->*parts) {
      if (!find_part(out, part)) out.push_back(part);
    }
  }
  return out;
}

struct PartTable {
  const JobReport& report;
  const ReportStyle& style;
  std::vector<const ReportMetric*> columns;
  Parts parts;

  std::string cell(const ReportMetric& metric, const MeasuredPart& row) const {
    const MeasuredPart* const part = find_part(metric.*parts, row);
    if (!part) return "-";
    if (!is_sufficient(report, metric, *part)) return "insufficient";
    return range_text(part->extent);
  }
  std::string heading(const ReportMetric& metric) const {
    const bool marked = metric.whole_node && report.facts.may_share();
    const std::string unit = unit_text(metric);
    return metric.name + (marked ? "*" : "") + (unit.empty() ? "" : " " + unit);
  }
  // The rows with columns [first, last).
  std::string block(const std::vector<MeasuredPart>& rows, std::size_t first,
                    std::size_t last) const {
    const bool accelerators = parts == &ReportMetric::accelerators;
    std::vector<Table::Column> titles{{"NODE"}};
    if (accelerators) titles.push_back({"ACCELERATOR"});
    for (std::size_t i = first; i < last; ++i) {
      titles.push_back({heading(*columns[i]), Table::Align::right});
    }
    Table table(std::move(titles));
    for (const MeasuredPart& row : rows) {
      std::vector<std::string> cells{row.hostname};
      if (accelerators) cells.push_back(row.id);
      for (std::size_t i = first; i < last; ++i) cells.push_back(cell(*columns[i], row));
      table.add(std::move(cells));
    }
    return indented(table.text());
  }
  std::size_t width_of(const std::string& block_text) const {
    return display_width(block_text.substr(0, block_text.find('\n')));
  }
  std::string text(std::string_view what) const {
    if (columns.empty()) return {};
    const auto all = all_parts(columns, parts);
    std::vector<MeasuredPart> rows;
    for (const std::size_t place : chosen_rows(all, style.max_rows)) rows.push_back(all[place]);
    std::string out = title(style, fmt::format("{}, min/avg/max", what));
    for (std::size_t first = 0; first < columns.size();) {
      std::size_t last = columns.size();
      std::string shown = block(rows, first, last);
      while (last > first + 1 && width_of(shown) > style.terminal.width) {
        shown = block(rows, first, --last);
      }
      out += shown;
      first = last;
    }
    if (all.size() > rows.size()) {
      out +=
          remark(style, fmt::format("{} of {}: those with the least and the most {}; --all shows "
                                    "the rest",
                                    rows.size(), all.size(), printable(columns.front()->name)));
    }
    return out;
  }
};

struct MetricRow {
  const ReportMetric* metric;
  bool sufficient;
  std::vector<std::string> cells;  // all but the course
};

std::vector<MetricRow> metric_rows(const JobReport& report) {
  std::vector<MetricRow> out;
  for (const ReportMetric& metric : report.metrics) {
    if (metric.nodes.empty()) continue;
    const bool shared = metric.whole_node && report.facts.may_share();
    MetricRow row{&metric, is_sufficient(report, &metric), {}};
    row.cells = {metric.name + (shared ? "*" : ""),         unit_text(metric), "-", "-", "-",
                 coverage_text(known_share(report, metric))};
    if (row.sufficient) {
      const Extent extent = metric.extent();
      row.cells[2] = format_number(extent.min);
      row.cells[3] = format_number(extent.avg);
      row.cells[4] = format_number(extent.max);
    }
    out.push_back(std::move(row));
  }
  return out;
}

std::string course_text(const MetricRow& row, std::size_t width, bool unicode) {
  if (row.sufficient) return curve_text(*row.metric, width, unicode);
  return std::string(std::string_view("insufficient data").substr(0, width));
}

}  // namespace

std::string metric_table(const JobReport& report, const ReportStyle& style) {
  using enum Table::Align;
  Table table(
      {{"METRIC"}, {"UNIT"}, {"MIN", right}, {"AVG", right}, {"MAX", right}, {"KNOWN", right}});
  const auto rows = metric_rows(report);
  for (const MetricRow& row : rows) table.add(row.cells);
  // The course takes what is left of the width.
  const std::string cells = table.text();
  std::string_view rest = cells;
  const std::size_t used = 4 + display_width(rest.substr(0, rest.find('\n')));
  const std::size_t room = style.terminal.width - std::min(style.terminal.width, used);
  const std::size_t width = room < kMinCurveWidth ? 0 : std::min(room, kMaxCurveWidth);
  std::string lines;
  for (std::size_t row = 0; !rest.empty(); ++row) {
    const auto end = rest.find('\n');
    lines.append(rest.substr(0, end)).append("  ");
    lines += row == 0 ? std::string(std::string_view("OVER TIME").substr(0, width))
                      : course_text(rows[row - 1], width, style.terminal.unicode);
    lines += '\n';
    rest.remove_prefix(end + 1);
  }
  std::string out = title(style, "Metrics") + indented(lines);
  const bool marked = std::any_of(rows.begin(), rows.end(), [](const MetricRow& row) {
    return row.cells.front().ends_with('*');
  });
  if (marked) out += remark(style, "* of whole nodes, what other jobs did there included");
  return out;
}

std::string node_table(const JobReport& report, const ReportStyle& style) {
  if (report.facts.nodes < 2) return {};
  return PartTable{report, style, columns_of(report, kOfNodes, &ReportMetric::nodes),
                   &ReportMetric::nodes}
      .text("Nodes");
}

std::string accelerator_table(const JobReport& report, const ReportStyle& style) {
  return PartTable{report, style,
                   columns_of(report, kAcceleratorMetrics, &ReportMetric::accelerators),
                   &ReportMetric::accelerators}
      .text("Accelerators");
}

}  // namespace jobledger::cli
