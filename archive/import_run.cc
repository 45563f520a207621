// SPDX-License-Identifier: MIT
#include "archive/import_run.h"

#include "archive/job_folder.h"
#include "archive/job_path.h"
#include "schema/job_check.h"
#include "schema/job_json.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace jobledger::archive {
namespace {

// Batches at the Writer at once: a bound on memory, and enough to keep it busy.
constexpr std::size_t kMaxSubmitted = 8;
constexpr std::chrono::milliseconds kTick{200};
constexpr std::string_view kRunning = "jobState: a running job is no archived one";
constexpr std::string_view kOtherInTree =
    "in the archive tree already, with other contents, which the index has now";
constexpr std::string_view kMisplaced = "the folder belongs to another job than its meta.json";

}  // namespace

struct Importer::Run::Worker {
  FileReader reader;
  std::string name, expected;  // used again and again
  std::vector<schema::Job> jobs;
};

Importer::Run::Run(const Tree& tree, TreeWriter& tree_writer, storage::Writer& writer,
                   ImportSource source)
    : tree_(tree),
      tree_writer_(tree_writer),
      writer_(writer),
      source_(std::move(source)),
      config_(tree.config()) {}

void Importer::Run::Shared::fail(Error error) {
  const std::lock_guard lock(mutex);
  if (!failure) failure = std::move(error);
  failed = true;
  changed.notify_all();
}

bool Importer::Run::should_stop() const { return shared_->failed || (stop_ != nullptr && *stop_); }

// The Writer may be unable to commit for long, and whoever stops us does not wake us.
void Importer::Run::wait(std::unique_lock<std::mutex>& lock, const std::function<bool()>& holds) {
  while (!should_stop() && !holds()) shared_->changed.wait_for(lock, kTick);
}

Result<void> Importer::Run::outcome() {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->failure) return *shared_->failure;
  if (should_stop()) return Error{ErrorKind::cancelled, "the import was stopped"};
  return {};
}

Result<ImportReport> Importer::Run::run(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  stop_ = options.stop;
  if (!source_.own) TRY(tree_writer_.prepare());
  auto done = source_.single ? import_single() : import_tree(options);
  ended_ = true;
  if (!done) return std::move(done).error();
  ImportReport report;
  report.found = found_;
  report.imported = shared_->imported;
  report.unchanged = shared_->unchanged;
  report.skipped = shared_->skipped.total();
  report.skipped_because = shared_->skipped.by_count();
  report.ignored = shared_->ignored.by_count();
  report.took = std::chrono::steady_clock::now() - begin;
  return report;
}

ImportProgress Importer::Run::progress() const {
  ImportProgress progress;
  progress.running = !ended_;
  progress.units = units_;
  progress.units_done = units_done_;
  progress.found = found_;
  progress.imported = shared_->imported;
  progress.unchanged = shared_->unchanged;
  progress.skipped = shared_->skipped.total();
  return progress;
}

Result<void> Importer::Run::import_tree(const Options& options) {
  std::vector<std::string> stray;
  TRY(const auto clusters, list_clusters(source_.root, staging_path(config_), &stray));
  for (const std::string& name : stray) shared_->ignored.add(name, "not a folder");
  std::vector<Worker> workers(std::max<std::size_t>(config_.import_threads, 1));
  TRY(const Walk walk, Walk::open(source_.root, clusters, visitor_of(workers.front())));
  units_ = walk.units();
  shared_->working = workers.size();
  std::vector<std::thread> threads;
  for (Worker& worker : workers) threads.emplace_back([&] { work(worker, walk); });
  wait_for_workers(options);
  for (std::thread& thread : threads) thread.join();
  return finish_batches(workers);
}

void Importer::Run::work(Worker& worker, const Walk& walk) {
  Walk::Walker walker(walk);
  const WalkVisitor visitor = visitor_of(worker);
  while (!should_stop()) {
    const std::uint64_t unit = next_unit_++;
    if (unit >= walk.units()) break;
    walker.visit(unit, visitor);
    ++units_done_;
  }
  const std::lock_guard lock(shared_->mutex);
  --shared_->working;
  shared_->changed.notify_all();
}

void Importer::Run::wait_for_workers(const Options& options) {
  std::unique_lock lock(shared_->mutex);
  while (!shared_->changed.wait_for(lock, kTick, [this] { return shared_->working == 0; })) {
    lock.unlock();
    if (options.tick) options.tick(progress());
    lock.lock();
  }
}

// What the workers hold back, the last of it synced, and with it all that was submitted before.
Result<void> Importer::Run::finish_batches(std::vector<Worker>& workers) {
  std::vector<std::vector<schema::Job>> rest;
  for (Worker& worker : workers)
    if (!worker.jobs.empty() && !should_stop()) rest.push_back(std::move(worker.jobs));
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (!source_.own) {
      auto copied = copy_in(rest[i]);
      if (!copied) shared_->fail(std::move(copied).error());
    }
    if (!should_stop()) submit(std::move(rest[i]), i + 1 == rest.size());
  }
  {
    std::unique_lock lock(shared_->mutex);
    wait(lock, [this] { return shared_->submitted == 0; });
  }
  return outcome();
}

