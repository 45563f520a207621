// SPDX-License-Identifier: MIT
// The conditions on one block: what its zone maps say of them, and the loops over its rows.
#include "base/turn.h"
#include "storage/jobs/filter.h"
#include "storage/jobs/text_match.h"

#include <algorithm>
#include <charconv>

namespace jobledger::storage::jobs {

namespace {

using Kind = StringMatch::Kind;

constexpr std::int64_t kProbedCodes = 4'096;  // zones up to this size are looked through

// --- zone maps

Zone zone_of(const NumberRange& condition, BlockScan& scan) {
  if (condition.field == Field::duration && scan.chunk() != nullptr) return Zone::some;
  return scan.block().column(condition.field).zone(condition.range);
}

Zone zone_of(const RealRange& condition, BlockScan& scan) {
  const ColumnView& column = scan.block().column(Field::energy);
  return column.zone(code_range(column.coding, condition.range.from, condition.range.to));
}

Zone zone_of(const AllowedCodes& condition, BlockScan& scan) {
  const ColumnView& column = scan.block().column(condition.field);
  if (scan.chunk() != nullptr || column.max - column.min > kProbedCodes) return Zone::some;
  const auto first = condition.table.begin() + column.min;
  const auto last = condition.table.begin() + column.max + 1;
  const auto hits = std::count(first, last, 1);
  if (hits == 0) return Zone::none;
  return hits == last - first ? Zone::all : Zone::some;
}

Zone zone_of(const NumberSet& condition, BlockScan& scan) {
  const ColumnView& column = scan.block().column(condition.field);
  const auto& values = condition.values;
  const auto first = std::lower_bound(values.begin(), values.end(), column.min);
  return first == values.end() || *first > column.max ? Zone::none : Zone::some;
}

Zone zone_of(const FootprintCondition& condition, BlockScan& scan) {
  if (scan.segment() == nullptr) return Zone::some;
  const FootprintColumn* column = scan.segment()->find_footprint(condition.key);
  if (column == nullptr) return Zone::none;
  const ColumnView& values = column->values.view;
  const Zone zone =
      values.zone(code_range(values.coding, condition.range.from, condition.range.to));
  return zone == Zone::all && column->count != scan.rows() ? Zone::some : zone;
}

Zone zone_of(const HostCondition& condition, BlockScan& scan) {
  if (scan.segment() == nullptr || condition.one == kNoString) return Zone::some;
  if (!scan.segment()->hosts().find(condition.one).empty()) return Zone::some;
  return condition.negated ? Zone::all : Zone::none;
}

Zone zone_of(const TagCondition&, BlockScan& scan) {
  return scan.segment() != nullptr && scan.segment()->tags().values.empty() ? Zone::none
                                                                            : Zone::some;
}

Zone zone_of(const JobIdText&, BlockScan&) { return Zone::some; }

// --- rows

void narrow(const NumberRange& condition, BlockScan& scan) {
  scan.column(condition.field).keep_in_range(scan.bits, condition.range);
}

void narrow(const RealRange& condition, BlockScan& scan) {
  const ColumnView& column = scan.column(Field::energy);
  column.keep_in_range(scan.bits,
                       code_range(column.coding, condition.range.from, condition.range.to));
}

void narrow(const AllowedCodes& condition, BlockScan& scan) {
  scan.column(condition.field).keep_allowed(scan.bits, condition.table);
}

void narrow(const NumberSet& condition, BlockScan& scan) {
  const ColumnView& column = scan.column(condition.field);
  const auto& values = condition.values;
  column.keep_in_range(scan.bits, {values.front(), values.back()});
  scan.bits.keep_if([&](std::uint32_t row) {
    return std::binary_search(values.begin(), values.end(), column.at(row));
  });
}

void narrow(const FootprintCondition& condition, BlockScan& scan) {
  // Named references, not a structured binding: clang 14 does not capture those.
  const auto& key = condition.key;
  const auto& range = condition.range;
  if (scan.segment() != nullptr) {
    const FootprintColumn& column = *scan.segment()->find_footprint(key);
    return column.keep_in_range(scan.bits,
                                code_range(column.values.view.coding, range.from, range.to));
  }
  scan.bits.keep_if([&, chunk = scan.chunk()](std::uint32_t row) {
    const double* value = chunk->find_footprint(row, key);
    return value != nullptr && (!range.from || *value >= *range.from) &&
           (!range.to || *value <= *range.to);
  });
}

void narrow(const HostCondition& condition, BlockScan& scan) {
  if (const TailChunk* chunk = scan.chunk()) {
    return scan.bits.keep_if([&](std::uint32_t row) {
      const auto hosts = chunk->hosts(row);
      return condition.negated != std::any_of(hosts.begin(), hosts.end(), [&](StringId host) {
               return condition.accepts(host);
             });
    });
  }
  const Postings& postings = scan.segment()->hosts();
  if (condition.negated) {  // always of one host
    for (const std::uint16_t row : postings.find(condition.one)) scan.bits.reset(row);
    return;
  }
  Bitmap hits;
  hits.clear(scan.rows());
  const auto mark = [&](std::span<const std::uint16_t> rows) {
    for (const std::uint16_t row : rows) hits.set(row);
  };
  if (condition.one != kNoString) {
    mark(postings.find(condition.one));
  } else {
    for (std::size_t i = 0; i < postings.values.size(); ++i)
      if (condition.accepts(postings.values[i])) mark(postings.at(i));
  }
  scan.bits.keep(hits);
}

void narrow(const TagCondition& condition, BlockScan& scan) {
  const auto& tags = condition.tags;
  if (const TailChunk* chunk = scan.chunk()) {
    return scan.bits.keep_if([&](std::uint32_t row) {
      const auto of_row = chunk->tags(row);
      return std::any_of(of_row.begin(), of_row.end(), [&](std::uint32_t tag) {
        return std::binary_search(tags.begin(), tags.end(), tag);
      });
    });
  }
  Bitmap hits;
  hits.clear(scan.rows());
  for (const std::uint32_t tag : tags)
    for (const std::uint16_t row : scan.segment()->tags().find(tag)) hits.set(row);
  scan.bits.keep(hits);
}

void narrow(const JobIdText& condition, BlockScan& scan) {
  const ColumnView& column = scan.column(Field::job_id);
  if (condition.match.kind == Kind::neq) {  // as numbers: the text was checked to be one
    std::int64_t number = 0;
    const std::string& text = condition.match.values.front();
    std::from_chars(text.data(), text.data() + text.size(), number);
    return scan.bits.keep_if([&](std::uint32_t row) { return column.at(row) != number; });
  }
  const TextMatcher matches(condition.match);
  scan.bits.keep_if([&](std::uint32_t row) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, column.at(row)).ptr;
    return matches({text, static_cast<std::size_t>(end - text)});
  });
}

}  // namespace

bool Filter::apply(BlockScan& scan) const {
  if (nothing_) return false;
  std::uint64_t holds_for_all = 0;  // of the first 64 conditions; more are simply run
  for (std::size_t i = 0; i < conditions_.size(); ++i) {
    const Zone zone = std::visit([&](const auto& c) { return zone_of(c, scan); }, conditions_[i]);
    if (zone == Zone::none) return false;
    if (zone == Zone::all && i < 64) holds_for_all |= std::uint64_t{1} << i;
  }
  scan.start();
  for (std::size_t i = 0; i < conditions_.size(); ++i) {
    if (i < 64 && ((holds_for_all >> i) & 1) != 0) continue;
    yield_turn();
    std::visit([&](const auto& c) { narrow(c, scan); }, conditions_[i]);
    if (!scan.bits.any()) return false;
  }
  return true;
}

}  // namespace jobledger::storage::jobs
