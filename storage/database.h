// SPDX-License-Identifier: MIT
// The RocksDB instance: options, column families, durable writes that recover from a full or
// failing disk, and reads with errors as ours. Nothing here knows what the bytes mean.
//
// Damage: a table that a reader, a compaction or the scrub finds damaged is taken out when the
// database is opened the next time (recover()), what can be read of it comes back, and
// lost_tables() names those of which the rest must be found elsewhere by who knows what the bytes
// mean.
//
// Concurrency: write(), sync() and recover() on one thread at a time; the rest from any thread.
// Failure: RocksDB 7.8 cannot be trusted after a failed write (it may wait for ever in Resume(), or
// abort), so recover() closes and opens it again. Read points made before answer `unavailable`. A
// write that failed may be found after that, or after a crash, whole: batches are atomic.
#pragma once

#include "base/result.h"
#include "storage/config.h"
#include "storage/disk_trouble.h"
#include "storage/layout.h"
#include "storage/lost_table.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage {

// What tests replace.
struct DatabaseHooks {
  rocksdb::Env* env = rocksdb::Env::Default();  // must outlive the database
  std::function<Result<std::uintmax_t>(const std::filesystem::path&)> free_bytes;  // empty: real
};

struct CheckedTable;  // store.h

struct OpenPlan;  // database_options.h

struct ReadPoint {
  std::uint64_t epoch = 0;
  const rocksdb::Snapshot* snapshot = nullptr;
};

// The blocks of one day. Readers may keep it while it is dropped: its files go after them.
class PeriodFamily {
 public:
  PeriodFamily(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) : db_(db), handle_(handle) {}
  ~PeriodFamily() { (void)db_.DestroyColumnFamilyHandle(handle_); }
  PeriodFamily(const PeriodFamily&) = delete;
  PeriodFamily& operator=(const PeriodFamily&) = delete;
  rocksdb::ColumnFamilyHandle* handle() const { return handle_; }

 private:
  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* handle_;
};
using PeriodPtr = std::shared_ptr<PeriodFamily>;

// Leave to read periods as of a point. Recovery from a disk error waits for its end: keep it
// shortly.
struct PeriodAccess {
  std::shared_lock<std::shared_mutex> gate;
  rocksdb::DB* db = nullptr;
  rocksdb::ReadOptions options;
  std::vector<PeriodPtr> periods;  // by day
};

class Database {
 public:
  // Creates what is absent. Says in the error when another process holds the folder.
  static Result<std::unique_ptr<Database>> open(const Config& config,
                                                const DatabaseHooks& hooks = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* family(Family family) const {
    return families_[static_cast<std::size_t>(family)];
  }

  void put(rocksdb::WriteBatch& batch, Family family, std::string_view key,
           std::string_view value) const;
  void erase(rocksdb::WriteBatch& batch, Family family, std::string_view key) const;
  // All of it or nothing; `unavailable` when the disk is (nearly) full. Pre: recover() succeeded.
  Result<void> write(rocksdb::WriteBatch& batch, bool sync);
  // Makes earlier writes durable that did not sync.
  Result<void> sync();
  // After any failed write, also one in the background, and after damage was noted: opens again,
  // once the disk has room. True when it had to.
  Result<bool> recover();
  bool needs_recovery() const { return trouble_->any(); }

  // A read failed so: if a table is damaged, recover() takes it out. Any thread.
  void note(const rocksdb::Status& status) const;
  void note_damaged_table(std::uint64_t number) const;

  // Taken out, what can be read of them saved, and still to be settled: of the families jobs, rows
  // and dead_letters.
  const std::vector<LostTable>& lost_tables() const { return lost_; }
  void settle_lost_tables();

  // A state to read from; release it.
  ReadPoint make_read_point();
  void release(const ReadPoint& point);

  // Reads as of the point; nullptr: now.
  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const ReadPoint* point = nullptr) const;
  // One outcome a key; not_found: it is not there. `fill_cache`: blocks stay in RocksDB's cache.
  Result<std::vector<Result<rocksdb::PinnableSlice>>> get_all(Family family,
                                                              const std::vector<std::string>& keys,
                                                              const ReadPoint* point,
                                                              bool fill_cache) const;
  // Keys from `from` up to before `to` (empty: the end), in order, until `visit` fails.
  Result<void> scan(Family family, std::string_view from, std::string_view to,
                    const std::function<Result<void>(std::string_view, std::string_view)>& visit,
                    const ReadPoint* point = nullptr) const;

