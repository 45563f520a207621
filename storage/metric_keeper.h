// SPDX-License-Identifier: MIT
// Keeps the metric store in shape: full windows are sealed into blocks, the head log is cut behind
// them, old periods are dropped, hosts that are gone are forgotten, memory stays bounded.
//
// Operation: one thread looks now and then, by the time of the log. Windows are encoded on it, from
// a snapshot, and handed to the writer, which takes them only if no sample came in between; else
// the next look finds them again. Nothing that readers see changes by it. Executor: own thread;
// functions from any. Lifetime: stop() before the writer stops.
#pragma once

#include "base/telemetry.h"
#include "schema/cluster.h"
#include "storage/metrics/config.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <cstdint>
#include <memory>

namespace jobledger::storage {

// Of one look, or of all.
struct KeepOutcome {
  std::uint64_t hosts_sealed = 0, blocks = 0, block_bytes = 0;
  std::uint64_t overtaken = 0;  // by samples that came meanwhile; sealed another time
  std::uint64_t hosts_forgotten = 0;
  std::uint64_t held_up = 0;  // hosts whose old blocks cannot be read now: tried again
};

class MetricKeeper {
 public:
  MetricKeeper(metrics::Config config, std::shared_ptr<const schema::Clusters> clusters,
               Store& store, Writer& writer, Telemetry& telemetry);
  ~MetricKeeper();

  void start();
  void stop();

  // One look, on the caller's thread; not while started. The error of the first step that failed.
  Result<KeepOutcome> keep();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::storage
