// SPDX-License-Identifier: MIT
// The whole of ingest, wired: what the daemon starts and stops.
//
// Events and metrics come from a stream each, with a connection of its own, and meet at the writer.
// Executor: any thread; start() and stop() block shortly. Lifetime: stop() before the writer is
// stopped and before destruction; store, writer and telemetry must outlive the writer's stop.
#pragma once

#include "base/setting_problem.h"
#include "base/telemetry.h"
#include "ingest/applier.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/metric_pipeline.h"
#include "ingest/road.h"
#include "ingest/status.h"
#include "ingest/unmatched.h"
#include "storage/commands.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

class Ingest {
 public:
  struct Parts {
    storage::Store& store;
    storage::Writer& writer;
    Telemetry& telemetry;
    ClustersNow clusters;
    PutSamples put_samples = put_into_storage;
    HealthElsewhere health_elsewhere = {};
    // Samples in memory from which on storage seals early (storage::metrics::Config).
    std::size_t max_head_bytes = SIZE_MAX;
    // Why neither events nor metrics may be taken now, a name; empty: they may. May be absent.
    std::function<std::string_view()> held_up = {};

    Road::Parts road(Source& source) const { return {source, store, writer, telemetry}; }
  };

  Ingest(const Config& config, Parts parts);
  ~Ingest();

  void start();
  void stop();

  Status status() const;                              // of the events
  std::optional<MetricStatus> metric_status() const;  // nothing: no metrics are read
  // The stream of metrics has been read to its end as last heard of, or none is read.
  bool metrics_caught_up() const;
  UnmatchedReport unmatched() const;
  // For the reading side. Valid after this object's end too: it answers `cancelled` then.
  storage::SubmitCommand submit_command() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What is wrong with the settings; empty when they are fine.
std::vector<SettingProblem> check_config(const Config& config);

}  // namespace jobledger::ingest
