// SPDX-License-Identifier: MIT
// How the daemon is, as text for people, from its answers (/api/status, /api/unmatched). Pure.
#pragma once

#include "cli/terminal.h"
#include "schema/json_read.h"

#include <string>

namespace jobledger::cli {

std::string status_text(schema::JsonValue status);

// What metric lines named that nobody knows, and what was refused, each with the last line of its
// kind, cut to the terminal's width.
// Jobs that are set aside, as a table.
std::string set_aside_text(schema::JsonValue list);
std::string unmatched_text(schema::JsonValue report, const Terminal& terminal);

}  // namespace jobledger::cli
