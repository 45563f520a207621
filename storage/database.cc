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
#include <utility>
#include <vector>

namespace jobledger::storage {
namespace {

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// Errors of the disk stay repairable: RocksDB calls a failed log write fatal, as the log's end is
// then unknown, but resuming writes what is in memory to table files and begins a new log. And
// recovery happens when write() asks for it, not in a thread of RocksDB's own.
class RepairableErrors : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override {
    using Reason = rocksdb::BackgroundErrorReason;
    const bool repairable = reason == Reason::kWriteCallback || reason == Reason::kMemTable ||
                            reason == Reason::kFlush || reason == Reason::kCompaction;
    if (repairable && error->IsIOError() &&
        error->severity() == rocksdb::Status::Severity::kFatalError) {
      *error = rocksdb::Status(*error, rocksdb::Status::Severity::kHardError);
    }
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

rocksdb::DBOptions database_options(const Config& config, const DatabaseHooks& hooks,
                                    const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::DBOptions options;
  options.env = hooks.env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.listeners.push_back(std::make_shared<RepairableErrors>());
  options.max_bgerror_resume_count = 0;
  options.max_background_jobs = std::max(config.background_jobs, 1);
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(config.memtable_bytes, cache);
  // What start has to replay after a crash.
  options.max_total_wal_size = config.max_wal_bytes;
  options.avoid_flush_during_recovery = true;
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

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const Config& config, const DatabaseHooks& hooks) {
  TRY(make_directories(config.path));
  std::unique_ptr<Database> database(new Database);
  database->config_ = config;
  database->hooks_ = hooks;
  database->history_cutoff_ = std::make_shared<std::atomic<std::int64_t>>(INT64_MIN);
  rocksdb::LRUCacheOptions cache_options;
  cache_options.capacity = config.cache_bytes;
  cache_options.high_pri_pool_ratio = 0.3;
  const auto cache = rocksdb::NewLRUCache(cache_options);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (int i = 0; i < kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    auto options = family_options(family, config, cache);
    if (family == Family::node_history) {
      options.compaction_filter_factory =
          std::make_shared<NodeHistoryFilterFactory>(database->history_cutoff_);
      // So that what is old is looked at even where nothing is written any more.
      options.periodic_compaction_seconds =
          static_cast<std::uint64_t>(std::max<std::int64_t>(config.node_history.count() / 8, 3600));
    }
    descriptors.emplace_back(std::string(family_name(family)), std::move(options));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(
      database_options(config, hooks, cache), config.path.string(), descriptors, &handles, &db);
  if (!status.ok()) {
    Error error = rocks_error("open " + config.path.string(), status);
    // The usual reason; RocksDB's words for it name no process.
    if (error.detail.find("lock") != std::string::npos) {
      error.detail += " (does another jobledgerd use it?)";
    }
    return error;
  }
  database->db_.reset(db);
  std::copy(handles.begin(), handles.end(), database->families_.begin());
  return database;
}

Database::~Database() {
  if (!db_) return;
  for (auto* handle : families_) {
    if (handle != nullptr) (void)db_->DestroyColumnFamilyHandle(handle);
  }
  if (const auto status = db_->Close(); !status.ok()) {
    LOG(error, "storage", "close failed path={} error={}", config_.path.string(),
        status.ToString());
  }
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

// Resuming writes the memtables to table files and so gets a new log, unless they are empty: then
// the broken log stays, and RocksDB (as Debian builds it) aborts at the next write to it. So we
// flush something ourselves. If the log is broken that fails, harmlessly, and leaves a memtable
// that is not empty for the second attempt.
Result<void> Database::recover() {
  if (!failed_) return {};
  rocksdb::Status status;
  for (int attempt = 0; attempt < 2; ++attempt) {
    status = db_->Resume();
    if (!status.ok()) break;
    rocksdb::WriteOptions unlogged;
    unlogged.disableWAL = true;
    status = db_->Put(unlogged, family(Family::state), slice(kResumedKey), "");
    if (status.ok()) status = db_->Flush(rocksdb::FlushOptions(), family(Family::state));
    if (!status.ok()) continue;
    LOG(info, "storage", "writing resumed path={}", config_.path.string());
    failed_ = false;
    return {};
  }
  return rocks_error("disk: resume after a failed write", status);
}

Result<void> Database::write(rocksdb::WriteBatch& batch, bool sync) {
  TRY(check_space());
  TRY(recover());
  rocksdb::WriteOptions options;
  options.sync = sync;
  if (const auto status = db_->Write(options, &batch); !status.ok()) {
    failed_ = true;
    return rocks_error("disk: write", status);
  }
  unsynced_ = !sync;
  return {};
}

Result<void> Database::sync() {
  if (!unsynced_) return {};
  TRY(recover());
  if (const auto status = db_->FlushWAL(true); !status.ok()) {
    failed_ = true;
    return rocks_error("disk: sync", status);
  }
  unsynced_ = false;
  return {};
}

Result<std::optional<std::string>> Database::get(Family from, std::string_view key,
                                                 const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  std::string value;
  const auto status = db_->Get(options, family(from), slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return rocks_error("read " + describe_key(from, key), status);
  return std::optional(std::move(value));
}

Result<void> Database::scan(
    Family from_family, std::string_view from, std::string_view to,
    const std::function<Result<void>(std::string_view, std::string_view)>& visit,
    const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  const rocksdb::Slice upper = slice(to);
  if (!to.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options, family(from_family)));
  for (at->Seek(slice(from)); at->Valid(); at->Next())
    TRY(visit(view(at->key()), view(at->value())));
  if (!at->status().ok()) {
    return rocks_error(fmt::format("scan {}", family_name(from_family)), at->status());
  }
  return {};
}

std::map<std::string, std::uint64_t> Database::properties() const {
  using P = rocksdb::DB::Properties;
  std::map<std::string, std::uint64_t> values;
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
