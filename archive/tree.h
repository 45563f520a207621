// SPDX-License-Identifier: MIT
// The job-archive tree: read this file first.
//
//   <root>/version.txt                           3
//   <root>/<cluster>/cluster.json                what the cluster is
//   <root>/<cluster>/<n>/<nnn>/<start>/          one job: meta.json, data.json or data.json.gz
//
// It is the field's format (docs/formats.md, "Job archive"): other programs read what we write and
// we read what they wrote. A Tree is the root as it was found at start, checked, with its clusters,
// and reading of single jobs. Writing is TreeWriter's (tree_writer.h), bringing a tree into the
// index is Importer's (importer.h), finished jobs come into the tree by Finisher (finisher.h).
//
// Executor: reads block: a worker thread. The object itself never changes: any number of threads.
// Failure: open() says which file breaks which rule; a single job's error concerns that job only.
#pragma once

#include "archive/config.h"
#include "archive/root_watch.h"
#include "base/result.h"
#include "schema/cluster.h"
#include "schema/job.h"
#include "schema/metric_data.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::archive {

// `write` makes an absent or empty root into an archive without clusters; `read` changes nothing.
enum class OpenMode : bool { read, write };

// Whether that folder is the root of an archive in the version that we know.
Result<void> check_version(const std::filesystem::path& root);

class Tree {
 public:
  // Checks the version and loads every cluster. A folder of the root without a valid cluster.json
  // of its own name is an error, as in it jobs would be lost to other readers; hidden folders and
  // the staging folder are ignored.
  static Result<Tree> open(Config config, OpenMode mode);

  const Config& config() const { return config_; }
  std::shared_ptr<const schema::Clusters> clusters() const { return clusters_; }
  const std::vector<std::string>& cluster_names() const { return names_; }
  // The folder that all of that was read from.
  const std::shared_ptr<const RootWatch>& root() const { return root_; }
  // What open() accepted though it has no effect, for the log.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // not_found when the job is not there, unavailable when the archive is not.
  Result<schema::Job> read_meta(const schema::NaturalKey& key) const;
  // `too_large` when the text is longer than max_bytes, or than Config::max_data_bytes.
  Result<schema::MetricData> read_data(const schema::NaturalKey& key,
                                       std::size_t max_bytes = SIZE_MAX) const;
  // data.json as it would be without compression.
  Result<std::string> read_data_json(const schema::NaturalKey& key,
                                     std::size_t max_bytes = SIZE_MAX) const;

  struct Visitor {
    std::function<void(std::string_view path, schema::Job job)> job;
    // Jobs that cannot be read and what is no job: path relative to the root, and why.
    std::function<void(std::string_view path, const Error& error)> problem;
  };
  // All jobs, one thread, folder by folder. An error only when the root cannot be read.
  Result<void> for_each_job(const Visitor& visitor) const;

 private:
  Tree() = default;
  Config config_;
  std::shared_ptr<const RootWatch> root_;
  std::shared_ptr<const schema::Clusters> clusters_;
  std::vector<std::string> names_, warnings_;
};

}  // namespace jobledger::archive
