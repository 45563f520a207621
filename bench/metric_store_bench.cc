// SPDX-License-Identifier: MIT
// The metric store alone: nodes like the field's (profile B of a CPU node: 11 metrics of 144
// hardware threads, 4 of 2 sockets, 24 of the node) measured once a minute, in synced batches;
// sealing; bytes on disk; reads of a running job; memory of the head and the time to open after a
// crash. usage: metric_store_bench [HOSTS HOURS]...     default: 64 25 and 1000 1.1
#include "base/file.h"
#include "base/telemetry.h"
#include "bench/metric_generator.h"
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

constexpr std::int64_t kBegin = 1'700'000'040;
constexpr std::size_t kPatterns = 12;         // different hosts; more repeat them
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

struct Metric {
  std::string name;
  std::string scope, aggregation;
  std::size_t elements;
  MetricModel model;
};

std::vector<Metric> profile() {
  std::vector<Metric> all;
  const auto add = [&](const char* name, const char* scope, const char* how, std::size_t elements,
                       MetricModel model) {
    all.push_back({name, scope, how, elements, model});
  };
  add("cpu_user", "hwthread", "avg", 144, MetricModel::cpu_user);
  add("cpu_system", "hwthread", "avg", 144, MetricModel::cpu_system);
  add("cpu_idle", "hwthread", "avg", 144, MetricModel::cpu_idle);
  add("cpu_iowait", "hwthread", "avg", 144, MetricModel::cpu_iowait);
  add("cpu_irq", "hwthread", "avg", 144, MetricModel::zero);
  add("clock", "hwthread", "avg", 144, MetricModel::clock_mhz);
  add("ipc", "hwthread", "avg", 144, MetricModel::ipc);
  add("flops_any", "hwthread", "sum", 144, MetricModel::flops);
  add("flops_dp", "hwthread", "sum", 144, MetricModel::flops);
  add("flops_sp", "hwthread", "sum", 144, MetricModel::zero);
  add("vectorization_ratio", "hwthread", "avg", 144, MetricModel::vectorization);
  add("mem_bw", "socket", "sum", 2, MetricModel::mem_bw);
  for (const char* name : {"cpu_power", "mem_power", "core_power"}) {
    add(name, "socket", "sum", 2, MetricModel::socket_power);
  }
  add("cpu_load", "node", "avg", 1, MetricModel::load);
  add("mem_used", "node", "sum", 1, MetricModel::mem_used_gb);
  for (int i = 0; i < 22; ++i) {
    all.push_back({"rate_" + std::to_string(i), "node", "sum", 1, MetricModel::rate});
  }
  return all;
}

std::string list(int from, int to, int step = 1) {
  std::string text;
  for (int i = from; i < to; i += step) text += (text.empty() ? "" : ",") + std::to_string(i);
  return text;
}

schema::Clusters make_clusters(const std::vector<Metric>& metrics) {
  std::string text = R"({"name":"fritz","metricConfig":[)";
  for (const Metric& m : metrics) {
    if (&m != &metrics.front()) text += ',';
    text += R"({"name":")" + m.name + R"(","unit":{"base":""},"scope":")" + m.scope +
            R"(","aggregation":")" + m.aggregation +
            R"(","timestep":60,"peak":1,"normal":1,"caution":1,"alert":1})";
  }
  std::string cores;
  for (int c = 0; c < 72; ++c) {
    cores += (c > 0 ? ",[" : "[") + std::to_string(c) + "," + std::to_string(c + 72) + "]";
  }
  const auto part = [](int from, int to) {
    return "[" + list(from, to) + "," + list(from + 72, to + 72) + "]";
  };
  text += R"(],"subClusters":[{"name":"main","nodes":"f[0000-9999]","processorType":"X",
    "socketsPerNode":2,"coresPerSocket":36,"threadsPerCore":2,
    "flopRateScalar":{"unit":{"base":"F/s"},"value":1},"flopRateSimd":{"unit":{"base":"F/s"},"value":1},
    "memoryBandwidth":{"unit":{"base":"B/s"},"value":1},"topology":{"node":[)" +
          list(0, 144) + R"(],"socket":[)" + part(0, 36) + "," + part(36, 72) +
          R"(],"memoryDomain":[)" + part(0, 18) + "," + part(18, 36) + "," + part(36, 54) + "," +
          part(54, 72) + R"(],"core":[)" + cores + "]}}]}";
  std::vector<schema::Cluster> clusters;
  clusters.push_back(check(schema::parse_cluster(text)));
  return schema::Clusters(std::move(clusters));
}

// A day of values of a few hosts, and batches made of them.
class Load {
 public:
  Load(const std::vector<Metric>& metrics, std::uint32_t hosts) : metrics_(metrics), hosts_(hosts) {
    for (std::size_t p = 0; p < kPatterns; ++p) {
      HostWindow window(p + 1, {64, p % 4 != 3, true});
      for (const Metric& metric : metrics) {
        values_.push_back(window.make(metric.model, metric.elements));
      }
    }
    for (std::uint32_t h = 0; h < hosts; ++h) {
      char name[16];
      std::snprintf(name, sizeof name, "f%04u", h);
      names_.emplace_back(name);
    }
    numbers_.reserve(144);
    for (int i = 0; i < 144; ++i) numbers_.push_back(std::to_string(i));
  }

  // One tick of the hosts [from, to).
  const metrics::SampleBatch& batch(std::uint32_t from, std::uint32_t to, std::int64_t tick) {
    batch_.clear();
    const std::int64_t time = kBegin + tick * 60;
    batch_.log_time = time + 10;
    batch_.elements.push_back({});
    for (const auto& number : numbers_) batch_.elements.push_back({"hwthread", number, {}, {}});
    for (int s = 0; s < 2; ++s)
      batch_.elements.push_back({"socket", numbers_[static_cast<std::size_t>(s)], {}, {}});
    for (const Metric& m : metrics_) batch_.metrics.push_back({"fritz", m.name, 60});
    for (std::uint32_t h = from; h < to; ++h) {
      batch_.hosts.push_back({"fritz", names_[h]});
      add_host(h - from, h % kPatterns, static_cast<std::size_t>(tick % 64), time + h % 50);
    }
    return batch_;
  }
  std::size_t series() const {
    std::size_t sum = 0;
    for (const Metric& m : metrics_) sum += m.elements;
    return sum;
  }
  std::uint32_t hosts() const { return hosts_; }

 private:
  void add_host(std::uint32_t host, std::size_t pattern, std::size_t slot, std::int64_t time) {
    for (std::uint32_t m = 0; m < metrics_.size(); ++m) {
      const std::size_t n = metrics_[m].elements;
      const std::vector<float>& values = values_[pattern * metrics_.size() + m];
      const std::uint32_t first = n == 144 ? 1 : n == 2 ? 145 : 0;
      for (std::uint32_t e = 0; e < n; ++e) {
        batch_.samples.push_back({m, host, first + e, values[e * 64 + slot], time});
      }
    }
  }

  const std::vector<Metric>& metrics_;
  const std::uint32_t hosts_;
  std::vector<std::vector<float>> values_;
  std::vector<std::string> names_, numbers_;
  metrics::SampleBatch batch_;
};

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
