// SPDX-License-Identifier: MIT
// Answers about metrics over HTTP: a running job of 64 nodes, 24 hours and 10 metrics from a real
// store of our own; an archived job of 2 nodes and 24 hours, all metrics and scopes that an archive
// holds, decoded anew each time and kept decoded; the nodes of a cluster. One client on loopback,
// who shares the machine; whole answers, uncompressed.
// usage: metric_http_bench [HOSTS]        default: 64
#include "archive/job_metrics.h"
#include "archive/job_path.h"
#include "archive/job_samples.h"
#include "base/file.h"
#include "base/gzip.h"
#include "bench/http_load.h"
#include "bench/http_site.h"
#include "bench/metric_site.h"
#include "schema/job_json.h"
#include "sources/own_store.h"
#include "storage/metric_keeper.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kTicks = 25 * 60;
constexpr std::int64_t kNow = kBegin + kTicks * 60;
constexpr std::int32_t kDay = 86'400;

class OnlyOwn : public sources::SourceMap {
 public:
  explicit OnlyOwn(sources::MetricSource& own) : own_(own) {}
  sources::MetricSource& source_of(std::string_view, std::string_view) const override {
    return own_;
  }

 private:
  sources::MetricSource& own_;
};

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

archive::Tree make_tree(const fs::path& root, const std::vector<Metric>& metrics,
                        std::size_t cache_bytes) {
  fs::create_directories(root / "fritz");
  must(write_file(root / "version.txt", "3\n", false));
  must(write_file(root / "fritz" / "cluster.json", cluster_text(metrics), false));
  archive::Config config;
  config.path = root;
  config.data_cache_bytes = cache_bytes;
  return must(archive::Tree::open(config, archive::OpenMode::read));
}

schema::Job make_job(std::int64_t job_id, const Load& load, std::uint32_t hosts) {
  schema::Job job;
  job.job_id = job_id;
  job.cluster = "fritz";
  job.sub_cluster = "main";
  job.user = "eve";
  job.num_nodes = static_cast<std::int32_t>(hosts);
  job.start_time = kNow - kDay;
  for (std::uint32_t h = 0; h < hosts; ++h) job.resources.push_back({load.name(h), {}, {}, ""});
  return job;
}

// A store with a day of samples, a running job of all hosts, and an archived one of two.
class World {
 public:
  explicit World(std::uint32_t hosts)
      : metrics_(profile()),
        load_(metrics_, hosts),
        tree_(make_tree(folder_.path() / "archive", metrics_, 256u << 20)),
        cold_tree_(make_tree(folder_.path() / "archive", metrics_, 0)) {
    storage::Config config;
    config.path = folder_.path() / "db";
    store_ = must(storage::Store::open(config));
    storage::Writer writer(*store_, storage::WriterConfig(), telemetry_);
    writer.start();
    fill(writer, config);
    add_job(writer, make_job(1, load_, hosts));
    archive(writer, 2, 1u << 30);
    archive(writer, 3, 9'300'000);
    writer.stop();
  }

  httpd::Services services(bool cold) {
    httpd::Services services;
    services.store = [this] { return store_.get(); };
    services.clusters = [this] { return tree_.clusters(); };
    services.metrics = [this, cold] { return cold ? &cold_metrics_ : &metric_reader_; };
    services.now = [] { return kNow; };
    return services;
  }

 private:
  void fill(storage::Writer& writer, const storage::Config& config) {
    storage::MetricKeeper keeper(config.metrics, tree_.clusters(), *store_, writer, telemetry_);
    const auto begin = Clock::now();
    for (std::int64_t tick = 0; tick < kTicks; ++tick) {
      for (std::uint32_t from = 0; from < load_.hosts(); from += 64) {
        const auto& batch = load_.batch(from, std::min(from + 64, load_.hosts()), tick);
        must(writer.run([&](storage::Update& update) -> Result<void> {
          update.put_samples(batch);
          return {};
        }));
      }
      must(keeper.keep());
    }
    std::printf("%u hosts, 25 h of %zu series each, put and sealed in %.0f s\n", load_.hosts(),
                load_.series(), ms_since(begin) / 1e3);
  }

  void add_job(storage::Writer& writer, schema::Job job) {
    must(writer.run([&](storage::Update& update) -> Result<void> {
      TRY(update.add_job(std::move(job)));
      return {};
    }));
  }

  // What the archive keeps of two nodes, without the first metrics until the text is as short as
  // that; and how long its parts take.
  void archive(storage::Writer& writer, std::int64_t job_id, std::size_t most_bytes) {
    schema::Job job = make_job(job_id, load_, 2);
    job.state = schema::JobState::completed;
    job.duration = kDay;
    job.monitoring_status = schema::MonitoringStatus::archived;
    const auto snapshot = store_->snapshot();
    sources::ReadContext context;
    context.snapshot = snapshot.get();
    auto data = must(archive::read_job_samples(job, *tree_.clusters(), sources_, context, {}));
    std::string json;
    schema::write_metric_data(json, data);
    while (json.size() > most_bytes) {
      data.metrics.erase(data.metrics.begin());
      json.clear();
      schema::write_metric_data(json, data);
    }
    const auto place = tree_.config().path / archive::job_path(job);
    fs::create_directories(place);
    must(write_file(place / "data.json.gz", gzip(json, tree_.config().gzip_level), false));
    auto begin = Clock::now();
    const std::string packed = must(read_file(place / "data.json.gz", 1u << 30));
    const std::string text = must(gunzip(packed, 1u << 30));
    const double unpack = ms_since(begin);
    begin = Clock::now();
    must(schema::parse_metric_data(text));
    std::printf("data.json.gz: %.1f MB, unpacked %.1f MB: unpacking %.1f ms, parsing %.1f ms\n",
                static_cast<double>(packed.size()) / 1e6, static_cast<double>(text.size()) / 1e6,
                unpack, ms_since(begin));
    add_job(writer, std::move(job));
  }