Result<void> Importer::Run::import_single() {
  units_ = 1;
  found_ = 1;
  Worker worker;
  const auto file = source_.root / kMetaFile;
  auto json = worker.reader.read(AT_FDCWD, file.c_str(), config_.max_meta_bytes);
  if (!json) return std::move(json).error().in(file.string());
  auto job = check(*json, source_.own_path, worker.expected);
  if (!job) return std::move(job).error().in(file.string());
  std::vector<Worker> workers;
  worker.jobs.push_back(*std::move(job));
  workers.push_back(std::move(worker));
  units_done_ = 1;
  return finish_batches(workers);
}

WalkVisitor Importer::Run::visitor_of(Worker& worker) {
  WalkVisitor visitor;
  visitor.job = [this, &worker](const FoundJob& found) {
    if (!should_stop()) take(worker, found);
  };
  visitor.stray = [this](std::string_view path, std::string_view why) {
    shared_->ignored.add(path, why);
  };
  return visitor;
}

void Importer::Run::take(Worker& worker, const FoundJob& found) {
  found_.fetch_add(1, std::memory_order_relaxed);
  worker.name.assign(found.name).append("/").append(kMetaFile);
  const auto json = worker.reader.read(found.parent, worker.name.c_str(), config_.max_meta_bytes);
  if (!json) {
    const bool absent = json.error().kind == ErrorKind::not_found;
    return shared_->skipped.add(
        found.path, absent ? "meta.json: missing" : "meta.json: " + json.error().detail);
  }
  auto job = check(*json, found.path, worker.expected);
  if (!job) return shared_->skipped.add(found.path, job.error().detail);
  // The last batch of a worker is never sent from here, so that one is left to be synced.
  if (worker.jobs.size() >= std::max<std::size_t>(config_.import_batch, 1)) flush(worker);
  worker.jobs.push_back(*std::move(job));
}

// `path`: where the job lies in its tree; empty: anywhere.
Result<schema::Job> Importer::Run::check(std::string_view json, std::string_view path,
                                         std::string& expected) {
  TRY(schema::Job job, schema::parse_meta_json(json));
  if (job.is_running()) return invalid(std::string(kRunning));
  TRY(check_job(job));
  if (!path.empty()) {
    expected.clear();
    append_job_path(expected, job.cluster, job.job_id, job.start_time);
    if (expected != path) return invalid(std::string(kMisplaced));
  }
  job.id = 0;
  job.monitoring_status = schema::MonitoringStatus::archived;
  for (schema::Tag& tag : job.tags) tag.id = 0;
  schema::derive_footprint_and_energy(job, *tree_.clusters());
  return job;
}

// A sub-cluster that was renamed or taken away since stays what the record says.
Result<void> Importer::Run::check_job(schema::Job& job) const {
  const schema::Cluster* cluster = tree_.clusters()->find(job.cluster);
  const bool gone = cluster != nullptr && !job.sub_cluster.empty() &&
                    cluster->find_sub_cluster(job.sub_cluster) == nullptr;
  if (!gone) return schema::check_job(job, *tree_.clusters());
  const std::string recorded = std::exchange(job.sub_cluster, cluster->sub_clusters.front().name);
  TRY(schema::check_job(job, *tree_.clusters()));
  job.sub_cluster = recorded;
  return {};
}

void Importer::Run::flush(Worker& worker) {
  std::vector<schema::Job> jobs;
  jobs.reserve(config_.import_batch);
  jobs.swap(worker.jobs);
  if (!source_.own) {
    auto copied = copy_in(jobs);
    if (!copied) return shared_->fail(std::move(copied).error());
  }
  submit(std::move(jobs), false);
}

void Importer::Run::submit(std::vector<schema::Job> jobs, bool sync) {
  {
    std::unique_lock lock(shared_->mutex);
    wait(lock, [this] { return shared_->submitted < kMaxSubmitted; });
    if (should_stop()) return;
    ++shared_->submitted;
  }
  auto batch = std::make_shared<std::vector<schema::Job>>(std::move(jobs));
  auto counts = std::make_shared<ImportCounts>();
  storage::Work work;
  work.sync = sync;
  work.apply = [batch, counts, shared = shared_](storage::Update& update) -> Result<void> {
    *counts = add_jobs(update, std::move(*batch), shared->skipped);
    return {};
  };
  work.done = [counts, shared = shared_](Result<void> done) {
    if (!done) shared->fail(std::move(done).error());
    const std::lock_guard lock(shared->mutex);
    if (!shared->failed) {
      shared->imported += counts->imported;
      shared->unchanged += counts->unchanged;
    }
    --shared->submitted;
    shared->changed.notify_all();
  };
  if (writer_.submit(std::move(work))) return;
  shared_->fail({ErrorKind::cancelled, "the daemon stops"});
  const std::lock_guard lock(shared_->mutex);
  --shared_->submitted;
  shared_->changed.notify_all();
}

