// SPDX-License-Identifier: MIT
// The import that people ask for while the daemon runs: one at a time, in the background.
//
// Executor: all members on the loop; the work on an own thread.
// Lifetime: stop() must have ended before destruction and before the core stops.
#pragma once

#include "archive/importer.h"
#include "base/async.h"
#include "base/worker_pool.h"
#include "httpd/services.h"

#include <atomic>
#include <functional>
#include <string>

namespace jobledger::daemon {

class ImportJob {
 public:
  explicit ImportJob(archive::Importer& importer);

  // conflict while one is running.
  Result<void> start(std::string path, std::int64_t now);
  // Waits for it in a coroutine that the owner spawns after each start().
  Task<> follow(std::function<std::int64_t()> now);
  httpd::ImportProgress progress() const;

  // Ends a running import; blocks until it has ended: a worker thread.
  void stop();

 private:
  archive::Importer& importer_;
  WorkerPool pool_{"import", 1, 1};
  std::atomic<bool> stop_ = false;
  httpd::ImportProgress last_;
};

}  // namespace jobledger::daemon
