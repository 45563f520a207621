// SPDX-License-Identifier: MIT
// The metric store alone: nodes like the field's (profile B of a CPU node: 11 metrics of 144
// hardware threads, 4 of 2 sockets, 24 of the node) measured once a minute, in synced batches;
// sealing; bytes on disk; reads of a running job; memory of the head and the time to open after a
// crash. usage: metric_store_bench [HOSTS HOURS]...     default: 64 25 and 1000 1.1
#include "base/file.h"
#include "base/telemetry.h"
#include "bench/metric_site.h"
#include "storage/metric_keeper.h"
#include "storage/metric_reader.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::bench {
namespace {

using namespace storage;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kHostsPerBatch = 64;  // one message of a host each

template <class T>
T check(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "metric_store_bench: %s\n", result.error().detail.c_str());
    std::exit(1);
  }
  return *std::move(result);
}
void check(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "metric_store_bench: %s\n", result.error().detail.c_str());
  std::exit(1);
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

schema::Clusters make_clusters(const std::vector<Metric>& metrics) {
  std::vector<schema::Cluster> clusters;
  clusters.push_back(check(schema::parse_cluster(cluster_text(metrics))));
  return schema::Clusters(std::move(clusters));
}

std::uintmax_t folder_bytes(const std::filesystem::path& path) {
  std::uintmax_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) sum += entry.file_size();
  }
  return sum;
}

void read_job(const Store& store, const schema::Clusters& clusters, std::uint32_t hosts,
              std::int64_t to) {
  const TimeRange range{to - 24 * 3600, to, 60};
  for (const bool values : {true, false}) {
    for (int round = 0; round < 3; ++round) {
      const auto begin = Clock::now();
      const auto snapshot = store.snapshot();
      MetricReader reader = check(MetricReader::open(*snapshot, clusters, range));
      std::size_t points = 0;
      for (std::uint32_t h = 0; h < hosts; ++h) {
        char name[16];
        std::snprintf(name, sizeof name, "f%04u", h);
        for (const char* metric : {"cpu_user", "cpu_system", "clock", "ipc", "flops_any",
                                   "flops_dp", "mem_bw", "cpu_power", "cpu_load", "mem_used"}) {
          const auto series =
              reader.read_rollups({"fritz", name}, metric, schema::MetricScope::node, values);
          for (const MeasuredSeries& one : series) points += one.summary.count;
        }
      }
      std::printf("node scope, %u nodes x 24 h x 10 metrics, %s   %.1f ms (%zu points)\n", hosts,
                  values ? "values" : "statistics", seconds_since(begin) * 1e3, points);
    }
  }
}

[[noreturn]] void fill(const Config& config, std::uint32_t hosts, double hours) {
  const std::vector<Metric> metrics = profile();
  const auto clusters = std::make_shared<const schema::Clusters>(make_clusters(metrics));
  Load load(metrics, hosts);
  const auto ticks = static_cast<std::int64_t>(hours * 60);
  std::printf("\n%u hosts x %zu series, %.1f h\n", hosts, load.series(), hours);
  double put_time = 0, keep_time = 0;
  std::uint64_t samples = 0, sealed_bytes = 0;
  {
    auto store = check(Store::open(config));
    Telemetry telemetry;
    Writer writer(*store, WriterConfig(), telemetry);
    writer.start();
    MetricKeeper keeper(config.metrics, clusters, *store, writer, telemetry);
    const std::size_t before = resident_bytes();
    for (std::int64_t tick = 0; tick < ticks; ++tick) {
      for (std::uint32_t from = 0; from < hosts; from += kHostsPerBatch) {
        const auto& batch = load.batch(from, std::min(from + kHostsPerBatch, hosts), tick);
        const auto begin = Clock::now();
        check(writer.run([&](Update& update) -> Result<void> {
          update.put_samples(batch);
          update.set_position({"M", 1, static_cast<std::uint64_t>(tick + 1)});
          return {};
        }));
        put_time += seconds_since(begin);
        samples += batch.samples.size();
      }
      const auto begin = Clock::now();
      sealed_bytes += check(keeper.keep()).block_bytes;
      keep_time += seconds_since(begin);
    }
    std::printf("put and commit, synced: %.2fM samples/s; sealing %.1f%% on top\n",
                static_cast<double>(samples) / put_time / 1e6, keep_time / put_time * 100);
    const double series = static_cast<double>(load.series()) * hosts;
    std::printf("resident memory: %.0f B a series (%zu MB, %zu MB before)\n",
                static_cast<double>(resident_bytes() - before) / series, resident_bytes() >> 20,
                before >> 20);
    if (sealed_bytes > 0) {
      const auto sealed = static_cast<double>(samples) * (static_cast<double>(ticks) - 37) /
                          static_cast<double>(ticks);
      std::printf("sealed blocks: %.2f B a sample (about); folder %.0f MB\n",
                  static_cast<double>(sealed_bytes) / sealed,
                  static_cast<double>(folder_bytes(config.path)) / 1e6);
    }
    if (hours >= 24) read_job(*store, *clusters, std::min(hosts, 64u), kBegin + ticks * 60);
    std::fflush(stdout);
    std::_Exit(0);  // as by kill -9: nothing is closed
  }
}

void run(std::uint32_t hosts, double hours) {
  TemporaryDirectory folder;
  Config config;
  config.path = folder.path() / "db";
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) fill(config, hosts, hours);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) std::exit(1);
  const auto begin = Clock::now();
  auto again = check(Store::open(config));
  std::size_t ticks = 0;
  for (const auto& host : again->snapshot()->metric_head().hosts)
    ticks += host ? host->ticks.size() : 0;
  std::printf("open after a crash: %.2f s (%zu ticks in the head)\n", seconds_since(begin), ticks);
}

}  // namespace
}  // namespace jobledger::bench

int main(int argc, char** argv) {
  using jobledger::bench::run;
  if (argc < 3) {
    run(64, 25);
    run(1000, 1.1);
    return 0;
  }
  for (int i = 1; i + 1 < argc; i += 2) {
    run(static_cast<std::uint32_t>(std::atoi(argv[i])), std::atof(argv[i + 1]));
  }
}
