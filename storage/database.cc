// SPDX-License-Identifier: MIT
#include "storage/database.h"

#include "base/file.h"
#include "base/log.h"
#include "storage/damaged_table.h"
#include "storage/database_options.h"
#include "storage/manifest_copy.h"
#include "storage/private_files.h"
#include "storage/rocks_error.h"
#include "storage/salvage.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/listener.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace jobledger::storage {
namespace {

constexpr std::size_t kProbeBytes = 1 << 20;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// Leaves recovery to Database::recover(): RocksDB's own, in a thread of its own, may abort or hang.
class ErrorWatch : public rocksdb::EventListener {
 public:
  explicit ErrorWatch(std::shared_ptr<DiskTrouble> trouble) : trouble_(std::move(trouble)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    trouble_->note_failure(*status);
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  std::shared_ptr<DiskTrouble> trouble_;
};

std::unique_ptr<rocksdb::Env> make_env(rocksdb::Env* base) {
  return rocksdb::NewCompositeEnv(with_manifest_copy(with_private_files(base->GetFileSystem())));
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const Config& config, const DatabaseHooks& hooks) {
  TRY(make_directories(config.path));
  make_private(config.path);
  std::unique_ptr<Database> database(new Database(config, hooks));
  TRY(database->open_files());
  return database;
}

Database::Database(const Config& config, const DatabaseHooks& hooks)
    : config_(config), hooks_(hooks), env_(make_env(hooks.env)) {}

Result<void> Database::open_files() {
  TRY(restore_manifest(config_.path));
  OpenPlan plan = plan_open(config_, env_.get(), history_cutoff_);
  cache_ = plan.cache;
  plan.options.listeners.push_back(std::make_shared<ErrorWatch>(trouble_));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  TRY(rocksdb::DB* const db, open_undamaged(plan, handles));
  adopt(db, handles);
  return restore_lost(plan);
}

void Database::adopt(rocksdb::DB* db, const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  db_.reset(db);
  std::copy_n(handles.begin(), kFamilyCount, families_.begin());
  std::lock_guard lock(periods_mutex_);
  for (auto at = handles.begin() + kFamilyCount; at != handles.end(); ++at) {
    if (const auto period = parse_period_name((*at)->GetName())) {
      periods_.emplace(*period, std::make_shared<PeriodFamily>(*db_, *at));
    } else {
      unknown_families_.push_back(*at);
    }
  }
}

Database::~Database() { close_files(); }

void Database::close_files() {
  if (!db_) return;
  for (const rocksdb::Snapshot* point : points_) db_->ReleaseSnapshot(point);
  points_.clear();
  for (auto*& handle : families_) {
    (void)db_->DestroyColumnFamilyHandle(handle);
    handle = nullptr;
  }
  for (auto* handle : unknown_families_) (void)db_->DestroyColumnFamilyHandle(handle);
  unknown_families_.clear();
  periods_.clear();
  if (const auto status = db_->Close(); !status.ok()) {
    LOG(warning, "storage", "close path={} error={}", config_.path.string(), status.ToString());
  }
  db_.reset();
}

// So that a database that can still be read is not closed in vain.
Result<void> Database::probe_disk() const {
  const std::string name = (config_.path / "probe.log").string();
  std::unique_ptr<rocksdb::WritableFile> file;
  auto status = hooks_.env->NewWritableFile(name, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Append(std::string(kProbeBytes, 'x'));
  if (status.ok()) status = file->Sync();
  if (status.ok()) status = file->Close();
  file.reset();
  (void)hooks_.env->DeleteFile(name);
  if (!status.ok()) return rocks_error("disk: probe", status);
  return {};
}

Result<bool> Database::recover() {
  if (!trouble_->any()) return false;
  TRY(check_space());
  TRY(probe_disk());
  std::unique_lock lock(gate_);
  if (!trouble_->failed()) flush_before_closing();
  close_files();
  ++epoch_;
  if (auto opened = open_files(); !opened) {
    trouble_->note_failure();
    return std::move(opened).error().in("disk");
  }
  LOG(info, "storage", "opened again after an error of the disk path={}", config_.path.string());
  unsynced_ = false;
  return true;
}

// So that nothing depends on the log, which may be damaged, too. Not after a failed write.
void Database::flush_before_closing() {
  if (!db_) return;
  std::vector<rocksdb::ColumnFamilyHandle*> all(families_.begin(), families_.end());
  for (const auto& [day, family] : periods_) all.push_back(family->handle());
  if (const auto status = db_->Flush(rocksdb::FlushOptions(), all); !status.ok()) {
    LOG(warning, "storage", "flush before closing: {}", status.ToString());
  }
}

ReadPoint Database::make_read_point() {
  std::shared_lock lock(gate_);
  std::lock_guard points_lock(points_mutex_);
  return {epoch_, *points_.insert(db_->GetSnapshot()).first};
}

void Database::release(const ReadPoint& point) {
  std::shared_lock lock(gate_);
  if (point.epoch != epoch_) return;
  std::lock_guard points_lock(points_mutex_);
  points_.erase(point.snapshot);
  db_->ReleaseSnapshot(point.snapshot);
}

Result<rocksdb::ReadOptions> Database::read_options(const ReadPoint* point) const {
  rocksdb::ReadOptions options;
  if (!db_ || (point != nullptr && point->epoch != epoch_)) {
    return Error{ErrorKind::unavailable, "the database was closed after a disk error: ask again"};
  }
  if (point != nullptr) options.snapshot = point->snapshot;
  return options;
}

void Database::put(rocksdb::WriteBatch& batch, Family to, std::string_view key,
                   std::string_view value) const {
  auto status = batch.Put(family(to), slice(key), slice(value));
  if (to == Family::state) status = batch.Put(family(Family::state_copy), slice(key), slice(value));
  CHECK(status.ok(), "put into a batch: {}", status.ToString());
}

void Database::put(rocksdb::WriteBatch& batch, std::int64_t period, std::string_view key,
                   std::string_view value) const {
  std::lock_guard lock(periods_mutex_);
  const auto to = periods_.find(period);
  CHECK(to != periods_.end(), "a block of {}, which was not made", period_name(period));
  const auto status = batch.Put(to->second->handle(), slice(key), slice(value));
  CHECK(status.ok(), "put into a batch: {}", status.ToString());
}

void Database::erase(rocksdb::WriteBatch& batch, Family from, std::string_view key) const {
  auto status = batch.Delete(family(from), slice(key));
  if (from == Family::state) status = batch.Delete(family(Family::state_copy), slice(key));
  CHECK(status.ok(), "delete in a batch: {}", status.ToString());
}

Result<void> Database::check_space() const {
  TRY(const std::uintmax_t free,
      hooks_.free_bytes ? hooks_.free_bytes(config_.path) : free_bytes(config_.path));
  if (free < config_.min_free_bytes) {
    return Error{ErrorKind::unavailable,
                 fmt::format("disk: {} MB free at {}, storage.min_free_bytes asks for {} MB",
                             free >> 20, config_.path.string(), config_.min_free_bytes >> 20)};
  }
  return {};
}

Result<void> Database::write(rocksdb::WriteBatch& batch, bool sync) {
  TRY(check_space());
  rocksdb::WriteOptions options;
  options.sync = sync;
  if (const auto status = db_->Write(options, &batch); !status.ok()) {
    trouble_->note_failure();
    return rocks_error("disk: write", status);
  }
  unsynced_ = !sync;
  return {};
}

Result<void> Database::sync() {
  if (!unsynced_) return {};
  if (const auto status = db_->FlushWAL(true); !status.ok()) {
    trouble_->note_failure();
    return rocks_error("disk: sync", status);
  }
  unsynced_ = false;
  return {};
}

Result<std::optional<std::string>> Database::get(Family from, std::string_view key,
                                                 const ReadPoint* point) const {
  std::shared_lock lock(gate_);
  TRY(const rocksdb::ReadOptions options, read_options(point));
  std::string value;
  auto status = db_->Get(options, family(from), slice(key), &value);
  note(status);
  if (status.IsCorruption() && from == Family::state) {
    status = db_->Get(options, family(Family::state_copy), slice(key), &value);
  }
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return rocks_error("read " + describe_key(from, key), status);
  return std::optional(std::move(value));
}

Result<std::vector<Result<rocksdb::PinnableSlice>>> Database::get_all(
    Family from, const std::vector<std::string>& keys, const ReadPoint* point,
    bool fill_cache) const {
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<Result<rocksdb::PinnableSlice>> outcomes;
  outcomes.reserve(keys.size());
  std::shared_lock lock(gate_);
  TRY(rocksdb::ReadOptions options, read_options(point));
  options.fill_cache = fill_cache;
  db_->MultiGet(options, family(from), keys.size(), slices.data(), values.data(), statuses.data());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].ok()) {
      outcomes.emplace_back(std::move(values[i]));
      continue;
    }
    note(statuses[i]);
    outcomes.emplace_back(rocks_error("read " + describe_key(from, keys[i]), statuses[i]));
  }
  return outcomes;
}

