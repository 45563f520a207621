// SPDX-License-Identifier: MIT
#include "storage/store.h"

#include "base/log.h"
#include "storage/commit.h"
#include "storage/format.h"
#include "storage/load.h"
#include "storage/reconcile.h"
#include "storage/snapshot_impl.h"

#include <chrono>
#include <ctime>
#include <mutex>
#include <utility>

namespace jobledger::storage {

struct Store::Impl {
  explicit Impl(const Config& c) : config(c), cache(c.record_cache_bytes) {}

  Result<void> load();
  Result<void> recover();
  Result<void> settle();
  void publish();
  void update_due(std::span<const jobs::Row> rows);
  void drop_unneeded(const Update::Impl& changes, std::uint64_t log_begin_before);

  const Config config;
  std::unique_ptr<Database> database;
  RecordCache cache;
  SnapshotCounts snapshot_counts;
  std::atomic<std::uint64_t> unreadable_reports{0}, refused_nodes{0}, refused_tags{0};
  State state{config};
  bool reopening = false;  // the database was opened again, and no snapshot of it is published yet

  mutable std::mutex published_mutex;
  std::shared_ptr<const Snapshot> published;

  mutable std::mutex due_mutex;
  std::map<std::int64_t, std::uint32_t> due;  // id -> revision
  std::function<void()> on_due;
};

Result<void> Store::Impl::recover() {
  TRY(const bool reopened, database->recover());
  reopening = reopening || reopened;
  if (!reopening) return {};
  TRY(settle());
  TRY(const Counters stored, load_counters(*database));
  // One more is the batch whose write failed, found whole: its update is committed again.
  const std::uint64_t commits = state.counters.commits;
  CHECK(stored.commits == commits || stored.commits == commits + 1,
        "the disk lost unsynced batches: {} of {} are left; a restart reads what is there",
        stored.commits, commits);
  publish();
  reopening = false;
  return {};
}

// What cannot be settled now, though no table is to blame, is tried again at the next start.
Result<void> Store::Impl::settle() {
  auto settled = settle_lost_tables(*database, state);
  if (settled || database->needs_recovery()) return settled;
  if (settled.error().kind != ErrorKind::corrupt) return settled;
  LOG(error, "storage", "what a damaged table cost is not known: {}", settled.error().detail);
  return {};
}

void Store::Impl::publish() {
  const std::int64_t cutoff = history_cutoff(config, state.newest_report, std::time(nullptr));
  database->set_history_cutoff(removal_cutoff(cutoff));
  std::shared_ptr<const Snapshot> next(new Snapshot(
      std::make_unique<Snapshot::Impl>(*database, cache, state, cutoff, snapshot_counts)));
  std::lock_guard lock(published_mutex);
  published.swap(next);  // the old one, if nobody else holds it, goes after the lock
}

// After the commit that says that they are needed no more. What cannot be dropped now goes another
// time.
void Store::Impl::drop_unneeded(const Update::Impl& changes, std::uint64_t log_begin_before) {
  const auto note = [](const Result<void>& dropped) {
    if (!dropped) LOG(warning, "storage", "{}", dropped.error().detail);
  };
  const std::uint64_t log_begin = state.head.view->log_begin;
  if (log_begin > log_begin_before) {
    note(database->drop_files_before(Family::metric_log, metric_log_key(log_begin)));
  }
  for (const std::int64_t period : database->periods()) {
    if (period < changes.first_period) note(database->drop_period(period));
  }
}

void Store::Impl::update_due(std::span<const jobs::Row> rows) {
  std::lock_guard lock(due_mutex);
  bool more = false;
  for (const jobs::Row& row : rows) {
    if (is_archive_due(row)) {
      due.insert_or_assign(row.id, row.revision);
      more = true;
    } else {
      due.erase(row.id);
    }
  }
  if (more && on_due) on_due();
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
  impl_->published.reset();
  CHECK(impl_->snapshot_counts.alive == 0, "{} snapshots outlive the store",
        impl_->snapshot_counts.alive.load());
}

Result<void> Store::Impl::load() {
  TRY(check_format(*database));
  TRY(const std::vector<jobs::JobRef> refs, load_state(*database, config, state));
  for (const jobs::JobRef& ref : refs) due.emplace(ref.id, ref.revision);
  return {};
}

// Again after each damaged table that loading stumbles over.
Result<std::unique_ptr<Store::Impl>> Store::load(const Config& config,
                                                 std::unique_ptr<Database> database) {
  for (;;) {
    auto impl = std::make_unique<Impl>(config);
    impl->database = std::move(database);
    auto loaded = impl->load();
    if (loaded) return impl;
    database = std::move(impl->database);
    if (!database->needs_recovery()) return std::move(loaded).error();
    TRY(database->recover());
  }
}

Result<std::unique_ptr<Store>> Store::open(const Config& config) {
  return open(config, DatabaseHooks());
}

Result<std::unique_ptr<Store>> Store::open(const Config& config, const DatabaseHooks& hooks) {
  const auto started = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  };
  TRY(std::unique_ptr<Database> database, Database::open(config, hooks));
  const double opened = seconds();
  auto loaded = load(config, std::move(database));
  if (!loaded) return std::move(loaded).error().in("database " + config.path.string());
  std::unique_ptr<Impl> impl = *std::move(loaded);
  impl->publish();
  LOG(info, "storage", "open path={} jobs={} due={} replay_s={:.2f} total_s={:.2f}",
      config.path.string(), impl->state.table.stats().jobs, impl->due.size(), opened, seconds());
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

std::shared_ptr<const Snapshot> Store::snapshot() const {
  std::lock_guard lock(impl_->published_mutex);
  return impl_->published;
}

Update Store::begin_update() {
  return Update(std::make_unique<Update::Impl>(impl_->config, *impl_->database, impl_->state));
}

Result<void> Store::commit(Update& update, bool sync) {
  const Update::Impl& changes = *update.impl_;
  CHECK(changes.version == impl_->state.counters.commits,
        "an update is committed that another overtook");
  TRY(impl_->recover());
  if (changes.empty()) return sync ? impl_->database->sync() : Result<void>();
  TRY(Effects effects, encode_update(impl_->config, impl_->state, changes, *impl_->database));
  TRY(impl_->database->write(effects.batch, sync));
  const std::uint64_t log_begin = impl_->state.head.view->log_begin;
  apply_effects(impl_->state, changes, effects);
  impl_->drop_unneeded(changes, log_begin);
  impl_->refused_nodes += effects.refused_nodes;
  impl_->refused_tags += changes.refused_tags;
  impl_->unreadable_reports += effects.unreadable_reports;
  impl_->publish();
  impl_->update_due(effects.rows);  // after, so that snapshots know what is due
  update = begin_update();
  return {};
}

std::optional<CheckedTable> Store::check_table_after(std::uint64_t number) const {
  return impl_->database->check_table_after(number);
}

bool Store::needs_recovery() const { return impl_->database->needs_recovery(); }

std::vector<jobs::JobRef> Store::archive_due(std::int64_t after, std::size_t limit) const {
  std::vector<jobs::JobRef> refs;
  std::lock_guard lock(impl_->due_mutex);
  for (auto at = impl_->due.upper_bound(after); at != impl_->due.end() && refs.size() < limit;
       ++at) {
    refs.push_back({at->first, at->second});
  }
  return refs;
}

void Store::on_archive_due(std::function<void()> told) {
  std::lock_guard lock(impl_->due_mutex);
  impl_->on_due = std::move(told);
}

StoreStats Store::stats() const {
  const auto now = snapshot();
  StoreStats stats;
  stats.table = now->jobs().stats();
  stats.dictionary_bytes = now->jobs().dictionaries().memory_bytes();
  stats.record_cache_bytes = impl_->cache.bytes();
  stats.dead_letters = now->dead_letter_count();
  stats.dead_letters_dropped = now->dead_letters_dropped();
  stats.dead_letter_reserve_touched =
      is_reserve_touched(impl_->config, {stats.dead_letters, now->dead_letter_bytes()});
  stats.parked_stops = now->parked_stop_count();
  stats.reads = impl_->snapshot_counts.reads;
  stats.refused_nodes = impl_->refused_nodes;
  stats.refused_tags = impl_->refused_tags;
  stats.unreadable_reports = impl_->unreadable_reports;
  stats.damaged_tables = impl_->database->damaged_tables();
  stats.damaged_jobs = now->damaged_jobs().size();
  stats.unreadable_log_entries = impl_->state.unreadable_log_entries;
  stats.unreadable_blocks = impl_->snapshot_counts.unreadable_blocks;
  stats.rocksdb = impl_->database->properties();
  return stats;
}

}  // namespace jobledger::storage