  TemporaryDirectory folder_;
  Telemetry telemetry_;
  const std::vector<Metric> metrics_;
  Load load_;
  archive::Tree tree_, cold_tree_;
  std::unique_ptr<storage::Store> store_;
  sources::OwnStore own_{tree_.clusters()};
  OnlyOwn sources_{own_};
  archive::JobMetrics metric_reader_{tree_, &sources_, telemetry_};
  archive::JobMetrics cold_metrics_{cold_tree_, &sources_, telemetry_};
};

constexpr const char* kTen =
    "[\"cpu_user\", \"cpu_system\", \"clock\", \"ipc\", \"flops_any\", \"flops_dp\", \"mem_bw\", "
    "\"cpu_power\", \"cpu_load\", \"mem_used\"]";
// What the field's front end asks of a metric, and the same without statistics series.
constexpr const char* kPlot =
    "{ name scope metric { unit { prefix base } timestep statisticsSeries { min mean median max } "
    "series { hostname id data statistics { min avg max } } } }";
constexpr const char* kSeries =
    "{ name scope metric { unit { prefix base } timestep series { hostname id data statistics { "
    "min avg max } } } }";

std::string running(const std::string& more, const char* fields) {
  return "{ jobMetrics(id: 1, metrics: " + std::string(kTen) + ", scopes: [node], " + more + ") " +
         fields + " }";
}

void measure(const Site& site, const char* name, const std::string& query) {
  const LoadResult result = run_load(site.port(), post_query(query), 1, std::chrono::seconds(4));
  std::printf("%-66s median %7.1f ms  99%% %7.1f ms  CPU %7.1f ms  %6.2f MB\n", name,
              result.median_ms, result.p99_ms, result.server_cpu_us / 1000,
              static_cast<double>(result.answer_bytes) / 1e6);
  std::fflush(stdout);
}

std::string nodes(const char* field, int hours, const char* metrics, const char* fields) {
  const auto time = [](std::int64_t seconds) {
    std::time_t at = seconds;
    char text[32];
    std::strftime(text, sizeof text, "%FT%TZ", std::gmtime(&at));
    return std::string(text);
  };
  return "{ " + std::string(field) + "(cluster: \"fritz\", metrics: " + metrics + ", from: \"" +
         time(kNow - hours * 3600) + "\", to: \"" + time(kNow) + "\") " + fields + " }";
}

void run(std::uint32_t hosts) {
  World world(hosts);
  Site site(world.services(false)), cold(world.services(true));
  measure(site, "smallest query (raw limit)", "{ __typename }");
  measure(site, "running job: 10 metrics x 24 h, native", running("resolution: 0", kSeries));
  measure(site, "... with statistics series", running("resolution: 0", kPlot));
  measure(site, "... resolution 600", running("resolution: 600", kSeries));
  measure(site, "... resolution 600, with statistics series", running("resolution: 600", kPlot));
  measure(site, "... statistics only",
          running("resolution: 0", "{ name metric { series { statistics { avg } } } }"));
  measure(site, "running job: jobStats of 10 metrics",
          "{ jobStats(id: 1, metrics: " + std::string(kTen) + ") { name data { avg min max } } }");
  for (const char* id : {"2", "3"}) {
    const std::string all = fmt::format("{{ jobMetrics(id: {}, resolution: 0) {} }}", id, kSeries);
    measure(cold, "archived job: all metrics of 2 nodes x 24 h, decoded anew", all);
    measure(site, "... kept decoded", all);
  }
  measure(site, "... kept decoded, resolution 600",
          "{ jobMetrics(id: 2, resolution: 600) " + std::string(kSeries) + " }");
  measure(site, "nodeMetrics: all hosts, 1 metric, 4 h",
          nodes("nodeMetrics", 4, "[\"cpu_load\"]",
                "{ host nodeState subCluster metrics { name metric { timestep series { data "
                "statistics { min avg max } } } } }"));
  measure(site, "nodeMetrics: all hosts, 2 metrics, 1 h, averages",
          nodes("nodeMetrics", 1, "[\"flops_any\", \"mem_bw\"]",
                "{ host metrics { name metric { series { statistics { avg } } } } }"));
  measure(site, "clusterMetrics: 2 metrics, 8 h",
          nodes("clusterMetrics", 8, "[\"flops_any\", \"mem_bw\"]",
                "{ nodeCount metrics { name unit { prefix base } timestep data } }"));
}

}  // namespace
}  // namespace jobledger::bench

int main(int argc, char** argv) {
  const int hosts = argc > 1 ? std::atoi(argv[1]) : 64;
  jobledger::bench::run(static_cast<std::uint32_t>(std::max(hosts, 2)));
  return 0;
}
