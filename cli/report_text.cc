// SPDX-License-Identifier: MIT
#include "cli/report_text.h"

#include "cli/advice.h"
#include "cli/report_tables.h"
#include "cli/table.h"
#include "cli/usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace jobledger::cli {
namespace {

constexpr std::size_t kNameWidth = 14, kBarWidth = 16;
constexpr std::size_t kMaxListed = 32;  // nodes named in the list of a job's nodes

// "  name          text", wrapped.
void add_fact(std::string& out, const ReportStyle& style, std::string_view name,
              std::string_view text) {
  if (text.empty()) return;
  constexpr std::size_t kIndent = 2 + kNameWidth;
  out += fmt::format("  {:<{}}{}\n", name, kNameWidth,
                     wrapped(printable(text), style.terminal.width, kIndent));
}

std::string share_text(double share) { return fmt::format("{:.0f} %", 100 * share); }

Colour colour_of(double share) {
  return share < 0.3 ? Colour::bad : share < 0.6 ? Colour::middling : Colour::good;
}

std::string time_text(const JobFacts& facts) {
  std::string out = format_duration(facts.duration);
  if (facts.walltime == 0) return out;
  const double share = static_cast<double>(facts.duration) / static_cast<double>(facts.walltime);
  return out + fmt::format(" of {} ({})", format_duration(facts.walltime), share_text(share));
}

std::string hardware_text(const JobReport& report) {
  const JobFacts& facts = report.facts;
  std::string out = fmt::format("{} {}", facts.nodes, facts.nodes == 1 ? "node" : "nodes");
  if (facts.threads > 0) out += fmt::format(", {} hardware threads", facts.threads);
  if (facts.accelerators > 0) {
    out += fmt::format(", {} accelerators", facts.accelerators);
    if (!report.hardware.accelerator.empty()) out += " " + report.hardware.accelerator;
  }
  if (!report.hardware.processor.empty()) out += "; " + report.hardware.processor;
  return out;
}

std::string nodes_text(const JobFacts& facts) {
  std::string out;
  for (std::size_t i = 0; i < facts.resources.size() && i < kMaxListed; ++i) {
    const NodeFacts& node = facts.resources[i];
    if (i > 0) out += ' ';
    out += node.hostname;
    if (node.threads > 0) out += fmt::format("({} hwthreads)", node.threads);
    if (node.accelerators > 0) out += fmt::format("({} accelerators)", node.accelerators);
  }
  if (facts.resources.size() > kMaxListed) {
    out += fmt::format(" and {} more", facts.resources.size() - kMaxListed);
  }
  return out;
}

std::string sharing_text(const JobFacts& facts) {
  if (!facts.may_share()) return {};
  const std::string who =
      facts.shared == "single_user" ? "jobs of the same user" : "jobs of other users";
  if (!facts.neighbours) return fmt::format("{} may run on the same nodes", who);
  if (*facts.neighbours == 0) return fmt::format("{} may run on the same nodes; none did", who);
  return fmt::format("{} may run on the same nodes; {} did", who, *facts.neighbours);
}

std::string energy_text(const JobFacts& facts) {
  if (facts.energy_kwh == 0) return {};
  std::string parts;
  for (const auto& [hardware, kwh] : facts.energy_parts) {
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", hardware, format_number(kwh));
  }
  return fmt::format("{} kWh{}{}", format_number(facts.energy_kwh),
                     facts.running() ? " so far" : "", parts.empty() ? "" : " (" + parts + ")");
}

std::string footprint_text(const JobFacts& facts) {
  std::string out;
  for (const FootprintFact& value : facts.footprint) {
    out += fmt::format("{}{} {} ({})", out.empty() ? "" : ", ", value.metric,
                       format_number(value.value), value.statistic);
  }
  return out;
}

std::string_view monitoring_text(std::int64_t status) {
  switch (status) {
    case 1:
      return "running or being archived";
    case 2:
      return "archiving failed";
    case 3:
      return "archived";
    default:
      return "disabled";
  }
}

// Scripts and the like by their size only.
std::string meta_text(const std::string& text) {
  constexpr std::size_t kLongest = 100;
  const bool is_long = text.size() > kLongest || text.find('\n') != std::string::npos;
  return is_long ? fmt::format("{} bytes; --json shows them", text.size()) : text;
}

void add_facts(std::string& out, const JobReport& report, const ReportStyle& style) {
  const JobFacts& facts = report.facts;
  const auto fact = [&](std::string_view name, std::string_view text) {
    add_fact(out, style, name, text);
  };
  const std::string title = fmt::format("Job {} on {}", facts.job_id, printable(facts.cluster)) +
                            (facts.name.empty() ? "" : ": " + printable(facts.name));
  out += coloured(style.terminal, Colour::title, title) + "\n";
  fact("user", facts.user + (facts.project.empty() ? "" : ", project " + facts.project));
  fact("state", facts.state);
  fact("started", format_time(facts.start_time));
  fact("time", time_text(facts));
  fact("where", facts.sub_cluster + (facts.partition.empty() ? "" : ", " + facts.partition));
  fact("hardware", hardware_text(report));
  fact("nodes", nodes_text(facts));
  fact("sharing", sharing_text(facts));
  fact("energy", energy_text(facts));
  fact("footprint", footprint_text(facts));
  fact("tags", fmt::format("{}", fmt::join(facts.tags, ", ")));
  if (facts.array_job_id != 0) fact("array job", fmt::format("{}", facts.array_job_id));
  for (const auto& [key, text] : facts.meta_data) fact(printable(key), meta_text(text));
  fact("monitoring", monitoring_text(facts.monitoring));
  fact("index id", fmt::format("{}", facts.id));
}

void add_bar(std::string& out, const ReportStyle& style, std::string_view name, double share,
             std::string_view text) {
  const std::string shown = bar(style.terminal, share, kBarWidth);
  std::string line;
  add_fact(line, style, name, fmt::format("{} {}: {}", shown, share_text(share), text));
  // Coloured at last: colours have no width.
  const Colour colour = name == "memory" ? Colour::plain : colour_of(share);
  line.replace(line.find(shown), shown.size(), coloured(style.terminal, colour, shown));
  out += line;
}

// Why there is no number, when there could be one.
std::string insufficient_text(const JobReport& report, const ReportMetric* metric) {
  if (!metric) return {};
  if (metric->nodes.empty()) return "no data";
  return fmt::format("insufficient data ({} of the samples)",
                     share_text(known_share(report, *metric).value_or(0)));
}

void add_memory(std::string& out, const JobReport& report, const ReportStyle& style) {
  const auto& memory = report.memory;
  if (!memory) {
    add_fact(out, style, "memory", insufficient_text(report, find_role(report, Role::memory)));
    return;
  }
  const std::string_view whose = report.facts.alone() ? "" : ", other jobs included";
  if (memory->limit_gb == 0) {
    add_fact(out, style, "memory",
             fmt::format("at most {} GB on {}{}", format_number(memory->peak_gb), memory->hostname,
                         whose));
    return;
  }
  add_bar(out, style, "memory", memory->peak_gb / memory->limit_gb,
          fmt::format("at most {} of {} GB {} on {}{}", format_number(memory->peak_gb),
                      format_number(memory->limit_gb), memory->asked ? "asked for" : "there",
                      memory->hostname, whose));
}

void add_usage(std::string& out, const JobReport& report, const ReportStyle& style) {
  out += coloured(style.terminal, Colour::title, "Usage") + "\n";
  if (report.cpu) {
    add_bar(out, style, "CPU", report.cpu->share,
            fmt::format("about {:.1f} of {} hardware threads busy", report.cpu->busy,
                        report.cpu->threads));
  } else {
    add_fact(out, style, "CPU", insufficient_text(report, find_role(report, Role::cpu)));
  }
  add_memory(out, report, style);
  if (report.facts.accelerators == 0) return;
  if (!report.accelerators) {
    add_fact(out, style, "accelerators",
             insufficient_text(report, find_role(report, Role::accelerator)));
    return;
  }
  std::string text = fmt::format("of {} accelerators", report.facts.accelerators);
  if (report.accelerators->peak_gb > 0) {
    text += fmt::format(", at most {} GB on one", format_number(report.accelerators->peak_gb));
  }
  add_bar(out, style, "accelerators", report.accelerators->share, text);
}

void add_advice(std::string& out, const JobReport& report, const ReportStyle& style) {
  out += coloured(style.terminal, Colour::title, "Advice") + "\n";
  for (const Advice& advice : report.advice) {
    const bool problem = advice.weight == Advice::Weight::problem;
    out +=
        coloured(style.terminal, problem ? Colour::bad : Colour::plain, problem ? "  ! " : "  - ");
    out += wrapped(printable(advice.text), style.terminal.width, 4) + "\n";
  }
  if (!report.advice.empty()) return;
  const bool measured = report.cpu || report.accelerators;
  const bool early = report.facts.running() && report.facts.duration < AdviceLimits().judged_from;
  out += !measured ? "  Too little was measured to judge.\n"
         : early   ? "  It is too early to judge.\n"
                   : "  Nothing was found that could be done better.\n";
}

}  // namespace

std::string format_number(double value) {
  const double size = std::fabs(value);
  if (size == 0) return "0";
  return size >= 99.95   ? fmt::format("{:.0f}", value)
         : size >= 9.995 ? fmt::format("{:.1f}", value)
                         : fmt::format("{:.2f}", value);
}

std::string report_text(const JobReport& report, const ReportStyle& style) {
  std::string out;
  add_facts(out, report, style);
  for (const MetricNote& note : report.notes) {
    add_fact(out, style, "note", (note.metric.empty() ? "" : note.metric + ": ") + note.text);
  }
  if (!report.metrics_problem.empty()) {
    add_fact(out, style, "metrics", report.metrics_problem);
    return out;
  }
  const bool anything = std::any_of(report.metrics.begin(), report.metrics.end(),
                                    [](const auto& metric) { return !metric.nodes.empty(); });
  if (anything) {
    out += '\n';
    add_usage(out, report, style);
    out +=
        metric_table(report, style) + node_table(report, style) + accelerator_table(report, style);
  } else {
    add_fact(out, style, "metrics", "nothing was measured");
  }
  out += '\n';
  add_advice(out, report, style);
  return out;
}

}  // namespace jobledger::cli
