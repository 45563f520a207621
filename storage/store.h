// SPDX-License-Identifier: MIT
// The state of the ledger: RocksDB and what is rebuilt from it in memory.
//
// Operation: open() checks the format version (migrates older, refuses newer), loads dictionaries,
// rows, tags and latest node states; damaged tables do not stop it (reconcile.h). Changes go
// through an Update and become durable and visible together in commit(); readers take snapshots.
// Concurrency: begin_update() and commit() on the writer thread only; the rest from any thread.
// Lifetime: all snapshots must be gone before the store.
#pragma once

#include "base/result.h"
#include "storage/config.h"
#include "storage/snapshot.h"
#include "storage/update.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jobledger::storage {

class Database;        // database.h
struct DatabaseHooks;  // database.h

struct StoreStats {
  jobs::TableStats table;
  std::size_t dictionary_bytes = 0, record_cache_bytes = 0;
  std::uint64_t dead_letters = 0, dead_letters_dropped = 0, parked_stops = 0;
  bool dead_letter_reserve_touched = false;  // letter_room.h
  std::uint64_t reads = 0;                   // calls of Snapshot::read_*, since the start
  std::uint64_t refused_nodes = 0;           // beyond max_nodes_per_cluster, since the start
  std::uint64_t refused_tags = 0;            // of jobs, beyond a limit, since the start
  std::uint64_t unreadable_reports = 0;      // of node history, written over since the start
  std::uint64_t damaged_tables = 0;          // taken out since the start
  std::uint64_t damaged_jobs = 0;            // whose record the disk lost (job_damage.h)
  std::uint64_t unreadable_log_entries = 0;  // of the metric head, at the start
  // Of metrics, met by readers and at sealing since the start: each time they are met.
  std::uint64_t unreadable_blocks = 0;
  std::map<std::string, std::uint64_t> rocksdb;  // selected properties, by name
};

struct CheckedTable {
  std::uint64_t number = 0, bytes = 0;
};

class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const Config& config);
  // For tests: with another file system or another measure of free space.
  static Result<std::unique_ptr<Store>> open(const Config& config, const DatabaseHooks& hooks);
  ~Store();

  std::shared_ptr<const Snapshot> snapshot() const;

  Update begin_update();
  // After success the effects are on disk (when sync) and in the next snapshot, and the update is
  // empty again. After an error nothing changed, and the same update may be committed again. `sync`
  // off: for imports, whose last batch syncs; so does an empty update, what went before it. At most
  // one update is in use at a time.
  Result<void> commit(Update& update, bool sync = true);

  // A write failed, or damage was found: the next commit(), also of an empty update, opens the
  // database again.
  bool needs_recovery() const;

  // Reads the table of the lowest number above that one; nullopt when there is none. Damage is
  // noted.
  std::optional<CheckedTable> check_table_after(std::uint64_t number) const;

  // Jobs that finished and whose archiving is due, lowest ids first, beyond `after`.
  std::vector<jobs::JobRef> archive_due(std::int64_t after, std::size_t limit) const;
  // Calls `told` on the writer thread after each commit that made jobs due; it must be quick and
  // not use the store. One listener; an empty function ends it, and no call is under way
  // afterwards.
  void on_archive_due(std::function<void()> told);

  StoreStats stats() const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  static Result<std::unique_ptr<Impl>> load(const Config& config,
                                            std::unique_ptr<Database> database);
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::storage
