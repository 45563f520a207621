// SPDX-License-Identifier: MIT
// What segments and tail chunks have in common: fixed columns, and the list of rows that died.
//
// A row dies when a newer version of its job is appended elsewhere; it stays in place, and views
// older than the death go on seeing it.
// Executor: the writer changes, any thread reads. Rows below the length that a view was published
// with never change.
#pragma once

#include "storage/jobs/bitmap.h"
#include "storage/jobs/column.h"
#include "storage/jobs/row.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace jobledger::storage::jobs {

enum class Field : std::uint8_t {
  id,
  job_id,
  array_job_id,
  start_time,
  walltime,
  energy,  // real
  revision,
  duration,
  num_nodes,
  num_acc,
  num_hwthreads,
  smt,
  cluster,  // texts: dictionary number + 1, so that kNoString is 0
  sub_cluster,
  partition,
  project,
  user,
  job_name,
  state,
  shared,
  monitoring_status,
};
constexpr std::size_t kFieldCount = 21;
constexpr std::size_t index_of(Field field) { return static_cast<std::size_t>(field); }

// Texts as columns hold them.
constexpr std::int64_t text_code(StringId id) { return static_cast<StringId>(id + 1); }
constexpr StringId text_id(std::int64_t code) { return static_cast<StringId>(code) - 1; }

// The fixed members of a row in column codes (energy sortable), and back.
using Codes = std::array<std::int64_t, kFieldCount>;
Codes to_codes(const Row& row);
void from_codes(const Codes& codes, Row& row);

// Rows in order of death. Append-only; entries are complete before the size covers them.
class DeathList {
 public:
  void append(std::uint32_t row, std::uint64_t version);  // pre: versions never fall

  // Clears the bits of rows that were dead at that version; returns how many there were.
  std::uint32_t remove_dead(Bitmap& bits, std::uint64_t version) const;
  std::uint32_t size() const { return size_.load(std::memory_order_acquire); }
  std::size_t memory_bytes() const;

 private:
  struct Death {
    std::uint64_t version;
    std::uint32_t row;
  };
  static constexpr std::uint32_t kFirst = 64;
  std::array<std::unique_ptr<Death[]>, 11> pieces_;  // of doubling size
  std::atomic<std::uint32_t> size_{0};
};

struct Block {
  enum class Kind : std::uint8_t { segment, tail };

  explicit Block(Kind of_kind) : kind(of_kind) {}
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  const ColumnView& column(Field field) const { return columns[index_of(field)]; }
  std::int64_t at(Field field, std::uint32_t row) const { return column(field).at(row); }
  JobRef ref(std::uint32_t row) const {
    return {at(Field::id, row), static_cast<std::uint32_t>(at(Field::revision, row))};
  }
  bool is_running(std::uint32_t row) const {
    return at(Field::state, row) == static_cast<std::int64_t>(schema::JobState::running);
  }
  // Finished and archived, or never to be archived: will hardly change any more.
  bool is_settled(std::uint32_t row) const {
    using Status = schema::MonitoringStatus;
    return !is_running(row) && at(Field::monitoring_status, row) !=
                                   static_cast<std::int64_t>(Status::running_or_archiving);
  }
  bool is_due(std::uint32_t row) const { return !is_running(row) && !is_settled(row); }

  // The rows alive at that version, of the first `rows`.
  void find_alive(Bitmap& bits, std::uint32_t rows, std::uint64_t version) const {
    bits.fill(rows);
    deaths.remove_dead(bits, version);
  }

  Kind kind;
  std::uint32_t slot = 0;  // the writer's number for it (job_index.h)
  DeathList deaths;
  std::array<ColumnView, kFieldCount> columns;

 protected:
  ~Block() = default;
  void read_codes(std::uint32_t row, Row& into) const;
};

}  // namespace jobledger::storage::jobs
