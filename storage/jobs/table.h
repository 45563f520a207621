// SPDX-License-Identifier: MIT
// The columnar job table in memory.
//
// Operation: settled jobs (finished, and archived or never to be) lie in immutable segments of up
// to 64k rows, ordered by (start time, id), each column in the narrowest width that holds it, with
// zone maps; running and lately changed jobs lie in an append-only tail. A change appends the new
// version and notes the death of the old one with the table version; nothing a reader may see is
// ever overwritten. When enough settled jobs gathered in the tail, they are sealed into a segment,
// together with small segments and what is left of those of which more than half died, and the rest
// of the tail is rewritten. That takes some 20 ms per full segment on the writer thread.
// Concurrency: one writer; readers take a View, which never changes, and hold no lock while they
// read it.
// Limitations: job numbers below 2^32; 2^32 - 2 texts in one dictionary; find() by number looks
// through the blocks whose range of numbers covers it (tens of microseconds each). Reals are
// finite.
#pragma once

#include "storage/jobs/config.h"
#include "storage/jobs/dictionaries.h"
#include "storage/jobs/row.h"
#include "storage/jobs/run_index.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace jobledger::storage::jobs {

struct TableStats {
  std::uint64_t jobs = 0, running = 0, due = 0;  // due: finished, monitoring status 1
  std::uint64_t segments = 0, tail_rows = 0;
  std::size_t memory_bytes = 0;  // without dictionaries
};

// One state of the table. Any thread; valid as long as it is held, but not beyond its Table.
class View {
 public:
  struct Contents;  // view.h, for this folder
  explicit View(std::unique_ptr<const Contents> contents);
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  std::uint64_t version() const;    // grows with each change of the table
  std::uint64_t job_count() const;  // live jobs
  std::optional<Row> find(std::int64_t id) const;
  const Dictionaries& dictionaries() const;
  const TableStats& stats() const;

  const Contents& contents() const { return *contents_; }

 private:
  std::unique_ptr<const Contents> contents_;
};

class Table {
 public:
  explicit Table(TableConfig config = {});
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // Start-up: rows in any order, each job once, fed through one or more loaders, then finish_load()
  // once, before the first apply(). Best when each loader gets a range of job numbers.
  class Loader;
  std::unique_ptr<Loader> make_loader() const;
  void finish_load(std::vector<std::unique_ptr<Loader>> loaders);

  // Writer thread. Inserts or replaces rows by id and publishes one new view.
  void apply(std::span<const Row> upserts);

  // Writer thread: runs of a scheduler id, cluster by cluster, newest first. Logarithmic.
  void visit_runs(const RunQuery& query, const VisitRun& visit);
  // Writer thread: live jobs with that scheduler id, in all clusters, oldest start first. Costs
  // what there are.
  std::vector<JobSummary> find_by_job_id(std::int64_t job_id) const;
  // Writer thread: the newest version of one job.
  std::optional<JobSummary> find_by_id(std::int64_t id) const;

  // Any thread.
  std::shared_ptr<const View> view() const;
  Dictionaries& dictionaries();
  const Dictionaries& dictionaries() const;
  TableStats stats() const;  // of the newest view

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Gathers rows and builds segments of them as it goes, so that loaders on several threads share
// the work. Executor: one thread at a time, its own.
class Table::Loader {
 public:
  ~Loader();
  void add(const Row& row);

 private:
  friend class Table;
  struct Impl;
  explicit Loader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::storage::jobs
