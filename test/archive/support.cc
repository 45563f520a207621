// SPDX-License-Identifier: MIT
#include "test/archive/support.h"

#include "archive/job_path.h"
#include "schema/job_json.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

namespace jobledger::archive {

namespace fs = std::filesystem;

std::string cluster_json(std::string_view name) {
  return fmt::format(
      R"({{"name":"{}","metricConfig":[
{{"name":"cpu_load","unit":{{"base":""}},"scope":"node","timestep":60,"aggregation":"avg","footprint":"avg","peak":72,"normal":72,"caution":36,"alert":20}},
{{"name":"mem_used","unit":{{"base":"B","prefix":"G"}},"scope":"node","timestep":60,"aggregation":"sum","footprint":"max","peak":256,"normal":128,"caution":200,"alert":240}},
{{"name":"node_power","unit":{{"base":"W"}},"scope":"node","timestep":60,"aggregation":"sum","energy":"power","peak":900,"normal":700,"caution":300,"alert":100}}],
"subClusters":[{{"name":"main","nodes":"n[001-200]","processorType":"X","socketsPerNode":1,"coresPerSocket":2,"threadsPerCore":1,
"flopRateScalar":{{"unit":{{"base":"F/s","prefix":"G"}},"value":20}},"flopRateSimd":{{"unit":{{"base":"F/s","prefix":"G"}},"value":160}},
"memoryBandwidth":{{"unit":{{"base":"B/s","prefix":"G"}},"value":80}},
"topology":{{"node":[0,1],"socket":[[0,1]],"memoryDomain":[[0,1]],"core":[[0],[1]]}}}}]}})",
      name);
}

schema::Job finished_job(std::int64_t job_id, std::int64_t start_time, std::string_view cluster) {
  schema::Job job;
  job.job_id = job_id;
  job.cluster = cluster;
  job.sub_cluster = "main";
  job.partition = "work";
  job.project = "abc";
  job.user = "eve";
  job.shared = schema::Sharing::none;
  job.state = schema::JobState::completed;
  job.monitoring_status = schema::MonitoringStatus::running_or_archiving;
  job.num_nodes = 2;
  job.num_hwthreads = 4;
  job.start_time = start_time;
  job.duration = 3600;
  job.walltime = 7200;
  job.submit_time = start_time - 30;
  job.requested_memory = 64'000;
  job.resources = {{"n001", {0, 1}, {}, ""}, {"n002", {}, {"00000000:01:00.0"}, ""}};
  job.tags = {{"app", "gromacs", "global", 0}, {"note", "mine", "eve", 0}};
  job.meta_data = {{{"jobName", "sim <1>"}, {"jobScript", "#!/bin/bash\nsrun ./a.out\n"}}};
  return job;
}

std::string read_text(const fs::path& path) {
  return read_file(path, 1u << 30).value_or(std::string());
}

void write_text(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  REQUIRE(write_file(path, text, false));
}

std::string meta_json(const schema::Job& job) {
  std::string out;
  schema::write_meta_json(out, job);
  return out;
}

std::vector<std::string> list_tree(const fs::path& root) {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    out.push_back(fs::relative(entry.path(), root).string() +
                  (entry.is_directory() && !entry.is_symlink() ? "/" : ""));
  std::sort(out.begin(), out.end());
  return out;
}

void make_root(const fs::path& root) {
  if (fs::exists(root / kVersionFile)) return;
  write_text(root / kVersionFile, "3\n");
  write_text(root / "testcluster" / kClusterFile, cluster_json("testcluster"));
}

fs::path put_job(const fs::path& root, const schema::Job& job) {
  const auto folder = root / job_path(job);
  write_text(folder / kMetaFile, meta_json(job));
  return folder;
}

Config test_config(const fs::path& folder) {
  Config config;
  config.path = folder / "archive";
  config.finisher_batch = 4;
  config.import_batch = 4;
  config.retry_min = config.retry_max = config.aside_retry = std::chrono::milliseconds(1);
  return config;
}

World::World(const fs::path& folder, std::function<void(std::string_view)> at_point,
             const std::function<void(Config&)>& adjust, MetricAccess access)
    : config(test_config(folder)), metrics(std::move(access)) {
  if (adjust) adjust(config);
  root = config.path;
  make_root(root);
  storage::Config storage_config;
  storage_config.path = folder / "db";
  storage_config.cache_bytes = 8u << 20;
  storage_config.memtable_bytes = 4u << 20;
  storage_config.min_free_bytes = 0;
  auto opened = storage::Store::open(storage_config);
  REQUIRE_MESSAGE(opened, opened.error().detail);
  store = *std::move(opened);
  writer = std::make_unique<storage::Writer>(*store, storage::WriterConfig{}, telemetry);
  writer->start();
  auto read = Tree::open(config, OpenMode::write);
  REQUIRE_MESSAGE(read, read.error().detail);
  tree = *std::move(read);
  tree_writer = std::make_unique<TreeWriter>(config, std::move(at_point), tree->root());
  finisher = std::make_unique<Finisher>(
      config, Finisher::Parts{tree->clusters(), *tree_writer, *store, *writer, telemetry, metrics});
  importer = std::make_unique<Importer>(*tree, *tree_writer, *writer);
}

World::~World() {
  finisher->stop();
  writer->stop();
}

std::int64_t World::add(schema::Job job) {
  std::int64_t id = 0;
  auto done = writer->run([&](storage::Update& update) -> Result<void> {
    TRY(id, update.add_job(job));
    return {};
  });
  REQUIRE_MESSAGE(done, done.error().detail);
  return id;
}

void World::change(std::int64_t id, const std::function<void(schema::Job&)>& change) {
  auto done = writer->run([&](storage::Update& update) -> Result<void> {
    TRY(schema::Job job, update.get_job(id));
    change(job);
    return update.replace_job(std::move(job));
  });
  REQUIRE_MESSAGE(done, done.error().detail);
}

schema::Job World::indexed(std::int64_t id) const {
  auto job = store->snapshot()->read_job(id);
  REQUIRE(job);
  REQUIRE(*job);
  return ***job;
}

std::vector<schema::Job> World::all_indexed() const {
  const auto snapshot = store->snapshot();
  storage::jobs::PageSpec all;
  all.limit.reset();
  const auto page = storage::jobs::find_jobs(snapshot->jobs(), {}, {}, all, 0);
  REQUIRE(page);
  auto jobs = snapshot->read_jobs(page->items);
  REQUIRE(jobs);
  std::vector<schema::Job> out;
  for (const auto& job : *jobs) out.push_back(*job);
  return out;
}

std::size_t World::due() const { return store->archive_due(0, 1'000'000).size(); }

void World::settle() {
  if (!std::exchange(running_, true)) finisher->start();
  REQUIRE(finisher->wait_idle());
}

}  // namespace jobledger::archive
