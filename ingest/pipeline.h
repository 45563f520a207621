// SPDX-License-Identifier: MIT
// Job and node events on their road from the log into storage: decoded on the source's thread,
// applied on the writer's (road.h).
//
// Threads: those of the road; once a second its own one sees to the patience of commands, and now
// and then to jobs past their wall time.
// Lifetime: start() once, stop() before destruction and before the writer is stopped. Batches that
// the writer still holds then keep what they need alive.
#pragma once

#include "base/telemetry.h"
#include "ingest/applier.h"
#include "ingest/command.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/road.h"
#include "ingest/source.h"
#include "ingest/status.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <functional>
#include <memory>
#include <string_view>

namespace jobledger::ingest {

class Pipeline {
 public:
  struct Parts {
    Road::Parts road;
    ClustersNow clusters;
    std::shared_ptr<CommandDesk> desk;  // may be null
    HealthSources health = {};
    std::function<std::string_view()> held_up = {};  // Road::Hooks
  };

  Pipeline(const Config& config, Parts parts);
  ~Pipeline();

  void start();
  void stop() { road_.stop(); }

  Status status() const { return road_.status(); }
  // Members of events that were left out as their values were of no use, most frequent first.
  std::vector<NameCount> dropped_members() const;

  // Looks for jobs past their wall time now: how many there were. They are marked by the writer's
  // next batch. The own thread does this regularly.
  std::size_t sweep_overtime();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
  Road road_;
};

}  // namespace jobledger::ingest
