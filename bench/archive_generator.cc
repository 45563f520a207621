// SPDX-License-Identifier: MIT
#include "bench/archive_generator.h"

#include "archive/job_path.h"
#include "base/file.h"
#include "schema/job_json.h"

#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace jobledger::bench {
namespace {

void add_metric(std::string& out, std::string_view name, std::string_view kind, bool power) {
  if (out.back() == '}') out += ',';
  out += R"({"name":")";
  out += name;
  out += R"(","unit":{"base":""},"scope":"node","timestep":60,"aggregation":"avg",)";
  if (!kind.empty()) out.append(R"("footprint":")").append(kind).append("\",");
  if (power) out += R"("energy":"power",)";
  out += R"("peak":100,"normal":50,"caution":20,"alert":10})";
}

void add_sub_cluster(std::string& out, std::string_view name, std::string_view nodes) {
  if (out.back() == '}') out += ',';
  out.append(R"({"name":")").append(name).append(R"(","nodes":")").append(nodes);
  out += R"(","processorType":"X","socketsPerNode":1,"coresPerSocket":2,"threadsPerCore":1,)"
         R"("flopRateScalar":{"unit":{"base":"F/s","prefix":"G"},"value":20},)"
         R"("flopRateSimd":{"unit":{"base":"F/s","prefix":"G"},"value":160},)"
         R"("memoryBandwidth":{"unit":{"base":"B/s","prefix":"G"},"value":80},)"
         R"("topology":{"node":[0,1],"socket":[[0,1]],"memoryDomain":[[0,1]],"core":[[0],[1]]}})";
}

std::string cluster_json(std::string_view name) {
  std::string out = R"({"name":")" + std::string(name) + R"(","metricConfig":[)";
  for (const char* metric : {"cpu_load", "flops_any", "mem_bw"})
    add_metric(out, metric, "avg", false);
  add_metric(out, "mem_used", "max", false);
  add_metric(out, "cpu_power", "", true);
  if (name == "alex") {
    add_metric(out, "acc_power", "", true);
    add_metric(out, "acc_utilization", "avg", false);
    add_metric(out, "acc_mem_used", "max", false);
  }
  out += R"(],"subClusters":[)";
  if (name == "fritz") {
    add_sub_cluster(out, "main", "f[0101-1256]");
    add_sub_cluster(out, "spr1tb", "f[2157-2180,2257-2280]");
    add_sub_cluster(out, "spr2tb", "f[2181-2188,2281-2288]");
  } else {
    add_sub_cluster(out, "a40", "a[0121-0522],a[1621-1722]");
    add_sub_cluster(out, "a100", "a[0601-0605,0701-0705,0801-0805,0901-0905]");
    add_sub_cluster(out, "a100m80", "a[0531-0537,0631-0633,0831,0931-0934]");
  }
  return out + "]}\n";
}

Result<void> write_job(const std::filesystem::path& root, const schema::Job& job,
                       std::string& json) {
  json.clear();
  schema::write_meta_json(json, job);
  const auto folder = root / archive::job_path(job);
  TRY(make_directories(folder));
  TRY(write_file(folder / archive::kMetaFile, json, false));
  return write_file(folder / archive::kDataFile, "{}\n", false);
}

}  // namespace

Result<void> make_archive_root(const std::filesystem::path& root) {
  TRY(make_directories(root));
  TRY(write_file(root / archive::kVersionFile, "3\n", false));
  for (const char* cluster : {"fritz", "alex"}) {
    TRY(make_directories(root / cluster));
    TRY(write_file(root / cluster / archive::kClusterFile, cluster_json(cluster), false));
  }
  return {};
}

Result<void> fill_archive(const std::filesystem::path& root, const JobGenerator& jobs,
                          std::size_t threads) {
  constexpr std::uint64_t kStep = 1000;
  std::atomic<std::uint64_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failure;
  const auto work = [&] {
    std::string json;
    for (std::uint64_t begin = next.fetch_add(kStep); begin < jobs.shape().jobs;
         begin = next.fetch_add(kStep)) {
      for (std::uint64_t i = begin; i < std::min(begin + kStep, jobs.shape().jobs); ++i) {
        schema::Job job = jobs.make(i);
        if (job.is_running()) continue;
        job.monitoring_status = schema::MonitoringStatus::archived;
        auto written = write_job(root, job, json);
        if (written) continue;
        const std::lock_guard lock(mutex);
        failure = std::move(written).error();
        return;
      }
    }
  };
  std::vector<std::thread> pool;
  for (std::size_t i = 0; i < threads; ++i) pool.emplace_back(work);
  for (std::thread& thread : pool) thread.join();
  if (failure) return *std::move(failure);
  return {};
}

}  // namespace jobledger::bench
