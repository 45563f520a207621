// SPDX-License-Identifier: MIT
// One import from its beginning to its report: importer.h's inner part.
#pragma once

#include "archive/import_index.h"
#include "archive/importer.h"
#include "archive/walk.h"

#include <condition_variable>
#include <string>
#include <thread>
#include <vector>

namespace jobledger::archive {

struct ImportSource {
  std::filesystem::path root;  // of the tree, or the job's folder
  bool own = false;            // in our tree: nothing is copied
  bool single = false;
  std::string own_path;  // of a single job in our tree: relative to its root
};

class Importer::Run {
 public:
  Run(const Tree& tree, TreeWriter& tree_writer, storage::Writer& writer, ImportSource source);

  Result<ImportReport> run(const Options& options);
  ImportProgress progress() const;

 private:
  // What the Writer's callbacks need; they may come after the run has ended early.
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t working = 0;    // threads
    std::size_t submitted = 0;  // batches at the Writer
    std::optional<Error> failure;
    std::atomic<bool> failed = false;
    std::atomic<std::uint64_t> imported = 0, unchanged = 0;
    ProblemCount skipped, ignored;

    void fail(Error error);
  };
  struct Worker;

  Result<void> import_tree(const Options& options);
  Result<void> import_single();
  void work(Worker& worker, const Walk& walk);
  void wait_for_workers(const Options& options);
  Result<void> finish_batches(std::vector<Worker>& workers);
  WalkVisitor visitor_of(Worker& worker);
  void take(Worker& worker, const FoundJob& found);
  Result<schema::Job> check(std::string_view json, std::string_view path, std::string& expected);
  Result<void> check_job(schema::Job& job) const;
  void flush(Worker& worker);
  Result<void> copy_in(std::vector<schema::Job>& jobs);
  Result<std::vector<schema::Job>> drop_known(std::vector<schema::Job> jobs);
  std::vector<schema::Job> adopt(std::vector<schema::Job>& jobs);
  Result<void> stage_copies(std::vector<schema::Job>& jobs, std::vector<Staged>& staged);
  std::filesystem::path folder_of(const schema::Job& job) const;
  void submit(std::vector<schema::Job> jobs, bool sync);
  // Until it holds, or the run is to end.
  void wait(std::unique_lock<std::mutex>& lock, const std::function<bool()>& holds);
  bool should_stop() const;
  Result<void> outcome();  // the failure, or that the run was stopped

  const Tree& tree_;
  TreeWriter& tree_writer_;
  storage::Writer& writer_;
  const ImportSource source_;
  const Config& config_;
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  const std::atomic<bool>* stop_ = nullptr;
  std::atomic<std::uint64_t> units_ = 0, next_unit_ = 0, units_done_ = 0, found_ = 0;
  std::atomic<bool> ended_ = false;
};

}  // namespace jobledger::archive
