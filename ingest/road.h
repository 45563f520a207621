// SPDX-License-Identifier: MIT
// The road from one stream of the log into storage, whatever is on it: what a batch holds is
// prepared on the source's thread, applied on the writer's, and settled with the log once durable.
//
// Operation: the source delivers a batch; `prepare` makes of it what is to be applied, there and
// then; that is submitted to the writer as one piece of work, which moves the position as well: so
// effects and position are in one synced batch. At most `max_pending` batches are between
// delivery and commit: then deliver() waits, and the log with it; so it does while `held_up` names
// a reason. How it goes is on /metrics, under the road's name. Threads: the source's, the writer's,
// and one of its own that calls `tick` once a second. Lifetime: start() once, stop() before
// destruction and before the writer is stopped. Batches that the writer still holds then keep what
// they need alive.
#pragma once

#include "base/telemetry.h"
#include "ingest/source.h"
#include "ingest/status.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace jobledger::ingest {

class Road {
 public:
  struct Parts {
    Source& source;
    storage::Store& store;
    storage::Writer& writer;
    Telemetry& telemetry;
  };
  struct Piece {
    std::function<void(storage::Update&)> apply;  // writer's thread; moves the position, too
    std::function<void()> settled;                // writer's thread, when that is durable
  };
  struct Hooks {
    std::function<Piece(RawBatch)> prepare;  // source's thread
    std::function<void()> tick;              // may be empty
    // Why nothing more may be taken now, a name; empty: it may. May be absent. Asked before each
    // batch and, while it says no, several times a second. Source's thread.
    std::function<std::string_view()> held_up;
  };

  // `name`: the label `log` of its gauges.
  Road(std::string name, std::size_t max_pending, Parts parts);
  ~Road();

  void start(Hooks hooks);
  void stop();

  Status status() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace jobledger::ingest
