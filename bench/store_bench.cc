// SPDX-License-Identifier: MIT
// The store alone: start and stop events in synced batches of 512, import without sync, and how
// long a store of that size takes to open after a crash. Beside the rates: those of RocksDB for the
// same bytes, two puts a job.
// usage: store_bench [JOBS ...]        default: 200000 2000000
#include "base/file.h"
#include "bench/job_generator.h"
#include "storage/database.h"
#include "storage/record_codec.h"
#include "storage/row_codec.h"
#include "storage/store.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::bench {
namespace {

using namespace storage;

constexpr std::uint64_t kEvents = 100'000;
constexpr std::uint64_t kEventBatch = 512;
constexpr std::uint64_t kImportBatch = 4096;

template <class T>
T check(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "store_bench: %s\n", result.error().detail.c_str());
    std::exit(1);
  }
  return *std::move(result);
}
void check(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "store_bench: %s\n", result.error().detail.c_str());
  std::exit(1);
}

// Adds up wall-clock and processor time of what it is told of; the making of jobs is not.
class Stopwatch {
 public:
  template <class Work>
  void time(Work work) {
    const auto wall = std::chrono::steady_clock::now();
    const std::clock_t cpu = std::clock();
    work();
    cpu_ += static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    wall_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  }
  void print(const char* what, std::uint64_t jobs) const {
    const auto n = static_cast<double>(jobs);
    std::printf("%-44s %9.0f /s  %6.2f us  (%.2f us of CPU, all threads)\n", what, n / wall_,
                wall_ / n * 1e6, cpu_ / n * 1e6);
  }

 private:
  double wall_ = 0, cpu_ = 0;
};

Config config_at(const std::filesystem::path& path) {
  Config config;
  config.path = path;
  return config;
}

schema::Job started(schema::Job job) {
  job.state = schema::JobState::running;
  job.monitoring_status = schema::MonitoringStatus::running_or_archiving;
  job.duration = 0;
  return job;
}

// Calls work(begin, end) for ranges of at most `batch` up to `count`.
template <class Work>
void for_batches(std::uint64_t count, std::uint64_t batch, Work work) {
  for (std::uint64_t begin = 0; begin < count; begin += batch) {
    work(begin, std::min(count, begin + batch));
  }
}

void bench_starts(Store& store, const JobGenerator& generator) {
  Stopwatch add, commit, both;
  for_batches(kEvents, kEventBatch, [&](std::uint64_t begin, std::uint64_t end) {
    std::vector<schema::Job> jobs;
    for (std::uint64_t i = begin; i < end; ++i) jobs.push_back(started(generator.make(i)));
    both.time([&] {
      Update update = store.begin_update();
      add.time([&] {
        for (schema::Job& job : jobs) check(update.add_job(std::move(job)));
      });
      commit.time([&] { check(store.commit(update)); });
    });
  });
  both.print("start: add_job, synced commit of 512", kEvents);
  add.print("  add_job", kEvents);
  commit.print("  its share of the commit", kEvents);
}

void bench_stops(Store& store, const JobGenerator& generator) {
  Stopwatch watch;
  for_batches(kEvents, kEventBatch, [&](std::uint64_t begin, std::uint64_t end) {
    std::vector<std::int64_t> job_ids;
    for (std::uint64_t i = begin; i < end; ++i) job_ids.push_back(generator.make(i).job_id);
    watch.time([&] {
      Update update = store.begin_update();
      for (const std::int64_t job_id : job_ids) {
        schema::Job job = check(update.get_job(update.find_jobs(job_id).back().id));
        job.state = schema::JobState::completed;
        job.duration = 3600;
        check(update.replace_job(std::move(job)));
      }
      check(store.commit(update));
    });
  });
  watch.print("stop: find, get, replace, synced commit of 512", kEvents);
}

void bench_raw(const std::filesystem::path& path, const JobGenerator& generator) {
  auto database = check(Database::open(config_at(path)));
  jobs::Dictionaries dictionaries;
  Stopwatch watch;
  for_batches(kEvents, kEventBatch, [&](std::uint64_t begin, std::uint64_t end) {
    std::vector<std::pair<std::string, std::string>> values;
    for (std::uint64_t i = begin; i < end; ++i) {
      const schema::Job job = started(generator.make(i));
      auto& [record, row] = values.emplace_back();
      encode_record(record, job, 1);
      encode_row(row, make_row(job, 1, dictionaries));
    }
    watch.time([&] {
      rocksdb::WriteBatch batch;
      for (std::uint64_t i = begin; i < end; ++i) {
        const std::string key = job_key(static_cast<std::int64_t>(i + 1));
        database->put(batch, Family::jobs, key, values[i - begin].first);
        database->put(batch, Family::rows, key, values[i - begin].second);
      }
      check(database->write(batch, true));
    });
  });
  watch.print("raw: two puts of the same bytes, synced", kEvents);
}

void bench_size(const std::filesystem::path& folder, std::uint64_t jobs) {
  JobShape shape;
  shape.jobs = jobs;
  shape.statistics = true;
  const JobGenerator generator(shape);
  const auto path = folder / "db";
  {
    auto store = check(Store::open(config_at(path)));
    Stopwatch watch;
    for_batches(jobs, kImportBatch, [&](std::uint64_t begin, std::uint64_t end) {
      std::vector<schema::Job> batch;
      for (std::uint64_t i = begin; i < end; ++i) batch.push_back(generator.make(i));
      watch.time([&] {
        Update update = store->begin_update();
        for (schema::Job& job : batch) check(update.add_job(std::move(job)));
        check(store->commit(update, end == jobs));
      });
    });
    watch.print("import: add_job, commit of 4096 without sync", jobs);
    // What a killed process leaves.
    std::filesystem::copy(path, folder / "crashed", std::filesystem::copy_options::recursive);
  }
  for (const char* name : {"crashed", "db"}) {
    Stopwatch watch;
    std::unique_ptr<Store> store;
    watch.time([&] { store = check(Store::open(config_at(folder / name))); });
    const StoreStats stats = store->stats();
    watch.print(name == std::string("db") ? "open after a clean end" : "open after a crash", 1);
    std::printf("  %llu jobs: table %.1f MB, dictionaries %.1f MB, on disk %.1f MB\n",
                static_cast<unsigned long long>(stats.table.jobs),
                static_cast<double>(stats.table.memory_bytes) / 1e6,
                static_cast<double>(stats.dictionary_bytes) / 1e6,
                static_cast<double>(stats.rocksdb.at("live-sst-files-size")) / 1e6);
  }
}

void run(std::vector<std::uint64_t> sizes) {
  const TemporaryDirectory folder;
  JobShape shape;
  shape.jobs = kEvents;
  const JobGenerator generator(shape);
  bench_raw(folder.path() / "raw", generator);
  {
    auto store = check(Store::open(config_at(folder.path() / "events")));
    bench_starts(*store, generator);
    bench_stops(*store, generator);
  }
  for (const std::uint64_t jobs : sizes) {
    std::printf("\n%llu jobs with statistics\n", static_cast<unsigned long long>(jobs));
    const auto path = folder.path() / std::to_string(jobs);
    std::filesystem::create_directory(path);
    bench_size(path, jobs);
  }
}

}  // namespace
}  // namespace jobledger::bench

int main(int argc, char** argv) {
  std::vector<std::uint64_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  if (sizes.empty()) sizes = {200'000, 2'000'000};
  jobledger::bench::run(std::move(sizes));
}