  // The families of metric blocks, by day (layout.h, period_of). Made and dropped on the writer
  // thread.
  std::vector<std::int64_t> periods() const;
  Result<void> make_period(std::int64_t period);
  Result<void> drop_period(std::int64_t period);
  // Pre: make_period() succeeded since the database was opened.
  void put(rocksdb::WriteBatch& batch, std::int64_t period, std::string_view key,
           std::string_view value) const;
  // Those from first to last that are there.
  Result<PeriodAccess> open_periods(std::int64_t first, std::int64_t last,
                                    const ReadPoint* point) const;
  // Files of `family` that hold nothing but keys before that one go at once. Others stay.
  Result<void> drop_files_before(Family family, std::string_view key);

  // Node history before that time may be removed (docs/formats.md).
  void set_history_cutoff(std::int64_t time) { *history_cutoff_ = time; }

  std::map<std::string, std::uint64_t> properties() const;
  // Tables that were damaged and taken out, since the start.
  std::uint64_t damaged_tables() const { return damaged_tables_; }

  // Reads the table of the lowest number above that one; nullopt when there is none, or the
  // database is closed. Damage is noted.
  std::optional<CheckedTable> check_table_after(std::uint64_t number) const;

 private:
  Database(const Config& config, const DatabaseHooks& hooks);
  Result<void> open_files();
  Result<rocksdb::DB*> open_undamaged(const OpenPlan& plan,
                                      std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  Result<bool> set_aside(const OpenPlan& plan, std::uint64_t table);
  Result<bool> set_aside_damaged(const OpenPlan& plan, const rocksdb::Status& error);
  Result<void> take_out_noted(const OpenPlan& plan, const DiskTrouble::Taken& trouble);
  void adopt(rocksdb::DB* db, const std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  Result<void> restore_lost(const OpenPlan& plan);
  Result<void> restore_state();
  Result<void> check_copy() const;
  rocksdb::ColumnFamilyHandle* find_family(const std::string& name) const;
  void flush_before_closing();
  void close_files();
  Result<void> check_space() const;
  Result<void> probe_disk() const;
  Result<rocksdb::ReadOptions> read_options(const ReadPoint* point) const;

  const Config config_;
  const DatabaseHooks hooks_;
  const std::shared_ptr<std::atomic<std::int64_t>> history_cutoff_ =
      std::make_shared<std::atomic<std::int64_t>>(INT64_MIN);

  // Held shared while RocksDB is used, and exclusively while it is replaced.
  mutable std::shared_mutex gate_;
  const std::unique_ptr<rocksdb::Env> env_;
  std::uint64_t epoch_ = 0;          // grows each time it is opened again
  std::unique_ptr<rocksdb::DB> db_;  // null: could not be opened again so far
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> families_{};
  std::vector<rocksdb::ColumnFamilyHandle*> unknown_families_;  // of a newer format
  std::shared_ptr<rocksdb::Cache> cache_;
  mutable std::mutex periods_mutex_;
  std::map<std::int64_t, PeriodPtr> periods_;
  std::mutex points_mutex_;
  std::set<const rocksdb::Snapshot*> points_;  // of this epoch
  const std::shared_ptr<DiskTrouble> trouble_ = std::make_shared<DiskTrouble>();
  std::vector<LostTable> lost_;
  std::atomic<std::uint64_t> damaged_tables_ = 0;
  bool unsynced_ = false;  // something was written without sync since the last sync
};

}  // namespace jobledger::storage