Result<void> Database::scan(
    Family from_family, std::string_view from, std::string_view to,
    const std::function<Result<void>(std::string_view, std::string_view)>& visit,
    const ReadPoint* point) const {
  std::shared_lock lock(gate_);
  TRY(rocksdb::ReadOptions options, read_options(point));
  const rocksdb::Slice upper = slice(to);
  if (!to.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options, family(from_family)));
  for (at->Seek(slice(from)); at->Valid(); at->Next()) {
    TRY(visit(view(at->key()), view(at->value())));
  }
  note(at->status());
  if (!at->status().ok()) {
    return rocks_error(fmt::format("scan {}", family_name(from_family)), at->status());
  }
  return {};
}

std::vector<std::int64_t> Database::periods() const {
  std::vector<std::int64_t> days;
  std::lock_guard lock(periods_mutex_);
  for (const auto& [day, family] : periods_) days.push_back(day);
  return days;
}

Result<void> Database::make_period(std::int64_t period) {
  {
    std::lock_guard lock(periods_mutex_);
    if (periods_.contains(period)) return {};
  }
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  const auto status =
      db_->CreateColumnFamily(period_options(config_, cache_), period_name(period), &handle);
  if (!status.ok()) {
    trouble_->note_failure();
    return rocks_error("disk: make " + period_name(period), status);
  }
  std::lock_guard lock(periods_mutex_);
  periods_.emplace(period, std::make_shared<PeriodFamily>(*db_, handle));
  return {};
}

