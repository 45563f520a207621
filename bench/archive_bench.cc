// SPDX-License-Identifier: MIT
// Import of an archive tree, and archiving of stopped jobs without metrics, each beside the raw
// limit of the same run.
// usage: archive_bench [JOBS [FOLDER [--raw]]]     default: 200000, in the temporary folder
//        archive_bench --walk TREE
// --raw: prints the raw limit of archiving alone, as a bare number, and leaves its files.
// --walk: the raw limit of importing a tree of make_archive, twice, to be set beside --init-db.
// On ext4, creating files is slow for five minutes after many were removed: leave that much time
// between runs.
#include "archive/finisher.h"
#include "archive/importer.h"
#include "archive/job_path.h"
#include "archive/walk.h"
#include "base/file.h"
#include "base/log.h"
#include "bench/archive_generator.h"
#include "schema/job_json.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace jobledger::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kThreads = 2;
constexpr std::uint64_t kBatch = 512;

struct Cost {
  double seconds = 0,
         cpu_seconds = 0;  // the latter of all threads, which a busy machine blurs less
};

double cpu_now() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Cost timed(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = cpu_now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          cpu_now() - cpu};
}

void must(const Result<void>& result) { CHECK(result, "{}", result.error().detail); }

void row(const char* what, std::uint64_t jobs, const Cost& cost) {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto count = static_cast<double>(jobs);
  std::printf("%-64s %8.0f jobs/s  %6.2f s  %6.1f us CPU a job  %5ld MB\n", what,
              count / cost.seconds, cost.seconds, cost.cpu_seconds / count * 1e6,
              usage.ru_maxrss / 1024);
  std::fflush(stdout);
}

// What no import can do without: find, read and parse every meta.json.
std::uint64_t read_all(const fs::path& root) {
  archive::WalkVisitor ignore;
  ignore.job = [](const archive::FoundJob&) {};
  ignore.stray = [](std::string_view, std::string_view) {};
  auto walk = archive::Walk::open(root, {"fritz", "alex"}, ignore);
  CHECK(walk, "{}", walk.error().detail);
  std::atomic<std::uint64_t> next = 0, jobs = 0;
  const auto work = [&] {
    archive::Walk::Walker walker(*walk);
    archive::FileReader reader;
    archive::WalkVisitor visitor = ignore;
    visitor.job = [&](const archive::FoundJob& found) {
      const std::string name = std::string(found.name) + "/meta.json";
      auto json = reader.read(found.parent, name.c_str(), 1u << 24);
      CHECK(json, "{}", json.error().detail);
      CHECK(schema::parse_meta_json(*json), "{}", found.path);
      ++jobs;
    };
    for (std::uint64_t unit = next++; unit < walk->units(); unit = next++)
      walker.visit(unit, visitor);
  };
  std::vector<std::thread> pool;
  for (std::size_t i = 0; i < kThreads; ++i) pool.emplace_back(work);
  for (std::thread& thread : pool) thread.join();
  return jobs;
}

struct Ledger {
  explicit Ledger(const fs::path& folder, const fs::path& root) {
    config.path = root;
    storage::Config storage_config;
    storage_config.path = folder;
    auto opened = storage::Store::open(storage_config);
    CHECK(opened, "{}", opened.error().detail);
    store = *std::move(opened);
    writer = std::make_unique<storage::Writer>(*store, storage::WriterConfig{}, telemetry);
    writer->start();
    auto read = archive::Tree::open(config, archive::OpenMode::write);
    CHECK(read, "{}", read.error().detail);
    tree.emplace(*std::move(read));
    tree_writer.emplace(config);
  }
  ~Ledger() { writer->stop(); }

  archive::Config config;
  Telemetry telemetry;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<storage::Writer> writer;
  std::optional<archive::Tree> tree;
  std::optional<archive::TreeWriter> tree_writer;
};

void bench_import(const fs::path& folder, const JobGenerator& jobs) {
  const auto root = folder / "archive";
  must(make_archive_root(root));
  must(fill_archive(root, jobs, kThreads));
  must(sync_file_system(root));
  read_all(root);  // warm
  std::uint64_t found = 0;
  const Cost raw = timed([&] { found = read_all(root); });
  row("raw limit of an import: walk, read and parse, 2 threads", found, raw);
  Ledger ledger(folder / "db", root);
  archive::Importer importer(*ledger.tree, *ledger.tree_writer, *ledger.writer);
  const auto import = [&](bool again) {
    const Cost cost = timed([&] {
      auto report = importer.run(root, {});
      CHECK(report, "{}", report.error().detail);
      CHECK((again ? report->unchanged : report->imported) == found, "{}",
            archive::format_report(*report));
    });
    row(again ? "the same import again, nothing new" : "import into a new index", found, cost);
  };
  import(false);
  import(true);
}

