// SPDX-License-Identifier: MIT
// Jobs into the tree, whole or not at all.
//
// Operation: stage() writes a job's folder aside, sync() makes it durable, place() renames it to
// where it belongs, a second sync() makes that durable; only then may anybody be told. One sync()
// serves everything that was staged and placed before it, so callers work in batches and the first
// sync of one batch is the second of the batch before. A folder that is there already is replaced
// file by file, each by a rename.
// What a crash leaves: whole jobs in the tree, leftovers in the staging folder, which the next
// prepare() removes.
// Concurrency: all functions from any thread, side by side, each Staged by one thread at a time.
// Only one process may have a staging folder: prepare() takes a lock on it.
// The root is watched: while its path leads to another folder, prepare() and sync() fail, so
// nothing that went into a folder which nobody sees is taken for archived. A staging folder that
// somebody removed is made anew. Failure: `unavailable` when the file system as a whole refuses
// (full, read-only, broken): all jobs would fail alike, try later. Any other error concerns this
// job only.
#pragma once

#include "archive/config.h"
#include "archive/root_watch.h"
#include "archive/staged_file.h"
#include "base/file.h"
#include "base/result.h"
#include "schema/job.h"
#include "schema/metric_data.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace jobledger::archive {

// No metrics are known: data.json says so ({}), as other readers want one to be there; metric data
// that is in the tree already stays.
struct NoMetrics {};
// A data file of another tree, taken over byte by byte.
struct DataFile {
  std::filesystem::path path;
  bool packed = false;  // data.json.gz
};
// StagedFile: made by create_data(), finished, and taken into the job's folder.
using JobData = std::variant<NoMetrics, const schema::MetricData*, DataFile, StagedFile*>;

// A job's folder written aside.
struct Staged {
  std::string name;    // in the staging folder
  std::string target;  // relative to the root
  const char* data_name = nullptr;
  bool keep_data = false;  // what is in the tree counts more
};

class TreeWriter {
 public:
  // `at_point` is called between the steps, with their names, for tests that stop there.
  // `root`: the folder that the clusters were read from; null: the one that prepare() finds.
  explicit TreeWriter(Config config, std::function<void(std::string_view)> at_point = {},
                      std::shared_ptr<const RootWatch> root = nullptr);
  ~TreeWriter();
  TreeWriter(const TreeWriter&) = delete;
  TreeWriter& operator=(const TreeWriter&) = delete;

  // Makes and locks the staging folder, checks that it shares the root's file system, removes what
  // a crash left. Once it succeeded, it checks that both folders are still there.
  Result<void> prepare();

  // Pre: prepare() succeeded. Writes the job as archived, tags without their index numbers.
  Result<Staged> stage(const schema::Job& job, const JobData& data);
  // For data that is written piece by piece before the rest of the job is known. Pre: as stage().
  Result<StagedFile> create_data();
  int staging_folder() const { return staging_.get(); }
  Result<void> place(const Staged& staged);
  void discard(const Staged& staged);
  // Everything staged and placed before is durable. After an error it has to be done again.
  Result<void> sync();

  bool has_job(std::string_view path) const;  // relative to the root

 private:
  Result<void> open_folders();
  Result<Fd> open_staging(const Fd& root) const;
  Result<void> keep_staging();
  Result<void> remove_leftovers();
  Result<const char*> write_data(const std::string& folder, const JobData& data);
  std::string next_name() { return std::to_string(next_.fetch_add(1, std::memory_order_relaxed)); }
  Result<void> write_at(const std::string& path, std::string_view bytes);
  Result<void> copy_data(const std::string& to, const DataFile& from);
  Result<Fd> make_parents(const std::string& target);
  Result<void> replace_files(const Staged& staged);
  Result<void> replace_data(const Staged& staged, int target);
  void reach(std::string_view point) const;

  Config config_;
  std::function<void(std::string_view)> at_point_;
  std::shared_ptr<const RootWatch> watch_;
  std::mutex preparing_;
  std::atomic<bool> prepared_ = false;
  Fd root_, staging_;
  std::atomic<std::uint64_t> next_ = 0;
};

}  // namespace jobledger::archive
