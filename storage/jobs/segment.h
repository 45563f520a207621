// SPDX-License-Identifier: MIT
// An immutable piece of the table: up to 64k settled jobs in order of (start time, id), each column
// in its narrowest form; hosts and tags as posting lists, footprints as a column per key. Only the
// list of deaths grows.
#pragma once

#include "storage/jobs/block.h"
#include "storage/jobs/tail_chunk.h"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace jobledger::storage::jobs {

// value -> the rows that have it, ascending: values ascending, offsets one more than values.
struct Postings {
  std::vector<std::uint32_t> values;
  std::vector<std::uint32_t> offsets;
  std::vector<std::uint16_t> rows;

  std::span<const std::uint16_t> at(std::size_t index) const {
    return {rows.data() + offsets[index], offsets[index + 1] - offsets[index]};
  }
  std::span<const std::uint16_t> find(std::uint32_t value) const;  // empty when there is none
  std::vector<std::uint32_t> values_of(std::uint32_t row) const;   // slow: looks into every list
  std::size_t memory_bytes() const;
};

// The values of one footprint key: for all rows with marks for those that have it, or, when few
// have it, for these alone.
struct FootprintColumn {
  StringId key = 0;
  std::uint32_t count = 0;             // rows that have it
  Column values;                       // reals
  std::vector<std::uint64_t> present;  // dense: marks; empty when all rows have the key
  std::vector<std::uint16_t> rows;     // sparse: the rows, ascending

  bool sparse() const { return !rows.empty(); }
  // Where in `values` the row's value is; nothing when it has none.
  std::optional<std::uint32_t> find(std::uint32_t row) const;
  void keep_in_range(Bitmap& bits, CodeRange range) const;
  std::size_t memory_bytes() const;
};

struct TailRef {
  const TailChunk* chunk = nullptr;
  std::uint32_t row = 0;
};

class Segment final : public Block {
 public:
  // Of 1 to 65,536 rows, in order of (start time, id). Returned mutable for its deaths and slot.
  static std::shared_ptr<Segment> make(std::span<const TailRef> refs);
  ~Segment() = default;

  std::uint32_t rows() const { return rows_; }
  const Postings& hosts() const { return hosts_; }
  const Postings& tags() const { return tags_; }
  const FootprintColumn* find_footprint(StringId key) const;
  // The distinct (cluster, partition) of its rows, dead ones too; ascending.
  using Partition = std::pair<StringId, StringId>;
  const std::vector<Partition>& partitions() const { return partitions_; }

  Row get_row(std::uint32_t row) const;  // tens of microseconds: hosts come from posting lists
  // All rows with a bit, at once; for merging.
  std::vector<Row> get_rows(const Bitmap& bits) const;
  std::size_t memory_bytes() const { return bytes_ + deaths.memory_bytes(); }

 private:
  explicit Segment(std::uint32_t rows) : Block(Kind::segment), rows_(rows) {}
  void build_columns(std::span<const TailRef> refs);
  void build_footprint(std::span<const TailRef> refs);
  void find_partitions();
  void measure();

  std::uint32_t rows_;
  Postings hosts_, tags_;
  std::vector<FootprintColumn> footprint_;  // by key
  std::vector<Partition> partitions_;
  std::vector<Column> owned_;
  std::size_t bytes_ = 0;
};

// Sorts into the order of a segment.
void sort_refs(std::vector<TailRef>& refs);

}  // namespace jobledger::storage::jobs
