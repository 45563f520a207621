// SPDX-License-Identifier: MIT
// How much of what it had a job used: from the metrics that clusters of the field measure, by
// their usual names. Pure.
#pragma once

#include "cli/report.h"

#include <string_view>

namespace jobledger::cli {

// Below it there is too little to judge by: "insufficient data", never a number.
constexpr double kEnoughCoverage = 0.5;
// Below it the coverage is told beside the number.
constexpr double kFullCoverage = 0.95;
// Of a running job so many samples of a series are on their way: measured, and not sent yet.
constexpr double kPendingSamples = 2;

enum class Role : std::uint8_t {
  cpu,          // share of CPU time in percent: cpu_used, cpu_user
  load,         // runnable threads: cpu_load, load_one
  memory,       // mem_used
  accelerator,  // share of time in percent: acc_utilization, nv_util
  accelerator_memory,
};
// The metric that plays the role; null when the cluster has none.
const ReportMetric* find_role(const JobReport& report, Role role);
bool is_percent(std::string_view metric);

// The coverage, where what may still be on its way counts as known.
std::optional<double> known_share(const JobReport& report, const ReportMetric& metric);

// There are samples, and enough of them as far as is known.
bool is_sufficient(const JobReport& report, const ReportMetric* metric);
// The same of one node or accelerator, which has samples.
bool is_sufficient(const JobReport& report, const ReportMetric& metric, const MeasuredPart& part);

// Hardware threads that the job has of its node at that place; 0: unknown.
std::int64_t threads_of(const JobReport& report, std::size_t node);

// Sets cpu, memory and accelerators.
void judge_usage(JobReport& report);

// Memory that the scheduler's text says was asked for, GB, of all nodes together; 0: it does not
// say. Reads ReqTRES, AllocTRES or TRES (mem=), MinMemoryNode and MinMemoryCPU.
double asked_memory_gb(std::string_view scheduler_text, std::int64_t nodes, std::int64_t threads);

}  // namespace jobledger::cli