// Two files and a rename for each job, one thread, one sync for each batch.
void archive_raw(const fs::path& root, const JobGenerator& jobs, std::uint64_t count) {
  const auto staging = root / "staging";
  must(make_directories(staging));
  std::string json;
  const auto write = [](const fs::path& path, std::string_view bytes) {
    must(write_file(path, bytes, false));
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto job = jobs.make(i);
    json.clear();
    schema::write_meta_json(json, job);
    const auto aside = staging / std::to_string(i);
    CHECK(::mkdir(aside.c_str(), 0777) == 0, "mkdir");
    write(aside / "meta.json", json);
    write(aside / "data.json", "{}\n");
    const auto target = root / archive::job_path(job);
    must(make_directories(target.parent_path()));
    CHECK(::rename(aside.c_str(), target.c_str()) == 0, "rename");
    if ((i + 1) % kBatch == 0) must(sync_file_system(root));
  }
  must(sync_file_system(root));
}

void bench_finish(const fs::path& folder, const JobGenerator& jobs, std::uint64_t count) {
  const Cost raw = timed([&] { archive_raw(folder / "raw", jobs, count); });
  row("raw limit of archiving: two files and a rename, syncfs per 512", count, raw);
  const auto root = folder / "finished";
  must(make_archive_root(root));
  Ledger ledger(folder / "db-finished", root);
  for (std::uint64_t begin = 0; begin < count; begin += kBatch) {
    must(ledger.writer->run([&](storage::Update& update) -> Result<void> {
      for (std::uint64_t i = begin; i < std::min(begin + kBatch, count); ++i) {
        auto job = jobs.make(i);
        job.state = schema::JobState::completed;
        job.monitoring_status = schema::MonitoringStatus::running_or_archiving;
        TRY(update.add_job(std::move(job)));
      }
      return {};
    }));
  }
  must(sync_file_system(root));
  archive::Finisher finisher(ledger.config, {ledger.tree->clusters(), *ledger.tree_writer,
                                             *ledger.store, *ledger.writer, ledger.telemetry});
  const Cost cost = timed([&] {
    finisher.start();
    finisher.wait_idle();
  });
  finisher.stop();
  CHECK(finisher.status().archived == count, "{} archived", finisher.status().archived);
  row("stopped jobs archived durably and marked in the index", count, cost);
}

}  // namespace
}  // namespace jobledger::bench

int main(int argc, char** argv) {
  using namespace jobledger;
  if (argc == 3 && std::string_view(argv[1]) == "--walk") {
    for (int i = 0; i < 2; ++i) {
      std::uint64_t found = 0;
      const bench::Cost raw = bench::timed([&] { found = bench::read_all(argv[2]); });
      bench::row("walk, read and parse, 2 threads", found, raw);
    }
    return 0;
  }
  bench::JobShape shape;
  if (argc > 1) shape.jobs = std::strtoull(argv[1], nullptr, 10);
  shape.statistics = true;
  shape.script_bytes = 600;
  set_log_level(LogLevel::warning);
  std::filesystem::path folder = argc > 2 ? argv[2] : std::filesystem::temp_directory_path();
  folder /= "jobledger-archive-bench-" + std::to_string(::getpid());
  bench::JobShape stops = shape;
  stops.statistics = false;
  stops.jobs = std::min<std::uint64_t>(shape.jobs, 50'000);
  const bench::JobGenerator stopped(stops);
  if (argc > 3 && std::string_view(argv[3]) == "--raw") {
    const bench::Cost raw =
        bench::timed([&] { bench::archive_raw(folder / "raw", stopped, stops.jobs); });
    std::printf("%.0f\n", static_cast<double>(stops.jobs) / raw.seconds);
    return 0;
  }
  bench::bench_import(folder, bench::JobGenerator(shape));
  bench::bench_finish(folder, stopped, stops.jobs);
  std::filesystem::remove_all(folder);
  return 0;
}
