// SPDX-License-Identifier: MIT
#include "storage/jobs/sort_key.h"

#include <algorithm>
#include <array>
#include <utility>

namespace jobledger::storage::jobs {

namespace {

constexpr std::int64_t kRankedCodes = 4'096;  // up to so many texts are looked through per block

Field field_of(OrderColumn column) {
  switch (column) {
    case OrderColumn::id:
      return Field::id;
    case OrderColumn::job_id:
      return Field::job_id;
    case OrderColumn::start_time:
      return Field::start_time;
    case OrderColumn::duration:
      return Field::duration;
    case OrderColumn::walltime:
      return Field::walltime;
    case OrderColumn::num_nodes:
      return Field::num_nodes;
    case OrderColumn::num_acc:
      return Field::num_acc;
    case OrderColumn::num_hwthreads:
      return Field::num_hwthreads;
    case OrderColumn::smt:
      return Field::smt;
    case OrderColumn::energy:
      return Field::energy;
    case OrderColumn::cluster:
      return Field::cluster;
    case OrderColumn::sub_cluster:
      return Field::sub_cluster;
    case OrderColumn::partition:
      return Field::partition;
    case OrderColumn::project:
      return Field::project;
    case OrderColumn::user:
      return Field::user;
    case OrderColumn::state:
      return Field::state;
    case OrderColumn::shared:
      return Field::shared;
    case OrderColumn::monitoring_status:
      return Field::monitoring_status;
    case OrderColumn::array_job_id:
      return Field::array_job_id;
  }
  return Field::id;
}

}  // namespace

SortKey::SortKey(const View& view, const Order& order) : flip_(order.descending ? 0 : -1) {
  if (!order.footprint_key.empty()) {
    footprint_ = true;
    const auto key = view.dictionaries().find(Dictionary::footprint_key, order.footprint_key);
    footprint_key_ = key.value_or(kNoString);
    return;
  }
  field_ = field_of(order.column);
  switch (field_) {
    case Field::cluster:
      rank_texts(view, Dictionary::cluster);
      break;
    case Field::sub_cluster:
      rank_texts(view, Dictionary::sub_cluster);
      break;
    case Field::partition:
      rank_texts(view, Dictionary::partition);
      break;
    case Field::project:
      rank_texts(view, Dictionary::project);
      break;
    case Field::user:
      rank_texts(view, Dictionary::user);
      break;
    case Field::shared: {  // "multi_user" < "none" < "single_user"; states are in order as they are
      using schema::Sharing;
      ranks_.resize(256);
      ranks_[static_cast<std::size_t>(Sharing::none)] = 1;
      ranks_[static_cast<std::size_t>(Sharing::single_user)] = 2;
      break;
    }
    default:
      break;
  }
}

void SortKey::rank_texts(const View& view, Dictionary dictionary) {
  const auto ranks = view.dictionaries().ranks(dictionary);
  ranks_.resize(ranks->size() + 1);  // code 0, no text, comes before all texts
  for (std::size_t id = 0; id < ranks->size(); ++id) ranks_[id + 1] = (*ranks)[id] + 1;
}

RankedRow SortKey::best(const Segment& segment) const {
  const ColumnView& ids = segment.column(Field::id);
  return {best_key(segment), (descending() ? ids.max : ids.min) ^ flip_, nullptr, 0};
}

std::int64_t SortKey::best_key(const Segment& segment) const {
  if (!ranks_.empty()) {
    const ColumnView& codes = segment.column(field_);
    if (codes.max - codes.min > kRankedCodes) return kUnknown;
    std::int64_t best = kMissing;
    for (std::int64_t code = codes.min; code <= codes.max; ++code)
      best = std::max(best, std::int64_t{ranks_[static_cast<std::size_t>(code)]} ^ flip_);
    return best;
  }
  const bool ascending = flip_ != 0;
  if (!footprint_ && field_ != Field::energy) {
    const ColumnView& column = segment.column(field_);
    return (ascending ? column.min : column.max) ^ flip_;
  }
  const ColumnView* values = &segment.column(Field::energy);
  if (footprint_) {
    const FootprintColumn* column = segment.find_footprint(footprint_key_);
    if (column == nullptr || (ascending && column->count != segment.rows()))
      return kMissing ^ flip_;
    values = &column->values.view;
  }
  const std::int64_t code = ascending ? values->min : values->max;
  if (values->coding == Coding::sortable) return code ^ flip_;
  return to_sortable(static_cast<double>(code) / 100.0) ^ flip_;
}

SortKey::Reader SortKey::reader(BlockScan& scan) const {
  using Mode = Reader::Mode;
  Reader reader;
  reader.flip_ = flip_;
  reader.ids_ = &scan.block().column(Field::id);
  reader.footprint_key_ = footprint_key_;
  if (footprint_) {
    reader.chunk_ = scan.chunk();
    if (scan.segment() != nullptr)
      reader.footprint_ = scan.segment()->find_footprint(footprint_key_);
    reader.mode_ = reader.chunk_ != nullptr       ? Mode::tail_footprint
                   : reader.footprint_ != nullptr ? Mode::column_footprint
                                                  : Mode::none;
    return reader;
  }
  reader.column_ = &scan.column(field_);
  reader.mode_ = field_ == Field::energy ? Mode::real : Mode::integer;
  if (!ranks_.empty()) {
    reader.mode_ = Mode::ranked;
    reader.ranks_ = &ranks_;
  }
  return reader;
}

std::int64_t SortKey::Reader::key(std::uint32_t row) const {
  std::int64_t key = kMissing;
  switch (mode_) {
    case Mode::integer:
      key = column_->at(row);
      break;
    case Mode::real:
      key = column_->sortable_at(row);
      break;
    case Mode::ranked:
      key = (*ranks_)[static_cast<std::size_t>(column_->at(row))];
      break;
    case Mode::column_footprint:
      if (const auto at = footprint_->find(row)) key = footprint_->values.view.sortable_at(*at);
      break;
    case Mode::tail_footprint:
      if (const double* value = chunk_->find_footprint(row, footprint_key_))
        key = to_sortable(*value);
      break;
    case Mode::none:
      break;
  }
  return key ^ flip_;
}

void SortKey::Reader::keep_at_least(Bitmap& bits, std::int64_t key) const {
  const std::int64_t limit = key ^ flip_;  // of the column: at least it, or ascending at most
  const bool ascending = flip_ != 0;
  if (mode_ == Mode::integer) {
    CodeRange range;
    (ascending ? range.high : range.low) = limit;
    return column_->keep_in_range(bits, range);
  }
  if (mode_ == Mode::ranked && ranks_->size() <= kRankedCodes) {
    std::vector<std::uint8_t> allowed(ranks_->size());
    for (std::size_t code = 0; code < allowed.size(); ++code)
      allowed[code] = (std::int64_t{(*ranks_)[code]} ^ flip_) >= key ? 1 : 0;
    return column_->keep_allowed(bits, allowed);
  }
  if (mode_ != Mode::real && mode_ != Mode::column_footprint) return;
  const bool footprint = mode_ == Mode::column_footprint;
  if (footprint && limit == kMissing) return;
  if (footprint && ascending && footprint_->count != bits.rows())
    return;  // those without are first
  const ColumnView& values = footprint ? footprint_->values.view : *column_;
  CodeRange range{limit, limit};
  if (values.coding == Coding::hundredths) {
    const double real = from_sortable(limit);
    range = {code_range(Coding::hundredths, real, {}).low,
             code_range(Coding::hundredths, {}, real).high};
  }
  if (ascending)
    range.low = std::numeric_limits<std::int64_t>::min();
  else
    range.high = std::numeric_limits<std::int64_t>::max();
  if (footprint)
    footprint_->keep_in_range(bits, range);
  else
    column_->keep_in_range(bits, range);
}

}  // namespace jobledger::storage::jobs
