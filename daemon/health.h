// SPDX-License-Identifier: MIT
// How the daemon is, from what its parts say: readiness, status lines, JSON. Pure functions.
#pragma once

#include "archive/finisher.h"
#include "daemon/settings.h"
#include "httpd/services.h"
#include "ingest/status.h"
#include "storage/jobs/table.h"

#include <chrono>
#include <optional>
#include <string>

namespace jobledger::daemon {

enum class Phase : std::uint8_t { loading, waiting, importing, running, stopping };

struct Health {
  Phase phase = Phase::loading;
  ingest::Status ingest;                        // of phases waiting and running
  std::optional<ingest::MetricStatus> metrics;  // nothing: no metrics are read
  bool log_reached = false;                     // at least once since the start
  std::optional<std::string> writer_blocked;    // why nothing can be written
  std::chrono::milliseconds writer_blocked_for{0};
  std::string archive_missing;  // why the archive is not there, or not the one we know; else empty
  std::optional<std::string> archive_blocked;  // why nothing can be archived
  bool dead_letter_reserve_touched = false;
  storage::jobs::TableStats table;
};

httpd::Readiness readiness(const Health& health, const ReadinessConfig& config);

// One line, for systemd and the log.
std::string summary(const Health& health);

// The log, as one JSON object.
std::string ingest_json(const Health& health);

}  // namespace jobledger::daemon
