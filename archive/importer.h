// SPDX-License-Identifier: MIT
// Archived jobs into the index: our own tree (after the index was lost, or when we take over from
// another program), another tree, or one job's folder.
//
// Operation: threads walk the tree, read meta.json, check it and derive footprint and energy; the
// Writer gets batches, synced with the last one only: an import that a crash cut off is begun
// anew, and finds the jobs that are there. Jobs from outside our tree are copied into it, durable,
// before the index is told; a copy that an earlier import left in our tree is taken from there.
// What cannot be taken is counted by reason with an example and never stops the rest; a job that
// the index has already is never changed. Executor: run() blocks, on any thread but the loop and
// the writer's; progress() from any thread.
#pragma once

#include "archive/import_report.h"
#include "archive/tree.h"
#include "archive/tree_writer.h"
#include "base/result.h"
#include "storage/writer.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

namespace jobledger::archive {

class Importer {
 public:
  // All must outlive it.
  Importer(const Tree& tree, TreeWriter& tree_writer, storage::Writer& writer);
  ~Importer();

  struct Options {
    // Called a few times a second on the thread of run(). May be empty.
    std::function<void(const ImportProgress&)> tick;
    // True ends the import with `cancelled`; what was taken stays. May be null.
    const std::atomic<bool>* stop = nullptr;
  };
  // `from`: the root of an archive, or one job's folder. conflict while another import runs.
  Result<ImportReport> run(const std::filesystem::path& from, Options options);

  ImportProgress progress() const;  // of the present or last import

 private:
  class Run;
  const Tree& tree_;
  TreeWriter& tree_writer_;
  storage::Writer& writer_;
  std::atomic<bool> running_ = false;
  mutable std::mutex mutex_;
  std::shared_ptr<Run> current_;
};

}  // namespace jobledger::archive
