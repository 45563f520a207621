// SPDX-License-Identifier: MIT
// The writer's side of the table.
#pragma once

#include "storage/jobs/job_index.h"
#include "storage/jobs/run_index.h"
#include "storage/jobs/segment.h"
#include "storage/jobs/table.h"
#include "storage/jobs/tail_chunk.h"
#include "storage/jobs/view.h"

#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

namespace jobledger::storage::jobs {

// Chunks of one capacity that are filled one after the other.
class TailRows {
 public:
  explicit TailRows(std::uint32_t chunk_rows) : chunk_rows_(chunk_rows) {}

  TailRef append(const Row& row);
  const Chunks& chunks() const { return chunks_; }
  std::uint64_t rows() const { return rows_; }
  std::size_t memory_bytes() const;

 private:
  std::uint32_t chunk_rows_;
  std::uint64_t rows_ = 0;
  std::size_t full_bytes_ = 0;  // of all chunks but the last
  Chunks chunks_;
};

// In the order of a segment, cut into equal pieces of at most that many rows.
Segments make_segments(std::vector<TailRef> refs, std::uint32_t max_rows);

struct Table::Loader::Impl {
  explicit Impl(const TableConfig& of)
      : config(of), settled(of.chunk_rows), unsettled(of.chunk_rows) {}

  TableConfig config;
  TailRows settled;  // not yet in a segment
  TailRows unsettled;
  Segments segments;
};

struct Table::Impl {
  explicit Impl(const TableConfig& of);

  void load(std::vector<std::unique_ptr<Loader>> loaders);
  void apply(const Row& row);
  void seal_if_due();
  void publish();
  JobSummary summary(const JobIndex::Location& location) const;
  std::vector<JobSummary> summaries(const std::vector<std::int64_t>& ids) const;

  TableConfig config;
  Dictionaries dictionaries;
  JobIndex index;
  // Scheduler ids that share a hash with many others, or have many runs, and their runs.
  std::unordered_set<std::uint32_t> crowded_hashes;
  RunIndex crowded_runs;
  Segments segments;
  TailRows tail;
  std::uint64_t version = 0;
  std::uint64_t jobs = 0, running = 0, due = 0;
  std::uint64_t settled_in_tail = 0, dead_in_tail = 0;

  // What views share; replaced, never changed, when segments or chunks come and go.
  std::shared_ptr<const Segments> shared_segments;
  std::shared_ptr<const Chunks> shared_chunks;
  std::size_t segment_bytes = 0;

  mutable std::mutex view_mutex;  // for the pointer alone
  std::shared_ptr<const View> view;

 private:
  enum class Change : int { add = 1, remove = -1 };
  void count(const Block& block, std::uint32_t row, Change change);
  void append(const Row& row);
  void seal();
  bool worth_merging(const Segment& segment, std::size_t gathered) const;
  void index_segment(const std::shared_ptr<Segment>& segment);
  void share_segments();
};

}  // namespace jobledger::storage::jobs
