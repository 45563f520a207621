// SPDX-License-Identifier: MIT
// Footprint and energy of running jobs, so that they can be filtered, ordered and shown before they
// end.
//
// Operation: every Config::running_footprints one thread asks the source of each running job for
// statistics of the metrics that have a footprint or an energy (from roll-ups: nothing is scanned),
// and has the writer change what changed. A job that ended meanwhile is left alone: the archive
// will say. A source that fails several times in a row is left out until the next look. Executor:
// own thread. Lifetime: start() once, stop() before the writer stops, both before destruction.
#pragma once

#include "archive/config.h"
#include "archive/metric_wait.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "schema/cluster.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace jobledger::archive {

class RunningFootprints {
 public:
  struct Parts {
    std::shared_ptr<const schema::Clusters> clusters;
    storage::Store& store;
    storage::Writer& writer;
    Telemetry& telemetry;
    MetricAccess metrics;
  };
  RunningFootprints(const Config& config, Parts parts);
  ~RunningFootprints();

  void start();
  void stop();

  // One look, on the caller's thread; not while started. How many jobs were changed.
  Result<std::size_t> refresh(std::int64_t now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::archive
