// SPDX-License-Identifier: MIT
// The RocksDB instance: options, column families, durable writes that recover from a full or
// failing disk, and reads with errors as ours. Nothing here knows what the bytes mean.
//
// Concurrency: write() and sync() on one thread at a time; the rest from any thread.
// Failure: after a failed write RocksDB refuses further ones until it is resumed; write() does that
// first. A write that failed may still be found after a crash, whole: batches are atomic.
#pragma once

#include "base/result.h"
#include "storage/config.h"
#include "storage/layout.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace jobledger::storage {

// What tests replace.
struct DatabaseHooks {
  rocksdb::Env* env = rocksdb::Env::Default();  // must outlive the database
  std::function<Result<std::uintmax_t>(const std::filesystem::path&)> free_bytes;  // empty: real
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
  // All of it or nothing; `unavailable` when the disk is (nearly) full.
  Result<void> write(rocksdb::WriteBatch& batch, bool sync);
  // Makes earlier writes durable that did not sync.
  Result<void> sync();

  // As of the snapshot; nullptr: now.
  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const rocksdb::Snapshot* snapshot = nullptr) const;
  // Keys from `from` up to before `to` (empty: the end), in order, until `visit` fails.
  Result<void> scan(Family family, std::string_view from, std::string_view to,
                    const std::function<Result<void>(std::string_view, std::string_view)>& visit,
                    const rocksdb::Snapshot* snapshot = nullptr) const;

  // Node history before that time may be removed (docs/formats.md).
  void set_history_cutoff(std::int64_t time) { *history_cutoff_ = time; }

  std::map<std::string, std::uint64_t> properties() const;

 private:
  Database() = default;
  Result<void> check_space() const;
  Result<void> recover();

  Config config_;
  DatabaseHooks hooks_;
  std::shared_ptr<std::atomic<std::int64_t>> history_cutoff_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> families_{};
  bool failed_ = false;    // the last write did not succeed
  bool unsynced_ = false;  // something was written without sync since the last sync
};

}  // namespace jobledger::storage
