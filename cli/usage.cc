// SPDX-License-Identifier: MIT
#include "cli/usage.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace jobledger::cli {
namespace {

struct RoleName {
  Role role;
  std::string_view metric;
};
// Of several for one role the first that is measured.
constexpr std::array kRoles{
    RoleName{Role::cpu, "cpu_used"},
    RoleName{Role::cpu, "cpu_user"},
    RoleName{Role::load, "cpu_load"},
    RoleName{Role::load, "load_one"},
    RoleName{Role::memory, "mem_used"},
    RoleName{Role::accelerator, "acc_utilization"},
    RoleName{Role::accelerator, "nv_util"},
    RoleName{Role::accelerator_memory, "acc_mem_used"},
    RoleName{Role::accelerator_memory, "nv_fb_mem_used"},
};

// The number and unit letter behind `key`, in GB. Schedulers count in powers of 1024 and mean MB
// when they name no unit.
double memory_behind(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return 0;
  const char* const begin = text.data() + at + key.size();
  double value = 0;
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc{} || !(value > 0)) return 0;
  constexpr double kMebi = 1024.0 * 1024.0;
  const char unit = end == text.data() + text.size() ? 'M' : *end;
  const double bytes = unit == 'K'   ? value * 1024
                       : unit == 'G' ? value * kMebi * 1024
                       : unit == 'T' ? value * kMebi * kMebi
                                     : value * kMebi;
  return bytes / 1e9;
}

// How many GB one of the metric's unit is.
double gigabytes(const ReportMetric& metric) {
  return schema::prefix_conversion(metric.unit.prefix, "G").value_or(1);
}

std::string_view word_behind(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + key.size());
  return rest.substr(0, rest.find_first_of(" \t\n"));
}

double without_pending(const JobReport& report, const ReportMetric& metric, double coverage) {
  if (!report.facts.running() || metric.timestep <= 0) return coverage;
  const double expected = static_cast<double>(report.facts.duration) / metric.timestep;
  const double missing = (1 - coverage) * expected;
  return missing <= kPendingSamples ? 1 : coverage;
}

std::optional<CpuUse> cpu_use(const JobReport& report) {
  const ReportMetric* const cpu = find_role(report, Role::cpu);
  const ReportMetric* const load = find_role(report, Role::load);
  const bool by_time = is_sufficient(report, cpu);
  // Load is of whole nodes: that of others counts with it.
  if (!by_time && (!is_sufficient(report, load) || !report.facts.alone())) return std::nullopt;
  double busy = 0, threads = 0;
  for (const MeasuredPart& part : (by_time ? cpu : load)->nodes) {
    const auto& resources = report.facts.resources;
    const auto node = std::find_if(resources.begin(), resources.end(),
                                   [&part](const auto& r) { return r.hostname == part.hostname; });
    const auto has =
        static_cast<double>(threads_of(report, static_cast<std::size_t>(node - resources.begin())));
    threads += has;
    busy += by_time ? part.extent.avg / 100 * has : std::min(part.extent.avg, has);
  }
  if (threads == 0) return std::nullopt;
  CpuUse out;
  out.share = busy / threads;
  // Nodes that were not measured are taken for average ones.
  out.threads =
      report.facts.threads > 0 ? report.facts.threads : static_cast<std::int64_t>(threads);
  out.busy = out.share * static_cast<double>(out.threads);
  return out;
}

std::optional<MemoryUse> memory_use(const JobReport& report) {
  const ReportMetric* const used = find_role(report, Role::memory);
  if (!is_sufficient(report, used)) return std::nullopt;
  const auto fullest =
      std::max_element(used->nodes.begin(), used->nodes.end(),
                       [](const auto& a, const auto& b) { return a.extent.max < b.extent.max; });
  const double giga = gigabytes(*used);
  MemoryUse out{fullest->extent.max * giga, fullest->hostname, used->peak * giga, false};
  // What others use with it is no part of what it asked for.
  if (report.facts.asked_memory_gb > 0 && report.facts.nodes > 0 && report.facts.alone()) {
    out.limit_gb = report.facts.asked_memory_gb / static_cast<double>(report.facts.nodes);
    out.asked = true;
  }
  return out;
}

std::optional<AcceleratorUse> accelerator_use(const JobReport& report) {
  const ReportMetric* const used = find_role(report, Role::accelerator);
  if (report.facts.accelerators == 0 || !is_sufficient(report, used)) return std::nullopt;
  const auto& parts = used->accelerators.empty() ? used->nodes : used->accelerators;
  AcceleratorUse out;
  for (const MeasuredPart& part : parts) {
    if (!is_sufficient(report, *used, part)) continue;
    out.share += part.extent.avg / 100;
    ++out.measured;
  }
  if (out.measured == 0) return std::nullopt;
  out.share /= static_cast<double>(out.measured);
  if (used->accelerators.empty()) out.measured = 0;
  if (const ReportMetric* const memory = find_role(report, Role::accelerator_memory)) {
    for (const MeasuredPart& part : memory->accelerators) {
      out.peak_gb = std::max(out.peak_gb, part.extent.max * gigabytes(*memory));
    }
  }
  return out;
}

}  // namespace

const ReportMetric* find_role(const JobReport& report, Role role) {
  const ReportMetric* found = nullptr;
  for (const RoleName& name : kRoles) {
    if (name.role != role) continue;
    const ReportMetric* const metric = report.find(name.metric);
    if (metric && (!found || found->nodes.empty())) found = metric;
  }
  return found;
}

bool is_percent(std::string_view metric) {
  return metric == "acc_utilization" || metric == "nv_util" || metric == "nv_mem_util" ||
         metric == "vectorization_ratio" ||
         (metric.starts_with("cpu_") && metric != "cpu_load" && metric != "cpu_power");
}

std::optional<double> known_share(const JobReport& report, const ReportMetric& metric) {
  const auto coverage = report.coverage(metric);
  if (!coverage || metric.nodes.empty()) return coverage;
  return without_pending(report, metric, *coverage);
}

bool is_sufficient(const JobReport& report, const ReportMetric* metric) {
  return metric && !metric->nodes.empty() &&
         known_share(report, *metric).value_or(1) >= kEnoughCoverage;
}

bool is_sufficient(const JobReport& report, const ReportMetric& metric, const MeasuredPart& part) {
  return !part.coverage || without_pending(report, metric, *part.coverage) >= kEnoughCoverage;
}

std::int64_t threads_of(const JobReport& report, std::size_t node) {
  const JobFacts& facts = report.facts;
  if (node < facts.resources.size() && facts.resources[node].threads > 0) {
    return facts.resources[node].threads;
  }
  if (report.hardware.threads() > 0) return report.hardware.threads();
  return facts.nodes > 0 ? facts.threads / facts.nodes : 0;
}

void judge_usage(JobReport& report) {
  report.cpu = cpu_use(report);
  report.memory = memory_use(report);
  report.accelerators = accelerator_use(report);
}

double asked_memory_gb(std::string_view scheduler_text, std::int64_t nodes, std::int64_t threads) {
  for (const std::string_view key : {"ReqTRES=", "AllocTRES=", "TRES="}) {
    if (const double asked = memory_behind(word_behind(scheduler_text, key), "mem="); asked > 0) {
      return asked;
    }
  }
  if (const double asked = memory_behind(scheduler_text, "MinMemoryNode="); asked > 0) {
    return asked * static_cast<double>(nodes);
  }
  return memory_behind(scheduler_text, "MinMemoryCPU=") * static_cast<double>(threads);
}

}  // namespace jobledger::cli
