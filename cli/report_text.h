// SPDX-License-Identifier: MIT
// A report as text for people. Pure.
#pragma once

#include "cli/report.h"
#include "cli/terminal.h"

#include <cstddef>
#include <string>

namespace jobledger::cli {

struct ReportStyle {
  Terminal terminal;
  std::size_t max_rows = 16;  // of nodes and accelerators; the extremes are shown
};

std::string report_text(const JobReport& report, const ReportStyle& style);

// Three digits that matter: "0.12", "12.3", "1234".
std::string format_number(double value);

}  // namespace jobledger::cli