Result<void> Database::drop_period(std::int64_t period) {
  PeriodPtr family;
  {
    std::lock_guard lock(periods_mutex_);
    const auto at = periods_.find(period);
    if (at == periods_.end()) return {};
    family = at->second;
  }
  if (const auto status = db_->DropColumnFamily(family->handle()); !status.ok()) {
    trouble_->note_failure();
    return rocks_error("disk: drop " + period_name(period), status);
  }
  std::lock_guard lock(periods_mutex_);
  periods_.erase(period);
  return {};
}

Result<PeriodAccess> Database::open_periods(std::int64_t first, std::int64_t last,
                                            const ReadPoint* point) const {
  PeriodAccess access;
  access.gate = std::shared_lock(gate_);
  TRY(access.options, read_options(point));
  access.db = db_.get();
  std::lock_guard lock(periods_mutex_);
  for (auto at = periods_.lower_bound(first); at != periods_.end() && at->first <= last; ++at) {
    access.periods.push_back(at->second);
  }
  return access;
}

Result<void> Database::drop_files_before(Family from, std::string_view key) {
  const rocksdb::Slice end = slice(key);
  const auto status = rocksdb::DeleteFilesInRange(db_.get(), family(from), nullptr, &end, false);
  if (status.ok()) return {};
  trouble_->note_failure();
  return rocks_error("disk: drop files", status);
}

std::map<std::string, std::uint64_t> Database::properties() const {
  using P = rocksdb::DB::Properties;
  std::map<std::string, std::uint64_t> values;
  std::shared_lock lock(gate_);
  if (!db_) return values;
  const auto add = [&](const std::string& name, bool sum) {
    std::uint64_t value = 0;
    const bool known =
        sum ? db_->GetAggregatedIntProperty(name, &value) : db_->GetIntProperty(name, &value);
    if (known) values[name.substr(sizeof("rocksdb.") - 1)] = value;
  };
  for (const auto& name :
       {P::kBlockCacheUsage, P::kBlockCachePinnedUsage, P::kActualDelayedWriteRate,
        P::kIsWriteStopped, P::kNumSnapshots, P::kNumRunningFlushes, P::kNumRunningCompactions,
        P::kBackgroundErrors}) {
    add(name, false);
  }
  for (const auto& name :
       {P::kCurSizeAllMemTables, P::kEstimateTableReadersMem, P::kEstimatePendingCompactionBytes,
        P::kTotalSstFilesSize, P::kLiveSstFilesSize}) {
    add(name, true);
  }
  return values;
}

}  // namespace jobledger::storage
