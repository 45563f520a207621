// SPDX-License-Identifier: MIT
#include "storage/jobs/segment.h"

#include <algorithm>
#include <set>

namespace jobledger::storage::jobs {

namespace {

constexpr std::uint32_t kDenseShare = 4;  // a key of a quarter of the rows gets a dense column

template <class T>
std::size_t capacity_bytes(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

// Counts each value, then lays the rows out list by list: no sorting of entries. `lists(i)` gives
// the values of row i.
template <class Lists>
Postings make_postings(std::uint32_t rows, Lists lists) {
  Postings postings;
  std::vector<std::uint32_t> next;  // by value: first the count, then the next free place
  std::size_t total = 0;
  for (std::uint32_t row = 0; row < rows; ++row)
    for (const std::uint32_t value : lists(row)) {
      if (value >= next.size()) next.resize(std::size_t{value} + 1);
      ++next[value];
      ++total;
    }
  const auto distinct = std::count_if(next.begin(), next.end(), [](auto n) { return n != 0; });
  postings.values.reserve(static_cast<std::size_t>(distinct));
  postings.offsets.reserve(static_cast<std::size_t>(distinct) + 1);
  postings.rows.resize(total);
  std::uint32_t offset = 0;
  for (std::uint32_t value = 0; value < next.size(); ++value) {
    if (next[value] == 0) continue;
    postings.values.push_back(value);
    postings.offsets.push_back(offset);
    offset += std::exchange(next[value], offset);
  }
  postings.offsets.push_back(offset);
  for (std::uint32_t row = 0; row < rows; ++row)
    for (const std::uint32_t value : lists(row))
      postings.rows[next[value]++] = static_cast<std::uint16_t>(row);
  return postings;
}

}  // namespace

std::span<const std::uint16_t> Postings::find(std::uint32_t value) const {
  const auto found = std::lower_bound(values.begin(), values.end(), value);
  if (found == values.end() || *found != value) return {};
  return at(static_cast<std::size_t>(found - values.begin()));
}

std::vector<std::uint32_t> Postings::values_of(std::uint32_t row) const {
  std::vector<std::uint32_t> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto list = at(i);
    if (std::binary_search(list.begin(), list.end(), row)) result.push_back(values[i]);
  }
  return result;
}

std::size_t Postings::memory_bytes() const {
  return capacity_bytes(values) + capacity_bytes(offsets) + capacity_bytes(rows);
}

std::optional<std::uint32_t> FootprintColumn::find(std::uint32_t row) const {
  if (sparse()) {
    const auto found = std::lower_bound(rows.begin(), rows.end(), row);
    if (found == rows.end() || *found != row) return std::nullopt;
    return static_cast<std::uint32_t>(found - rows.begin());
  }
  if (!present.empty() && ((present[row / 64] >> (row % 64)) & 1) == 0) return std::nullopt;
  return row;
}

void FootprintColumn::keep_in_range(Bitmap& bits, CodeRange range) const {
  if (!sparse()) {
    if (!present.empty()) bits.keep(present.data());
    values.view.keep_in_range(bits, range);
    return;
  }
  Bitmap hits;
  hits.clear(bits.rows());
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const std::int64_t code = values.view.at(i);
    if (code >= range.low && code <= range.high) hits.set(rows[i]);
  }
  bits.keep(hits);
}

std::size_t FootprintColumn::memory_bytes() const {
  return values.bytes + capacity_bytes(present) + capacity_bytes(rows);
}

std::shared_ptr<Segment> Segment::make(std::span<const TailRef> refs) {
  std::shared_ptr<Segment> segment(new Segment(static_cast<std::uint32_t>(refs.size())));
  segment->build_columns(refs);
  segment->hosts_ = make_postings(
      segment->rows_, [&](std::uint32_t row) { return refs[row].chunk->hosts(refs[row].row); });
  segment->tags_ = make_postings(
      segment->rows_, [&](std::uint32_t row) { return refs[row].chunk->tags(refs[row].row); });
  segment->build_footprint(refs);
  segment->find_partitions();
  segment->measure();
  return segment;
}

void Segment::build_columns(std::span<const TailRef> refs) {
  std::vector<std::int64_t> values(refs.size());
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const auto field = static_cast<Field>(f);
    for (std::size_t i = 0; i < refs.size(); ++i) values[i] = refs[i].chunk->at(field, refs[i].row);
    const bool text = field >= Field::cluster;
    owned_.push_back(field == Field::energy
                         ? encode_reals(values)
                         : encode_integers(values, text ? Steps::no : Steps::yes));
    columns[f] = owned_.back().view;
  }
}

