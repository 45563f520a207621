// SPDX-License-Identifier: MIT
// The columnar job table in memory.
//
// Operation: finished jobs lie in immutable segments of up to 64k rows, ordered by (start time,
// id), each column in the narrowest width that holds it, with zone maps; running and lately changed
// jobs lie in an append-only tail. A change appends the new version and marks the old one dead from
// the next table version on; nothing a reader may see is ever overwritten. When enough finished
// jobs gathered in the tail they are sealed into a segment.
// Concurrency: one writer; readers take a View, which never changes, and hold no lock.
// Limitations: 2^32 - 2 rows of one dictionary; rows of sealed segments are found by id in
// logarithmic time.
#pragma once

#include "storage/jobs/dictionaries.h"
#include "storage/jobs/row.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace jobledger::storage::jobs {

// One state of the table. Any thread; valid as long as it is held.
class View {
 public:
  virtual ~View() = default;
  std::uint64_t version() const;
  std::uint64_t job_count() const;  // live jobs
  std::optional<Row> find(std::int64_t id) const;
  const Dictionaries& dictionaries() const;
};

struct TableStats {
  std::uint64_t jobs = 0, running = 0, due = 0;  // due: finished, monitoring status 1
  std::uint64_t segments = 0, tail_rows = 0;
  std::size_t memory_bytes = 0;  // without dictionaries
};

class Table {
 public:
  Table();
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // Start-up: rows in any order, fed through one or more loaders (each on its own thread), then
  // finish_load() once. Loaders keep rows in columns, not as Row objects.
  class Loader;
  std::unique_ptr<Loader> make_loader();
  void finish_load(std::vector<std::unique_ptr<Loader>> loaders);

  // Writer thread. Inserts or replaces rows by id and publishes one new view.
  void apply(std::span<const Row> upserts);

  // Writer thread: live jobs with that scheduler id, in all clusters, oldest start first.
  std::vector<JobSummary> find_by_job_id(std::int64_t job_id) const;

  // Any thread.
  std::shared_ptr<const View> view() const;
  Dictionaries& dictionaries();
  TableStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::storage::jobs
