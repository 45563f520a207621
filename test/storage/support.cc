// SPDX-License-Identifier: MIT
#include "test/storage/support.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

namespace jobledger::storage {
namespace {

std::string random_text(std::mt19937_64& random, std::size_t max) {
  std::string text(random() % (max + 1), '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::vector<schema::NamedValue> random_values(std::mt19937_64& random) {
  std::vector<schema::NamedValue> values;
  const auto count = random() % 5;
  for (std::uint64_t i = 0; i < count; ++i) {
    values.push_back(
        {std::to_string(i) + random_text(random, 9), static_cast<double>(random() % 1000) / 7});
  }
  return values;
}

std::int32_t random_int(std::mt19937_64& random) {
  return static_cast<std::int32_t>(random()) >> (random() % 32);
}

}  // namespace

schema::Job simple_job(std::int64_t job_id, std::int64_t start_time, std::string cluster) {
  schema::Job job;
  job.job_id = job_id;
  job.cluster = std::move(cluster);
  job.sub_cluster = "main";
  job.partition = "multinode";
  job.project = "k106eb";
  job.user = "k106eb10";
  job.start_time = start_time;
  job.num_nodes = 2;
  job.num_hwthreads = 144;
  job.walltime = 86400;
  job.resources.push_back({"f0201", {}, {}, {}});
  job.resources.push_back({"f0202", {}, {}, {}});
  job.meta_data.emplace().emplace_back("jobName", "sim");
  return job;
}

schema::Job random_job(std::mt19937_64& random) {
  schema::Job job;
  job.job_id = static_cast<std::int64_t>(random());
  for (auto* text : {&job.cluster, &job.sub_cluster, &job.partition, &job.project, &job.user}) {
    *text = random_text(random, 20);
  }
  job.shared = static_cast<schema::Sharing>(random() % 3);
  job.state = static_cast<schema::JobState>(random() % schema::kJobStateCount);
  job.monitoring_status = static_cast<schema::MonitoringStatus>(random() % 4);
  for (auto* number : {&job.smt, &job.num_nodes, &job.num_acc, &job.num_hwthreads, &job.duration}) {
    *number = random_int(random);
  }
  for (auto* number : {&job.array_job_id, &job.start_time, &job.walltime, &job.submit_time,
                       &job.requested_memory}) {
    *number = static_cast<std::int64_t>(random()) >> (random() % 64);
  }
  job.energy = random() % 2 ? 0 : static_cast<double>(random() % 100000) / 100;
  job.resources.resize(random() % 6);
  for (auto& resource : job.resources) {
    resource.hostname = random_text(random, 12);
    std::int32_t thread = random_int(random) / 2;
    for (auto n = random() % 40; n > 0; --n) {
      resource.hwthreads.push_back(thread);
      thread += random() % 4 ? 1 : random_int(random) / 64;
    }
    resource.accelerators.resize(random() % 3, random_text(random, 16));
    resource.configuration = random_text(random, 5);
  }
  for (auto n = random() % 3; n > 0; --n) {
    job.tags.push_back({"type", std::to_string(random() % 9), "global"});
  }
  if (random() % 2) job.footprint = random_values(random);
  if (random() % 2) job.energy_footprint = random_values(random);
  if (random() % 2) job.meta_data.emplace().emplace_back("jobName", random_text(random, 300));
  if (random() % 2) {
    auto& statistics = job.statistics.emplace(random() % 4);
    for (auto& s : statistics) s = {random_text(random, 12), {"F/s", "G"}, 1.5, -2, 1e300};
  }
  return job;
}

Config small_config(const std::filesystem::path& path) {
  Config config;
  config.path = path;
  config.cache_bytes = 2 << 20;
  config.memtable_bytes = 512 << 10;
  config.max_wal_bytes = 512 << 10;
  config.record_cache_bytes = 1 << 20;
  config.min_free_bytes = 1;
  return config;
}

void TestStore::require(bool ok) { REQUIRE(ok); }

Result<void> TestStore::try_open() {
  store_.reset();
  TRY(store_, Store::open(config_, hooks_));
  return {};
}

void TestStore::reopen() {
  const auto opened = try_open();
  REQUIRE_MESSAGE(opened.has_value(), opened.error().detail);
}

std::int64_t TestStore::add(schema::Job job) {
  Update update = store_->begin_update();
  const auto id = update.add_job(std::move(job));
  REQUIRE_MESSAGE(id.has_value(), id.error().detail);
  const auto committed = store_->commit(update);
  REQUIRE_MESSAGE(committed.has_value(), committed.error().detail);
  return *id;
}

schema::Job TestStore::read(std::int64_t id) const {
  const auto job = store_->snapshot()->read_job(id);
  REQUIRE(job.has_value());
  REQUIRE(job->has_value());
  return ***job;
}

std::vector<std::int64_t> TestStore::due() const {
  std::vector<std::int64_t> ids;
  for (const jobs::JobRef& ref : store_->archive_due(0, 1000)) ids.push_back(ref.id);
  return ids;
}

}  // namespace jobledger::storage