void Segment::build_footprint(std::span<const TailRef> refs) {
  struct Gathered {
    StringId key = 0;
    std::vector<std::uint16_t> rows;
    std::vector<std::int64_t> values;
  };
  std::vector<Gathered> all;         // in order of appearance
  std::vector<std::uint32_t> place;  // by key: where in `all`, plus one
  for (std::uint32_t row = 0; row < rows_; ++row)
    for (const auto& [key, value] : refs[row].chunk->footprint(refs[row].row)) {
      if (key >= place.size()) place.resize(std::size_t{key} + 1);
      if (place[key] == 0) {
        all.push_back({key, {}, {}});
        place[key] = static_cast<std::uint32_t>(all.size());
      }
      Gathered& gathered = all[place[key] - 1];
      gathered.rows.push_back(static_cast<std::uint16_t>(row));
      gathered.values.push_back(to_sortable(value));
    }
  std::sort(all.begin(), all.end(),
            [](const Gathered& a, const Gathered& b) { return a.key < b.key; });
  for (Gathered& gathered : all) {
    FootprintColumn column;
    column.key = gathered.key;
    column.count = static_cast<std::uint32_t>(gathered.rows.size());
    if (column.count == rows_) {
      column.values = encode_reals(gathered.values);
    } else if (column.count < rows_ / kDenseShare) {
      column.rows.assign(gathered.rows.begin(), gathered.rows.end());
      column.values = encode_reals(gathered.values);
    } else {
      column.present.resize((rows_ + 63) / 64);
      // A value that occurs fills the gaps: it changes neither the width nor the coding.
      std::vector<std::int64_t> dense(rows_, gathered.values.front());
      for (std::size_t i = 0; i < gathered.rows.size(); ++i) {
        const std::uint16_t row = gathered.rows[i];
        dense[row] = gathered.values[i];
        column.present[row / 64] |= std::uint64_t{1} << (row % 64);
      }
      column.values = encode_reals(dense);
    }
    footprint_.push_back(std::move(column));
  }
  footprint_.shrink_to_fit();
}

void Segment::find_partitions() {
  std::set<Partition> found;
  Partition last{kNoString, kNoString};
  for (std::uint32_t row = 0; row < rows_; ++row) {
    const Partition next{text_id(at(Field::cluster, row)), text_id(at(Field::partition, row))};
    if (row == 0 || next != last) found.insert(last = next);
  }
  partitions_.assign(found.begin(), found.end());
}

void Segment::measure() {
  bytes_ = sizeof(*this) + capacity_bytes(owned_) + capacity_bytes(footprint_) +
           capacity_bytes(partitions_) + hosts_.memory_bytes() + tags_.memory_bytes();
  for (const Column& column : owned_) bytes_ += column.bytes;
  for (const FootprintColumn& column : footprint_) bytes_ += column.memory_bytes();
}

const FootprintColumn* Segment::find_footprint(StringId key) const {
  const auto found =
      std::lower_bound(footprint_.begin(), footprint_.end(), key,
                       [](const auto& column, StringId k) { return column.key < k; });
  return found == footprint_.end() || found->key != key ? nullptr : &*found;
}

Row Segment::get_row(std::uint32_t row) const {
  Row result;
  read_codes(row, result);
  result.hosts = hosts_.values_of(row);
  result.tags = tags_.values_of(row);
  for (const FootprintColumn& column : footprint_)
    if (const auto at = column.find(row))
      result.footprint.emplace_back(column.key, column.values.view.real_at(*at));
  return result;
}

std::vector<Row> Segment::get_rows(const Bitmap& bits) const {
  std::vector<Row> result;
  std::vector<std::uint32_t> place(rows_);  // row -> where in the result
  bits.for_each([&](std::uint32_t row) {
    place[row] = static_cast<std::uint32_t>(result.size());
    read_codes(row, result.emplace_back());
    for (const FootprintColumn& column : footprint_)
      if (const auto at = column.find(row))
        result.back().footprint.emplace_back(column.key, column.values.view.real_at(*at));
  });
  const auto spread = [&](const Postings& postings, auto member) {
    for (std::size_t i = 0; i < postings.values.size(); ++i)
      for (const std::uint16_t row : postings.at(i))
        if (bits.test(row)) (result[place[row]].*member).push_back(postings.values[i]);
  };
  spread(hosts_, &Row::hosts);
  spread(tags_, &Row::tags);
  return result;
}

void sort_refs(std::vector<TailRef>& refs) {
  struct Keyed {
    std::int64_t start, id;
    TailRef ref;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(refs.size());
  for (const TailRef& ref : refs)
    keyed.push_back(
        {ref.chunk->at(Field::start_time, ref.row), ref.chunk->at(Field::id, ref.row), ref});
  std::sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) {
    return a.start != b.start ? a.start < b.start : a.id < b.id;
  });
  std::transform(keyed.begin(), keyed.end(), refs.begin(), [](const Keyed& k) { return k.ref; });
}

}  // namespace jobledger::storage::jobs
