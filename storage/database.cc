// SPDX-License-Identifier: MIT
#include "storage/database.h"

#include "base/file.h"
#include "base/log.h"
#include "storage/node_history_filter.h"
#include "storage/rocks_error.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_buffer_manager.h>

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
  explicit ErrorWatch(std::shared_ptr<std::atomic<bool>> failed) : failed_(std::move(failed)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) override {
    *failed_ = true;
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  std::shared_ptr<std::atomic<bool>> failed_;
};

rocksdb::DBOptions database_options(const Config& config, const DatabaseHooks& hooks,
                                    const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::DBOptions options;
  options.env = hooks.env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_bgerror_resume_count = 0;
  options.max_background_jobs = std::max(config.background_jobs, 1);
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(config.memtable_bytes, cache);
  // What start has to replay after a crash.
  options.max_total_wal_size = config.max_wal_bytes;
  options.skip_stats_update_on_db_open = true;
  options.bytes_per_sync = 1 << 20;
  options.max_open_files = config.max_open_files;
  options.max_log_file_size = 4 << 20;
  options.keep_log_file_num = 4;
  options.info_log_level = rocksdb::WARN_LEVEL;
  return options;
}

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions options;
  options.block_cache = cache;
  options.block_size = 16 << 10;
  options.cache_index_and_filter_blocks = true;
  options.cache_index_and_filter_blocks_with_high_priority = true;
  options.pin_l0_filter_and_index_blocks_in_cache = true;
  options.format_version = 5;
  return options;
}

rocksdb::ColumnFamilyOptions family_options(Family family, const Config& config,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.compression = rocksdb::kLZ4Compression;
  options.level_compaction_dynamic_level_bytes = true;
  const bool large = family == Family::jobs;
  options.write_buffer_size =
      std::max<std::size_t>(config.memtable_bytes / (large ? 2 : 8), 64 << 10);
  rocksdb::BlockBasedTableOptions table = table_options(cache);
  if (family == Family::jobs || family == Family::dead_letters) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  }
  if (family == Family::dead_letters || family == Family::state) {
    // Dropped letters and stops leave tombstones that a scan would wade through.
    options.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(256, 128));
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Those that a newer format may have added. RocksDB opens nothing unless all are named, and the
// format version, which says it better, can only be read then.
std::vector<std::string> unknown_families(const rocksdb::DBOptions& options,
                                          const std::filesystem::path& path) {
  std::vector<std::string> names;
  if (!rocksdb::DB::ListColumnFamilies(options, path.string(), &names).ok()) return {};  // none yet
  std::erase_if(names, [](const std::string& name) {
    for (int i = 0; i < kFamilyCount; ++i) {
      if (name == family_name(static_cast<Family>(i))) return true;
    }
    return false;
  });
  return names;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const Config& config, const DatabaseHooks& hooks) {
  TRY(make_directories(config.path));
  std::unique_ptr<Database> database(new Database(config, hooks));
  TRY(database->open_files());
  return database;
}

Database::Database(const Config& config, const DatabaseHooks& hooks)
    : config_(config), hooks_(hooks) {}

Result<void> Database::open_files() {
  rocksdb::LRUCacheOptions cache_options;
  cache_options.capacity = config_.cache_bytes;
  cache_options.high_pri_pool_ratio = 0.3;
  const auto cache = rocksdb::NewLRUCache(cache_options);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (int i = 0; i < kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    auto options = family_options(family, config_, cache);
    if (family == Family::node_history) {
      options.compaction_filter_factory =
          std::make_shared<NodeHistoryFilterFactory>(history_cutoff_);
      // So that what is old is looked at even where nothing is written any more.
      options.periodic_compaction_seconds = static_cast<std::uint64_t>(
          std::max<std::int64_t>(config_.node_history.count() / 8, 3600));
    }
    descriptors.emplace_back(std::string(family_name(family)), std::move(options));
  }
  rocksdb::DBOptions options = database_options(config_, hooks_, cache);
  for (std::string& name : unknown_families(options, config_.path)) {
    descriptors.emplace_back(std::move(name), rocksdb::ColumnFamilyOptions());
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  options.listeners.push_back(std::make_shared<ErrorWatch>(failed_));
  const rocksdb::Status status =
      rocksdb::DB::Open(options, config_.path.string(), descriptors, &handles, &db);
  if (!status.ok()) {
    Error error = rocks_error("open " + config_.path.string(), status);
    // The usual reason; RocksDB's words for it name no process.
    if (error.detail.find("lock") != std::string::npos) {
      error.detail += " (does another jobledgerd use it?)";
    }
    return error;
  }
  db_.reset(db);
  std::copy_n(handles.begin(), kFamilyCount, families_.begin());
  unknown_families_.assign(handles.begin() + kFamilyCount, handles.end());
  return {};
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
  if (!*failed_) return false;
  TRY(check_space());
  TRY(probe_disk());
  std::unique_lock lock(gate_);
  close_files();
  ++epoch_;
  *failed_ = false;  // before opening, which may find the next error
  if (auto opened = open_files(); !opened) {
    *failed_ = true;
    return std::move(opened).error().in("disk");
  }
  LOG(info, "storage", "opened again after an error of the disk path={}", config_.path.string());
  unsynced_ = false;
  return true;
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
  const auto status = batch.Put(family(to), slice(key), slice(value));
  CHECK(status.ok(), "put into a batch: {}", status.ToString());
}

void Database::erase(rocksdb::WriteBatch& batch, Family from, std::string_view key) const {
  const auto status = batch.Delete(family(from), slice(key));
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
    *failed_ = true;
    return rocks_error("disk: write", status);
  }
  unsynced_ = !sync;
  return {};
}

Result<void> Database::sync() {
  if (!unsynced_) return {};
  if (const auto status = db_->FlushWAL(true); !status.ok()) {
    *failed_ = true;
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
  const auto status = db_->Get(options, family(from), slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return rocks_error("read " + describe_key(from, key), status);
  return std::optional(std::move(value));
}

Result<std::vector<rocksdb::PinnableSlice>> Database::get_all(Family from,
                                                              const std::vector<std::string>& keys,
                                                              const ReadPoint* point,
                                                              bool fill_cache) const {
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::shared_lock lock(gate_);
  TRY(rocksdb::ReadOptions options, read_options(point));
  options.fill_cache = fill_cache;
  db_->MultiGet(options, family(from), keys.size(), slices.data(), values.data(), statuses.data());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].ok()) continue;
    Error error = rocks_error("read " + describe_key(from, keys[i]), statuses[i]);
    return error;
  }
  return values;
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
  if (!at->status().ok()) {
    return rocks_error(fmt::format("scan {}", family_name(from_family)), at->status());
  }
  return {};
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
