// SPDX-License-Identifier: MIT
// An archive and an index in a fresh folder, with jobs to put into them.
#pragma once

#include "archive/finisher.h"
#include "archive/importer.h"
#include "archive/tree.h"
#include "archive/tree_writer.h"
#include "base/file.h"
#include "base/telemetry.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::archive {

// cluster.json of a cluster with hosts n001 to n200, metrics cpu_load (footprint avg), mem_used
// (footprint max) and node_power (energy).
std::string cluster_json(std::string_view name);

// A finished job of two nodes, not archived yet, with tags, meta data, and what the scheduler sent.
schema::Job finished_job(std::int64_t job_id, std::int64_t start_time = 1'700'000'000,
                         std::string_view cluster = "testcluster");

std::string read_text(const std::filesystem::path& path);                   // empty when absent
void write_text(const std::filesystem::path& path, std::string_view text);  // with its folders
std::string meta_json(const schema::Job& job);
// All files and folders below, relative, sorted; folders end in '/'.
std::vector<std::string> list_tree(const std::filesystem::path& root);

// A tree on disk with one cluster "testcluster".
void make_root(const std::filesystem::path& root);
// Writes the job's meta.json where it belongs, as another program would.
std::filesystem::path put_job(const std::filesystem::path& root, const schema::Job& job);

Config test_config(const std::filesystem::path& folder);

// Everything between a stop and an archived job.
class World {
 public:
  // `folder` outlives it; what is there is used again.
  explicit World(const std::filesystem::path& folder,
                 std::function<void(std::string_view)> at_point = {},
                 const std::function<void(Config&)>& adjust = {}, MetricAccess access = {});
  ~World();

  // Into the index; returns its number.
  std::int64_t add(schema::Job job);
  void change(std::int64_t id, const std::function<void(schema::Job&)>& change);
  schema::Job indexed(std::int64_t id) const;
  std::vector<schema::Job> all_indexed() const;
  std::size_t due() const;
  // Starts the finisher when it does not run, and waits until it has nothing to do.
  void settle();
  Result<ImportReport> import(const std::filesystem::path& from) { return importer->run(from, {}); }

  Config config;
  MetricAccess metrics;
  std::filesystem::path root;
  Telemetry telemetry;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<storage::Writer> writer;
  std::optional<Tree> tree;
  std::unique_ptr<TreeWriter> tree_writer;
  std::unique_ptr<Finisher> finisher;
  std::unique_ptr<Importer> importer;

 private:
  bool running_ = false;
};

}  // namespace jobledger::archive
