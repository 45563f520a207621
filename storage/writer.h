// SPDX-License-Identifier: MIT
// The one thread that changes the state. It gathers the work that arrived while the previous batch
// was synced, applies it to one Update, commits, and then tells every submitter.
//
// A commit that fails (disk full, disk gone) is tried again for ever, with a pause, while
// submitters wait: nothing that was submitted is dropped. blocked() says why, for readiness and
// people. Executor: submit() from any thread that may wait; apply and done run on the writer
// thread. Lifetime: start() after construction, stop() before destruction; stop() finishes what is
// queued unless commits fail, then gives it up with `cancelled`.
#pragma once

#include "base/result.h"
#include "base/telemetry.h"
#include "storage/store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace jobledger::storage {

struct Work {
  // Applies the work; on error it must have changed nothing, and only this work fails.
  std::function<Result<void>(Update&)> apply;
  // After the batch is durable and visible, or with the error. May be empty. Must not block long
  // and must not submit.
  std::function<void(Result<void>)> done;
  bool sync = true;  // false: durable only with the next synced batch (imports)
};

class Writer {
 public:
  Writer(Store& store, WriterConfig config, Telemetry& telemetry);
  ~Writer();

  void start();
  void stop();

  bool submit(Work work);      // waits while the queue is full; false after stop() began
  bool try_submit(Work work);  // never waits; false when full or stopped

  // submit() and wait for the outcome. Not on the writer thread, not on the event loop.
  Result<void> run(std::function<Result<void>(Update&)> apply);

  std::optional<std::string> blocked() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::storage
