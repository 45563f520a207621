// SPDX-License-Identifier: MIT
// Reports put together by hand, and recorded answers of the daemon.
#pragma once

#include "cli/report.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::cli {

// A job of an hour on two nodes of 72 threads, for which there is nothing to say.
JobReport good_report();
// The same with four accelerators on one node.
JobReport good_accelerated_report();

ReportMetric* find_metric(JobReport& report, std::string_view name);
// Sets the means of the nodes; least and most are a little around them.
void set_nodes(JobReport& report, std::string_view metric, std::vector<double> means);
void set_accelerators(JobReport& report, std::string_view metric, std::vector<double> means);
void set_curve(JobReport& report, std::string_view metric, std::vector<double> values,
               std::int32_t step = 60);

// Judges it anew and gives the names of the rules that had something to say, joined by blanks.
std::string rules_of(JobReport report);

// Recorded: a job on two shared nodes with two accelerators, what its sub-cluster is, its metrics.
extern const std::string_view kJobsAnswer, kHardwareAnswer, kMetricsAnswer;

}  // namespace jobledger::cli
