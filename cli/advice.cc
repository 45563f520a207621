// SPDX-License-Identifier: MIT
#include "cli/advice.h"

#include "cli/table.h"
#include "cli/trend.h"
#include "cli/usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace jobledger::cli {
namespace {

using Words = std::optional<std::string>;
constexpr std::size_t kNamedNodes = 4;  // further ones are counted

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

std::string gigabytes(double value) {
  return value < 10 ? fmt::format("{:.1f} GB", value) : fmt::format("{:.0f} GB", value);
}

std::string names(std::span<const std::string> all) {
  const auto shown = all.first(std::min(all.size(), kNamedNodes));
  std::string out = fmt::format("{}", fmt::join(shown, ", "));
  if (all.size() > shown.size()) out += fmt::format(" and {} more", all.size() - shown.size());
  return out;
}

// How it ended, and when it will.

Words out_of_memory(const JobReport& report, const AdviceLimits&) {
  if (report.facts.state != "out_of_memory") return std::nullopt;
  return "It was ended because it ran out of memory. Ask for more memory, or spread it over more "
         "nodes.";
}

Words node_failure(const JobReport& report, const AdviceLimits&) {
  if (report.facts.state != "node_fail" && report.facts.state != "boot_fail") return std::nullopt;
  return "A node failed under it. That was not the program: submit it again.";
}

Words time_limit(const JobReport& report, const AdviceLimits& limits) {
  const JobFacts& facts = report.facts;
  if (facts.state == "timeout" || facts.state == "deadline") {
    return fmt::format(
        "It was ended by its time limit of {}. Ask for more time, or go on from a "
        "checkpoint.",
        format_duration(facts.walltime));
  }
  const auto used = static_cast<double>(facts.duration);
  if (facts.walltime == 0 || used < limits.close_to_limit * static_cast<double>(facts.walltime)) {
    return std::nullopt;
  }
  if (!facts.running()) {
    return fmt::format(
        "It used {} of its time limit: a run that is a little slower will be ended "
        "by it.",
        percent(used / static_cast<double>(facts.walltime)));
  }
  return fmt::format("It will be ended by its time limit in {}.",
                     format_duration(std::max<std::int64_t>(0, facts.walltime - facts.duration)));
}

Words short_job(const JobReport& report, const AdviceLimits& limits) {
  if (report.facts.running() || report.facts.duration >= limits.short_job) return std::nullopt;
  return fmt::format(
      "It ran for {} only. Starting a job costs about as much: put several such "
      "runs into one job.",
      format_duration(report.facts.duration));
}

Words unused_time(const JobReport& report, const AdviceLimits& limits) {
  const JobFacts& facts = report.facts;
  const auto used = static_cast<double>(facts.duration);
  if (facts.state != "completed" || facts.walltime < limits.large_walltime ||
      used > limits.unused_time * static_cast<double>(facts.walltime)) {
    return std::nullopt;
  }
  return fmt::format(
      "It ran for {} of the {} that it asked for. Jobs with shorter time limits "
      "start earlier.",
      format_duration(facts.duration), format_duration(facts.walltime));
}

// Is this the time to judge how it uses what it has?
bool is_judged(const JobReport& report, const AdviceLimits& limits) {
  return report.facts.duration >= limits.judged_from;
}

// Those of which enough is known.
std::vector<const MeasuredPart*> known_parts(const JobReport& report, const ReportMetric& metric,
                                             const std::vector<MeasuredPart>& parts) {
  std::vector<const MeasuredPart*> out;
  for (const MeasuredPart& part : parts) {
    if (is_sufficient(report, metric, part)) out.push_back(&part);
  }
  return out;
}

// Accelerators.

Words idle_accelerators(const JobReport& report, const AdviceLimits& limits) {
  if (!report.accelerators || !is_judged(report, limits)) return std::nullopt;
  const ReportMetric& used = *find_role(report, Role::accelerator);
  const auto parts = known_parts(report, used, used.accelerators);
  const auto idle = std::count_if(parts.begin(), parts.end(), [&limits](const MeasuredPart* part) {
    return part->extent.avg < 100 * limits.idle;
  });
  if (idle == 0) return std::nullopt;
  const auto all = std::max<std::int64_t>(report.facts.accelerators, std::ssize(parts));
  if (idle == all) {
    return fmt::format(
        "It does not use its {} accelerators. Run it on nodes without, or see why it "
        "does not find them.",
        idle);
  }
  if (idle == std::ssize(parts)) {
    return fmt::format(
        "{} of its {} accelerators {} idle; of the others too little is known. See whether the "
        "program finds them.",
        idle, all, idle == 1 ? "is" : "are");
  }
  return fmt::format(
      "{} of its {} accelerators {} idle. Ask for {}, or see that the program uses "
      "all.",
      idle, all, idle == 1 ? "is" : "are", all - idle);
}

Words low_accelerators(const JobReport& report, const AdviceLimits& limits) {
  if (!report.accelerators || !is_judged(report, limits) ||
      report.accelerators->share >= limits.low_accelerator) {
    return std::nullopt;
  }
  return fmt::format(
      "Its accelerators are busy for {} of the time. Mostly they wait for data: load "
      "it with more threads, or compute in larger batches.",
      percent(report.accelerators->share));
}

// Processors.

Words stalled(const JobReport& report, const AdviceLimits& limits) {
  const bool accelerated = report.facts.accelerators > 0;
  const ReportMetric* const use = find_role(report, accelerated ? Role::accelerator : Role::cpu);
  if (!is_sufficient(report, use) || !is_judged(report, limits)) return std::nullopt;
  const auto idle = idle_end(use->curve, 100 * limits.idle);
  if (idle.seconds < limits.stalled_seconds || !idle.was_busy ||
      static_cast<double>(idle.seconds) <
          limits.stalled * static_cast<double>(report.facts.duration)) {
    return std::nullopt;
  }
  return fmt::format(
      "It {} nothing {} {}: {}", report.facts.running() ? "has done" : "did",
      report.facts.running() ? "for the last" : "in its last", format_duration(idle.seconds),
      report.facts.running() ? "see whether it hangs, and cancel it if so."
                             : "it may have hung, or waited for something that did not come.");
}

// By node, the share of CPU time.
const ReportMetric* cpu_by_node(const JobReport& report, const AdviceLimits& limits) {
  const ReportMetric* const cpu = find_role(report, Role::cpu);
  const bool several = is_sufficient(report, cpu) && cpu->nodes.size() > 1;
  return several && is_judged(report, limits) && report.facts.accelerators == 0 ? cpu : nullptr;
}

Words idle_nodes(const JobReport& report, const AdviceLimits& limits) {
  const ReportMetric* const cpu = cpu_by_node(report, limits);
  if (!cpu) return std::nullopt;
  const auto known = known_parts(report, *cpu, cpu->nodes);
  std::vector<std::string> idle;
  for (const MeasuredPart* node : known) {
    if (node->extent.avg < 100 * limits.idle) idle.push_back(node->hostname);
  }
  if (idle.empty() || idle.size() == known.size()) return std::nullopt;
  const auto all = std::max(report.facts.resources.size(), known.size());
  return fmt::format(
      "{} of its {} nodes {} nothing: {}. Ask for {}, or see that the program is "
      "started on all.",
      idle.size(), all, idle.size() == 1 ? "does" : "do", names(idle), all - idle.size());
}

Words imbalance(const JobReport& report, const AdviceLimits& limits) {
  const ReportMetric* const cpu = cpu_by_node(report, limits);
  if (!cpu) return std::nullopt;
  const auto known = known_parts(report, *cpu, cpu->nodes);
  if (known.size() < 2) return std::nullopt;
  const auto [first, last] = std::minmax_element(
      known.begin(), known.end(),
      [](const auto* a, const auto* b) { return a->extent.avg < b->extent.avg; });
  const MeasuredPart *const least = *first, *const most = *last;
  const double behind = most->extent.avg - least->extent.avg;
  if (most->extent.avg < 100 * limits.idle || behind < limits.imbalance * most->extent.avg) {
    return std::nullopt;
  }
  return fmt::format(
      "Its nodes are not equally busy: {} on {}, {} on {}. All wait for the slowest: "
      "spread the work better.",
      percent(most->extent.avg / 100), most->hostname, percent(least->extent.avg / 100),
      least->hostname);
}

Words one_thread(const JobReport& report, const AdviceLimits& limits) {
  if (!report.cpu || !is_judged(report, limits) || report.facts.accelerators > 0 ||
      report.facts.nodes != 1 || report.cpu->threads < limits.many_threads ||
      report.cpu->busy >= limits.one_thread || report.cpu->busy < limits.one_thread_at_least) {
    return std::nullopt;
  }
  return fmt::format(
      "One of its {} hardware threads is busy: the program does not run in parallel. "
      "Ask for one, or start it with several threads or processes.",
      report.cpu->threads);
}

Words low_cpu(const JobReport& report, const AdviceLimits& limits) {
  if (!report.cpu || !is_judged(report, limits) || report.facts.accelerators > 0 ||
      report.cpu->share >= limits.low_cpu) {
    return std::nullopt;
  }
  return fmt::format(
      "It uses {} of its CPU time: about {:.1f} of {} hardware threads are busy. Ask "
      "for fewer, or see what it waits for.",
      percent(report.cpu->share), report.cpu->busy, report.cpu->threads);
}

Words fewer_nodes(const JobReport& report, const AdviceLimits&) {
  // Accelerators may be what the nodes are for.
  if (report.facts.accelerators > 0) return std::nullopt;
  const std::int64_t whole = report.hardware.threads();
  std::int64_t sum = 0;
  for (const NodeFacts& node : report.facts.resources) {
    if (node.threads == 0) return std::nullopt;
    sum += node.threads;
  }
  if (whole == 0 || sum == 0) return std::nullopt;
  const std::int64_t needed = (sum + whole - 1) / whole;
  if (needed >= report.facts.nodes) return std::nullopt;
  return fmt::format("Its {} hardware threads are spread over {} nodes; they would fit on {}.", sum,
                     report.facts.nodes, needed);
}

// Memory. What others on the node use is not told apart.

const MemoryUse* own_memory(const JobReport& report) {
  return report.memory && report.facts.alone() ? &*report.memory : nullptr;
}

Words full_memory(const JobReport& report, const AdviceLimits& limits) {
  const MemoryUse* const memory = own_memory(report);
  if (!memory || memory->limit_gb == 0 || memory->peak_gb < limits.full_memory * memory->limit_gb) {
    return std::nullopt;
  }
  return fmt::format(
      "It used up to {} of the {} that {} on {}: a little more, and it is ended for "
      "want of memory.",
      gigabytes(memory->peak_gb), gigabytes(memory->limit_gb),
      memory->asked ? "it asked for" : "the node has", memory->hostname);
}

Words memory_growth(const JobReport& report, const AdviceLimits& limits) {
  const MemoryUse* const memory = own_memory(report);
  if (!memory || !is_judged(report, limits)) return std::nullopt;
  const Trend trend = linear_trend(find_role(report, Role::memory)->curve);
  if (trend.samples < limits.growth_samples || trend.explained < limits.steadiness ||
      trend.last - trend.first < limits.growth * trend.last) {
    return std::nullopt;
  }
  std::string out = fmt::format("Its memory grew steadily from {} to {} a node",
                                gigabytes(trend.first), gigabytes(trend.last));
  const double left = memory->limit_gb - trend.last;
  if (report.facts.running() && left > 0) {
    out += fmt::format("; at this pace {} are full in {}", gigabytes(memory->limit_gb),
                       format_duration(std::llround(left / trend.per_second)));
  }
  return out + ". If that is not meant, it leaks.";
}

Words unused_memory(const JobReport& report, const AdviceLimits& limits) {
  const MemoryUse* const memory = own_memory(report);
  if (!memory || !memory->asked || !is_judged(report, limits) ||
      memory->limit_gb < limits.large_memory_gb ||
      memory->peak_gb > limits.unused_memory * memory->limit_gb) {
    return std::nullopt;
  }
  return fmt::format(
      "It asked for {} of memory a node and used {} at most. Ask for less: the rest "
      "is kept from others.",
      gigabytes(memory->limit_gb), gigabytes(memory->peak_gb));
}

Words silent_nodes(const JobReport& report, const AdviceLimits&) {
  const ReportMetric* best = nullptr;
  for (const ReportMetric& metric : report.metrics) {
    if (!best || metric.nodes.size() > best->nodes.size()) best = &metric;
  }
  if (!best || best->nodes.empty()) return std::nullopt;
  std::vector<std::string> silent;
  for (const NodeFacts& node : report.facts.resources) {
    const bool heard = std::any_of(best->nodes.begin(), best->nodes.end(), [&](const auto& part) {
      return part.hostname == node.hostname;
    });
    if (!heard) silent.push_back(node.hostname);
  }
  if (silent.empty()) return std::nullopt;
  return fmt::format(
      "Nothing was measured on {} of its {} nodes: {}. All numbers are those of the "
      "others.",
      silent.size(), report.facts.resources.size(), names(silent));
}

struct Rule {
  std::string_view name;
  Advice::Weight weight;
  Words (*judge)(const JobReport&, const AdviceLimits&);
  std::string_view instead_of = {};  // of these rules nothing is said then
};

using enum Advice::Weight;
constexpr std::array kRules{
    Rule{"out_of_memory", problem, out_of_memory, "full_memory unused_memory"},
    Rule{"node_failure", problem, node_failure},
    Rule{"time_limit", problem, time_limit},
    Rule{"stalled", problem, stalled, "low_cpu one_thread low_accelerators imbalance"},
    Rule{"idle_accelerators", problem, idle_accelerators, "low_accelerators"},
    Rule{"idle_nodes", problem, idle_nodes, "low_cpu one_thread imbalance"},
    Rule{"one_thread", problem, one_thread, "low_cpu"},
    Rule{"low_cpu", problem, low_cpu},
    Rule{"full_memory", problem, full_memory},
    Rule{"low_accelerators", hint, low_accelerators},
    Rule{"imbalance", hint, imbalance},
    Rule{"memory_growth", hint, memory_growth},
    Rule{"unused_memory", hint, unused_memory},
    Rule{"fewer_nodes", hint, fewer_nodes},
    Rule{"short_job", hint, short_job},
    Rule{"unused_time", hint, unused_time},
    Rule{"silent_nodes", note, silent_nodes},
};

}  // namespace

std::vector<Advice> advise(const JobReport& report, const AdviceLimits& limits) {
  std::vector<Advice> out;
  std::string said;
  for (const Rule& rule : kRules) {
    if (said.find(rule.name) != std::string::npos) continue;
    Words words = rule.judge(report, limits);
    if (!words) continue;
    out.push_back({std::string(rule.name), rule.weight, *std::move(words)});
    said.append(rule.instead_of).append(" ");
  }
  return out;
}

}  // namespace jobledger::cli
