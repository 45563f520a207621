// SPDX-License-Identifier: MIT
#include "storage/jobs/tail_chunk.h"

#include <algorithm>
#include <limits>
#include <new>

namespace jobledger::storage::jobs {

namespace {

// Widths fall from field to field: first those of 8 bytes, then of 4, then of 1.
constexpr std::size_t kFirstOf4 = index_of(Field::revision), kFirstOf1 = index_of(Field::state);

// Full width: 64-bit members as they are, 32-bit ones from their smallest value up.
ColumnView full_width(Field field) {
  ColumnView view;
  if (index_of(field) < kFirstOf4) {
    view.width = 8;
    if (field == Field::energy) view.coding = Coding::sortable;
  } else if (field >= Field::duration && field <= Field::smt) {
    view.width = 4;
    view.base = view.min = std::numeric_limits<std::int32_t>::min();
    view.max = std::numeric_limits<std::int32_t>::max();
  } else {
    view.width = index_of(field) < kFirstOf1 ? 4 : 1;
    view.min = 0;
    view.max = view.width == 1 ? 0xff : 0xffffffffLL;
  }
  return view;
}

template <class T>
T* as(std::byte* bytes) {
  return static_cast<T*>(static_cast<void*>(bytes));
}

constexpr std::size_t kListBytesGuess = 96;  // of one job: 4 hosts, 5 footprint values

}  // namespace

TailChunk::TailChunk(std::uint32_t capacity) : Block(Kind::tail), capacity_(capacity) {
  std::size_t row_bytes = 0;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    columns[f] = full_width(static_cast<Field>(f));
    row_bytes += columns[f].width;
  }
  data_ = std::make_unique_for_overwrite<std::byte[]>(row_bytes * capacity);
  std::byte* start = data_.get();
  for (ColumnView& column : columns) {  // aligned, as widths fall
    column.data = start;
    start += std::size_t{column.width} * capacity;
  }
  lists_ = std::make_unique_for_overwrite<Lists[]>(capacity);
  bytes_ = sizeof(*this) + (row_bytes + sizeof(Lists)) * capacity;
}

template <class T>
const T* TailChunk::keep(const std::vector<T>& values) {
  static_assert(alignof(T) <= 8);
  const std::size_t bytes = (values.size() * sizeof(T) + 7) / 8 * 8;
  if (bytes > left_) {
    left_ = std::max(bytes, kListBytesGuess * capacity_);
    arena_.push_back(std::make_unique_for_overwrite<std::byte[]>(left_));
    next_ = arena_.back().get();
    bytes_ += left_;
  }
  T* start = as<T>(next_);
  std::uninitialized_copy(values.begin(), values.end(), start);
  next_ += bytes;
  left_ -= bytes;
  return start;
}

std::uint32_t TailChunk::append(const Row& row) {
  const std::uint32_t at = rows_++;
  const Codes codes = to_codes(row);
  const auto put = [&](std::size_t begin, std::size_t end, auto* start) {
    using T = std::remove_pointer_t<decltype(start)>;
    for (std::size_t f = begin; f < end; ++f, start += capacity_)
      start[at] = static_cast<T>(static_cast<std::uint64_t>(codes[f]) -
                                 static_cast<std::uint64_t>(columns[f].base));
  };
  const auto start_of = [&](std::size_t f) {  // our own bytes, which the views only show
    return data_.get() + (columns[f].data - data_.get());
  };
  put(0, kFirstOf4, as<std::uint64_t>(data_.get()));
  put(kFirstOf4, kFirstOf1, as<std::uint32_t>(start_of(kFirstOf4)));
  put(kFirstOf1, kFieldCount, as<std::uint8_t>(start_of(kFirstOf1)));
  lists_[at] = {keep(row.hosts),
                keep(row.tags),
                keep(row.footprint),
                static_cast<std::uint32_t>(row.hosts.size()),
                static_cast<std::uint32_t>(row.tags.size()),
                static_cast<std::uint32_t>(row.footprint.size())};
  return at;
}

Row TailChunk::get_row(std::uint32_t row) const {
  Row result;
  read_codes(row, result);
  const auto copy = [](auto& into, auto values) { into.assign(values.begin(), values.end()); };
  copy(result.hosts, hosts(row));
  copy(result.tags, tags(row));
  copy(result.footprint, footprint(row));
  return result;
}

}  // namespace jobledger::storage::jobs