// Brings the folders of those that the index does not know into our tree, durable. The jobs that
// cannot come leave the list.
Result<void> Importer::Run::copy_in(std::vector<schema::Job>& jobs) {
  TRY(jobs, drop_known(std::move(jobs)));
  std::vector<schema::Job> adopted = adopt(jobs);
  std::vector<Staged> staged;
  auto done = stage_copies(jobs, staged);
  if (done) done = tree_writer_.sync();
  std::vector<schema::Job> placed;
  for (std::size_t i = 0; i < staged.size(); ++i) {
    if (!done) {
      tree_writer_.discard(staged[i]);
      continue;
    }
    auto moved = tree_writer_.place(staged[i]);
    if (moved) {
      placed.push_back(std::move(jobs[i]));
      continue;
    }
    tree_writer_.discard(staged[i]);
    if (moved.error().kind == ErrorKind::unavailable)
      done = std::move(moved).error();
    else
      shared_->skipped.add(staged[i].target, moved.error().detail);
  }
  TRY(std::move(done));
  jobs = std::move(placed);
  std::move(adopted.begin(), adopted.end(), std::back_inserter(jobs));
  return tree_writer_.sync();
}

// Takes out of the list the jobs that our tree has though the index does not: an import that ended
// early left them. The index gets them as they stand there, as the tree is what other programs
// read.
std::vector<schema::Job> Importer::Run::adopt(std::vector<schema::Job>& jobs) {
  std::vector<schema::Job> adopted, absent;
  FileReader reader;
  std::string expected;
  for (schema::Job& job : jobs) {
    const std::string path = job_path(job);
    const auto read = [&]() -> Result<std::string_view> {
      TRY(const Fd folder,
          open_job_folder(config_.path, {job.cluster, job.job_id, job.start_time}));
      return reader.read(folder.get(), kMetaFile, config_.max_meta_bytes);
    };
    auto json = tree_writer_.has_job(path) ? read() : Error{ErrorKind::not_found, {}};
    if (!json && json.error().kind == ErrorKind::not_found) {
      absent.push_back(std::move(job));
      continue;
    }
    auto present = json ? check(*json, path, expected) : std::move(json).error();
    if (!present) {
      shared_->skipped.add(path,
                           "in the archive tree already, unreadable: " + present.error().detail);
      continue;
    }
    if (!is_same_job(*present, job)) shared_->skipped.add(path, std::string(kOtherInTree));
    adopted.push_back(*std::move(present));
  }
  jobs = std::move(absent);
  return adopted;
}

// Jobs that the index has are left to add_jobs(), which tells equal ones from others; they are
// submitted at once, as nothing of them is copied.
Result<std::vector<schema::Job>> Importer::Run::drop_known(std::vector<schema::Job> jobs) {
  // The work may be done after this run was stopped: it holds what it needs.
  struct Lookup {
    std::vector<schema::NaturalKey> keys;
    std::vector<bool> known;
    bool done = false;
  };
  auto lookup = std::make_shared<Lookup>();
  for (const schema::Job& job : jobs)
    lookup->keys.push_back({job.cluster, job.job_id, job.start_time});
  storage::Work work;
  work.sync = false;
  work.apply = [lookup](storage::Update& update) -> Result<void> {
    for (const auto& key : lookup->keys) lookup->known.push_back(find_job(update, key).has_value());
    return {};
  };
  work.done = [lookup, shared = shared_](Result<void> done) {
    if (!done) shared->fail(std::move(done).error());
    const std::lock_guard lock(shared->mutex);
    lookup->done = true;
    shared->changed.notify_all();
  };
  if (!writer_.submit(std::move(work))) return Error{ErrorKind::cancelled, "the daemon stops"};
  {
    std::unique_lock lock(shared_->mutex);
    wait(lock, [&] { return lookup->done; });
  }
  TRY(outcome());
  std::vector<schema::Job> present, absent;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    (lookup->known[i] ? present : absent).push_back(std::move(jobs[i]));
  if (!present.empty()) submit(std::move(present), false);
  return absent;
}

std::filesystem::path Importer::Run::folder_of(const schema::Job& job) const {
  return source_.single ? source_.root : source_.root / job_path(job);
}

// Afterwards jobs[i] belongs to staged[i].
Result<void> Importer::Run::stage_copies(std::vector<schema::Job>& jobs,
                                         std::vector<Staged>& staged) {
  std::vector<schema::Job> kept;
  for (schema::Job& job : jobs) {
    const std::string path = job_path(job);
    const auto folder = folder_of(job);
    JobData data = NoMetrics{};
    std::error_code error;
    for (const bool packed : {true, false}) {
      const auto file = folder / (packed ? kPackedDataFile : kDataFile);
      if (!std::filesystem::exists(std::filesystem::symlink_status(file, error))) continue;
      data = DataFile{file, packed};
      break;
    }
    auto done = tree_writer_.stage(job, data);
    if (!done) {
      if (done.error().kind == ErrorKind::unavailable) return std::move(done).error();
      shared_->skipped.add(path, done.error().detail);
      continue;
    }
    staged.push_back(*std::move(done));
    kept.push_back(std::move(job));
  }
  jobs = std::move(kept);
  return {};
}

}  // namespace jobledger::archive
