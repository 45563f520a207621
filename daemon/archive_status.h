// SPDX-License-Identifier: MIT
// What finished jobs wait for, for people: part of the status, and the list of jobs that are set
// aside. Pure.
#pragma once

#include "archive/finisher.h"

#include <string>
#include <vector>

namespace jobledger::daemon {

// One JSON object.
std::string archive_json(const archive::FinisherStatus& status,
                         const std::vector<archive::JobTrouble>& aside);
// One JSON object: `count` and `items`.
std::string set_aside_json(const std::vector<archive::JobTrouble>& aside);

}  // namespace jobledger::daemon
