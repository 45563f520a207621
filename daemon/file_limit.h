// SPDX-License-Identifier: MIT
// How many files the process may have open, and who gets them.
//
// Connections must not take the files that the database needs: a database that cannot open a table
// cannot answer, and cannot write. So the database's files and those of everything else are set
// aside first, and connections get what is left.
#pragma once

#include "daemon/settings.h"

#include <cstddef>
#include <string>
#include <vector>

namespace jobledger::daemon {

// Raises the limit of this process as far as it is allowed to, and returns it.
std::size_t raise_file_limit();

// Lowers max_connections, and where that would leave less than half of the files to connections
// max_open_files, too, so that all find room in `files`. What was changed, for the log; empty:
// nothing.
std::vector<std::string> fit_to_file_limit(Settings& settings, std::size_t files);

}  // namespace jobledger::daemon
