// SPDX-License-Identifier: MIT
// A piece of the tail: rows in order of arrival, in columns of full width, up to a fixed capacity.
//
// Executor: append() on one thread (the writer, or a loader); rows that a view covers are read from
// any thread.
#pragma once

#include "storage/jobs/block.h"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace jobledger::storage::jobs {

using FootprintEntry = std::pair<StringId, double>;

class TailChunk final : public Block {
 public:
  explicit TailChunk(std::uint32_t capacity);
  ~TailChunk() = default;

  bool full() const { return rows_ == capacity_; }
  std::uint32_t append(const Row& row);                // returns its number; pre: not full
  std::uint32_t rows() const { return rows_; }         // the appending thread only
  std::size_t memory_bytes() const { return bytes_; }  // the appending thread only; without deaths

  std::span<const StringId> hosts(std::uint32_t row) const {
    return {lists_[row].hosts, lists_[row].host_count};
  }
  std::span<const std::uint32_t> tags(std::uint32_t row) const {
    return {lists_[row].tags, lists_[row].tag_count};
  }
  std::span<const FootprintEntry> footprint(std::uint32_t row) const {
    return {lists_[row].footprint, lists_[row].footprint_count};
  }
  const double* find_footprint(std::uint32_t row, StringId key) const {
    for (const FootprintEntry& entry : footprint(row))
      if (entry.first == key) return &entry.second;
    return nullptr;
  }
  Row get_row(std::uint32_t row) const;

 private:
  struct Lists {
    const StringId* hosts;
    const std::uint32_t* tags;
    const FootprintEntry* footprint;
    std::uint32_t host_count, tag_count, footprint_count;
  };

  template <class T>
  const T* keep(const std::vector<T>& values);

  std::uint32_t capacity_;
  std::uint32_t rows_ = 0;
  std::unique_ptr<std::byte[]> data_;  // all columns
  std::unique_ptr<Lists[]> lists_;
  std::vector<std::unique_ptr<std::byte[]>> arena_;  // what the lists point to
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace jobledger::storage::jobs
