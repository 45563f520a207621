// SPDX-License-Identifier: MIT
// Reads all tables again and again, slowly, so that damage is found before a reader or a compaction
// meets it; and has the database opened again when damage was found by anybody, though nothing is
// written (store.h, needs_recovery).
//
// Executor: a thread of its own, which never waits for the writer. Lifetime: start() once, stop()
// before the writer stops; the store outlives it.
#pragma once

#include "base/periodic_thread.h"
#include "base/telemetry.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <cstdint>

namespace jobledger::storage {

class Scrub {
 public:
  // At most that many bytes a second, on average; 0: nothing is read.
  Scrub(std::uint64_t bytes_per_second, Store& store, Writer& writer, Telemetry& telemetry);

  void start();
  void stop();

  // What one second allows, on the caller's thread; not while started.
  void run();

 private:
  bool ask_for_recovery();

  const std::uint64_t rate_;
  Store& store_;
  Writer& writer_;
  Counter bytes_, passes_;
  std::uint64_t last_ = 0;   // table that was read last
  std::int64_t credit_ = 0;  // bytes; below 0 after a table that was longer than a second's share
  PeriodicThread thread_{"scrub"};
};

}  // namespace jobledger::storage
