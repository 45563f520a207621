// SPDX-License-Identifier: MIT
// Reads jobs whose record the disk lost (storage/job_damage.h) from the archive tree again. What
// the tree says counts when it is the same run with the same end; jobs that run, are not archived,
// or are not in the tree stay as they are, damaged.
//
// Executor: a thread of its own. Lifetime: start() once, stop() before the writer stops; the tree,
// the store and the writer outlive it.
#pragma once

#include "archive/tree.h"
#include "base/periodic_thread.h"
#include "storage/job_damage.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <cstdint>
#include <map>
#include <optional>

namespace jobledger::archive {

class Restorer {
 public:
  Restorer(const Tree& tree, storage::Store& store, storage::Writer& writer)
      : tree_(tree), store_(store), writer_(writer) {}

  void start();
  void stop() { thread_.stop(); }

  // One look, on the caller's thread; not while started. How many jobs were handed to the writer.
  std::size_t run();

 private:
  const Tree& tree_;
  storage::Store& store_;
  storage::Writer& writer_;
  std::map<std::int64_t, std::uint32_t> tried_;  // id -> revision for which the tree was asked
  PeriodicThread thread_{"restorer"};
};

// The record of `archived`, with what only the index knows; nullopt: that is another end, or the
// tree has a damaged record itself.
std::optional<schema::Job> restored_job(schema::Job archived, const schema::Job& current);

}  // namespace jobledger::archive
