// SPDX-License-Identifier: MIT
// The tables of a report, each with its title and an empty line in front; empty when there is
// nothing to show. Pure.
#pragma once

#include "cli/report.h"
#include "cli/report_text.h"

#include <string>

namespace jobledger::cli {

// A line for each metric: least, mean and largest value, how much of it is known, its course.
std::string metric_table(const JobReport& report, const ReportStyle& style);
// A line for each node with min/avg/max of what matters most; in as many blocks as the width asks
// for. Of many nodes those that differ most in the first metric.
std::string node_table(const JobReport& report, const ReportStyle& style);
// The same for accelerators.
std::string accelerator_table(const JobReport& report, const ReportStyle& style);

}  // namespace jobledger::cli
