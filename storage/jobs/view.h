// SPDX-License-Identifier: MIT
// What a View shows: for the queries of this folder.
#pragma once

#include "storage/jobs/segment.h"
#include "storage/jobs/table.h"
#include "storage/jobs/tail_chunk.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace jobledger::storage::jobs {

using Segments = std::vector<std::shared_ptr<Segment>>;
using Chunks = std::vector<std::shared_ptr<TailChunk>>;

struct View::Contents {
  std::uint64_t version = 0;
  std::shared_ptr<const Segments> segments;
  std::shared_ptr<const Chunks> chunks;  // all full but the last
  std::uint64_t tail_rows = 0;           // rows of the chunks that this view covers
  std::uint32_t chunk_rows = 0;          // capacity of a chunk
  const Dictionaries* dictionaries = nullptr;
  TableStats stats;

  std::uint32_t rows_of_chunk(std::size_t index) const {
    const std::uint64_t before = std::uint64_t{index} * chunk_rows;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(tail_rows - before, chunk_rows));
  }
  // Calls visit(const TailChunk&, rows) or visit(const Segment&, rows).
  template <class Visit>
  void for_each_chunk(Visit visit) const {
    for (std::size_t i = 0; std::uint64_t{i} * chunk_rows < tail_rows; ++i)
      visit(static_cast<const TailChunk&>(*(*chunks)[i]), rows_of_chunk(i));
  }
  template <class Visit>
  void for_each_segment(Visit visit) const {
    for (const auto& segment : *segments)
      visit(static_cast<const Segment&>(*segment), segment->rows());
  }
};

}  // namespace jobledger::storage::jobs
