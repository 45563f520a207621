// SPDX-License-Identifier: MIT
// The road from the log into storage: decode on the source's thread, apply on the writer's, settle
// with the log once durable.
//
// Operation: the source delivers a batch; it is decoded there and then, submitted to the writer as
// one piece of work together with the new position, and acknowledged after the commit. At most
// LimitsConfig::max_pending_batches are between these two points: then deliver() waits, and the log
// with it.
// Threads: the source's, the writer's, and one of its own for what is to be done now and then
// (gauges, patience of commands, jobs past their wall time).
// Lifetime: start() once, stop() before destruction and before the writer is stopped. Batches that
// the writer still holds then keep what they need alive.
#pragma once

#include "base/telemetry.h"
#include "ingest/command.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/source.h"
#include "ingest/status.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <memory>

namespace jobledger::ingest {

class Pipeline {
 public:
  struct Parts {
    Source& source;
    storage::Store& store;
    storage::Writer& writer;
    Telemetry& telemetry;
    ClustersNow clusters;
    std::shared_ptr<CommandDesk> desk;  // may be null
  };

  Pipeline(const Config& config, Parts parts);
  ~Pipeline();

  void start();
  void stop();

  Status status() const;

  // Looks for jobs past their wall time now: how many there were. They are marked by the writer's
  // next batch. The own thread does this regularly.
  std::size_t sweep_overtime();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace jobledger::ingest
