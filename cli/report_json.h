// SPDX-License-Identifier: MIT
// Reports for programs (docs/formats.md, job report). Pure.
#pragma once

#include "cli/report.h"

#include <span>
#include <string>

namespace jobledger::cli {

// One JSON object with all of them, and a newline.
std::string reports_json(std::span<const JobReport> reports);

}  // namespace jobledger::cli
