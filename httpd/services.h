// SPDX-License-Identifier: MIT
// What the HTTP side asks of the rest of the daemon, as values: the daemon wires these in.
//
// Executor: all functions are called on the loop and must not block.
#pragma once

#include "base/result.h"
#include "schema/cluster.h"
#include "storage/commands.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::archive {
class JobMetrics;
}
namespace jobledger::storage {
class Store;
}

namespace jobledger::httpd {

struct Readiness {
  bool ready = false;
  std::vector<std::string> reasons;  // why not; for people
};

struct ImportProgress {
  enum class State : std::uint8_t { none, running, finished, failed };
  State state = State::none;
  std::string path;
  std::uint64_t total = 0;  // jobs found so far
  std::uint64_t imported = 0, unchanged = 0, skipped = 0;
  std::vector<std::pair<std::string, std::uint64_t>> skipped_because;  // reason and number
  std::int64_t started = 0, ended = 0;                                 // epoch seconds; 0: not yet
  std::string error;                                                   // of state failed
};

struct Services {
  std::string version;  // of the daemon
  // Null while the store is loading. What is returned lives until the server has stopped.
  std::function<const storage::Store*()> store;
  // Of jobs and hosts; null while the store is loading, and lives as that does. Unset: metrics are
  // not to be had.
  std::function<archive::JobMetrics*()> metrics;
  // Never null.
  std::function<std::shared_ptr<const schema::Clusters>()> clusters;
  std::function<Readiness()> readiness;
  // One JSON object that describes the log and what was read from it.
  std::function<std::string()> ingest_status;
  // One JSON object: what metric lines named that nobody knows (docs/formats.md, unmatched report).
  std::function<std::string()> unmatched;
  // One JSON object each: what finished jobs wait for, and those that are set aside. Unset: nothing
  // is archived.
  std::function<std::string()> archive_status, set_aside;
  storage::SubmitCommand submit_command;
  // Begins an import in the background; conflict while one is running.
  std::function<Result<void>(std::string path)> start_import;
  std::function<ImportProgress()> import_progress;
  // Epoch seconds.
  std::function<std::int64_t()> now;
};

}  // namespace jobledger::httpd
