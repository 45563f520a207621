// SPDX-License-Identifier: MIT
// What /metrics reads rather than counts: jobs, memory, database, readiness.
#pragma once

#include "base/telemetry.h"
#include "storage/store.h"

#include <cstddef>
#include <functional>
#include <string>

namespace jobledger::daemon {

// `ready` and `store` (null while loading) are asked before each scrape and must outlive the
// telemetry's last text().
void add_gauges(Telemetry& telemetry, const std::string& version, std::function<bool()> ready,
                std::function<const storage::Store*()> store);

std::size_t resident_bytes();  // of this process; 0 when the system does not tell

}  // namespace jobledger::daemon
