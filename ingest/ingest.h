// SPDX-License-Identifier: MIT
// The whole of ingest, wired: what the daemon starts and stops.
//
// Executor: any thread; start() and stop() block shortly. Lifetime: stop() before the writer is
// stopped and before destruction; store, writer and telemetry must outlive the writer's stop.
#pragma once

#include "base/telemetry.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/status.h"
#include "storage/commands.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <memory>
#include <string>
#include <vector>

namespace jobledger::ingest {

class Ingest {
 public:
  Ingest(const Config& config, storage::Store& store, storage::Writer& writer, Telemetry& telemetry,
         ClustersNow clusters);
  ~Ingest();

  void start();
  void stop();

  Status status() const;
  // For the reading side. Valid after this object's end too: it answers `cancelled` then.
  storage::SubmitCommand submit_command() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What is wrong with the settings, one sentence each; empty when they are fine.
std::vector<std::string> check_config(const Config& config);

}  // namespace jobledger::ingest
