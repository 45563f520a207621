// SPDX-License-Identifier: MIT
#include "storage/metrics/block_codec.h"

#include "base/log.h"
#include "storage/bytes.h"
#include "storage/metrics/column_codec.h"
#include "storage/metrics/slot_units.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

namespace jobledger::storage::metrics {
namespace {

constexpr std::uint8_t kVersion = 1;        // of both kinds
constexpr std::uint8_t kMappedVersion = 2;  // of roll-ups whose mapping follows the grid
constexpr int kScopes = static_cast<int>(schema::MetricScope::accelerator) + 1;

constexpr std::size_t kMinElementsForUnits = 16;
constexpr double kMinSizeForUnits = 0.2;  // bytes a value: less is small enough

Error corrupt(const char* what) { return {ErrorKind::corrupt, what}; }

bool is_sound(const Grid& grid) {
  return grid.slots >= 1 && grid.slots <= kMaxColumnValues && grid.timestep >= 1 &&
         grid.shift >= -grid.timestep && grid.shift <= grid.timestep && grid.first_slot >= 0 &&
         grid.first_slot <= kMaxGridTime / grid.timestep;
}

void write_grid(ByteWriter& to, const Grid& grid) {
  CHECK(is_sound(grid), "a block of {} slots from {} by {} s", grid.slots, grid.first_slot,
        grid.timestep);
  to.varint(static_cast<std::uint64_t>(grid.first_slot));
  to.varint(grid.slots);
  to.varint(static_cast<std::uint64_t>(grid.timestep));
  to.zigzag(grid.shift);
}

Grid read_grid(ByteReader& in) {
  Grid grid;
  grid.first_slot = static_cast<std::int64_t>(in.varint());
  grid.slots = in.number<std::uint32_t>();
  grid.timestep = static_cast<std::int32_t>(in.number<std::uint32_t>());
  grid.shift = in.zigzag32();
  if (!is_sound(grid)) in.fail();
  return grid;
}

bool read_flag(ByteReader& in) {
  const std::uint8_t value = in.u8();
  if (value > 1) in.fail();
  return value == 1;
}

// The mask of most columns, if there is one: votes for and against even out, so what more than half
// have is left over. Columns without any value need no mask and do not vote.
template <class ColumnAt>
SlotMask common_mask(std::size_t count, const ColumnAt& column_at) {
  SlotMask elected;
  std::size_t lead = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const SlotMask mask = SlotMask::of(column_at(i));
    if (mask.none()) continue;
    if (lead == 0) elected = mask;
    lead = mask == elected ? lead + 1 : lead - 1;
  }
  return elected;
}

// The columns end a block: the common mask, how long each is, their bytes. Of a column like the one
// before it nothing but a length of 0 is written.
template <class ColumnAt>
void append_columns(std::string& out, std::size_t count, const ColumnAt& column_at) {
  const SlotMask common = common_mask(count, column_at);
  ByteWriter to(out);
  to.u8(common.all() ? 0 : 1);
  if (!common.all()) common.append_to(out);
  std::string columns;
  std::size_t last = 0;  // where the column before begins
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = columns.size();
    encode_column(columns, column_at(i), &common);
    const std::string_view all = columns;
    if (i > 0 && all.substr(begin) == all.substr(last, begin - last)) {
      columns.resize(begin);
      to.varint(0);
    } else {
      to.varint(columns.size() - begin);
      last = begin;
    }
  }
  out += columns;
}

struct Columns {
  std::optional<SlotMask> common;
  std::vector<std::string_view> bytes;

  bool decode(std::size_t column, std::span<float> values) const {
    ByteReader in(bytes[column]);
    decode_column(in, values, common ? &*common : nullptr);
    return in.complete();
  }
};

Columns read_columns(ByteReader& in, std::size_t count, std::size_t slots) {
  Columns columns;
  if (read_flag(in)) columns.common = SlotMask::read(in, slots);
  if (count > in.left()) in.fail();
  if (in.failed()) return columns;
  std::vector<std::size_t> lengths(count);
  for (std::size_t& length : lengths) length = in.varint();
  if (count > 0 && lengths.front() == 0) in.fail();
  columns.bytes.reserve(count);
  std::string_view last;
  for (const std::size_t length : lengths) {
    if (length > 0) last = in.raw(length);
    columns.bytes.push_back(last);
  }
  return columns;
}

// Ascending numbers as runs: how far each begins behind the end of the one before, its length.
void write_elements(ByteWriter& to, std::span<const std::uint32_t> elements) {
  to.varint(elements.size());
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < elements.size();) {
    std::size_t length = 1;
    while (i + length < elements.size() && elements[i + length] == elements[i] + length) ++length;
    to.varint(elements[i] - end);
    to.varint(length - 1);
    end = elements[i] + length;
    i += length;
  }
}

std::vector<std::uint32_t> read_elements(ByteReader& in, std::size_t slots) {
  const std::size_t count = in.count(1);  // of each the length of its column follows, at least
  std::vector<std::uint32_t> elements;
  if (count > kMaxBlockValues / slots) in.fail();
  if (in.failed()) return elements;
  elements.reserve(count);
  std::uint64_t next = 0;
  while (elements.size() < count && !in.failed()) {
    next += in.number<std::uint32_t>();
    const std::uint64_t length = std::uint64_t{in.number<std::uint32_t>()} + 1;
    if (length > count - elements.size() || next + length > std::uint64_t{1} << 32) in.fail();
    for (std::uint64_t end = next + length; next < end && !in.failed(); ++next) {
      elements.push_back(static_cast<std::uint32_t>(next));
    }
  }
  return elements;
}

// The places of those of `elements` that are wanted.
std::vector<std::size_t> places_of(std::span<const std::uint32_t> elements,
                                   std::span<const std::uint32_t> wanted) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    while (!wanted.empty() && wanted.front() < elements[i]) wanted = wanted.subspan(1);
    if (!wanted.empty() && wanted.front() == elements[i]) places.push_back(i);
  }
  return places;
}

void write_summary(ByteWriter& to, const Summary& summary) {
  to.varint(summary.count);
  to.varint(summary.samples);
  if (summary.count == 0) return;
  to.f32(summary.min);
  to.f32(summary.max);
  to.f64(summary.sum);
}

Summary read_summary(ByteReader& in) {
  Summary summary;
  summary.count = in.number<std::uint32_t>();
  summary.samples = in.varint();
  if (summary.count == 0) return summary;
  summary.min = in.f32();
  summary.max = in.f32();
  summary.sum = in.f64();
  return summary;
}

constexpr std::size_t kMinSeriesBytes = 5;  // scope, index, elements, count, samples

std::vector<RollupSeries> read_series(ByteReader& in, std::size_t slots) {
  const std::size_t count = in.count(kMinSeriesBytes);
  if (count > kMaxBlockValues / slots) in.fail();
  std::vector<RollupSeries> all;
  if (in.failed()) return all;
  all.resize(count);
  for (RollupSeries& series : all) {
    series.scope = in.enumerator<schema::MetricScope>(kScopes);
    series.index = in.number<std::uint32_t>();
    series.elements = in.number<std::uint32_t>();
    series.summary = read_summary(in);
    if (series.summary.count > slots) in.fail();
  }
  const auto not_before = [](const RollupSeries& left, const RollupSeries& right) {
    return std::tie(left.scope, left.index) >= std::tie(right.scope, right.index);
  };
  if (std::ranges::adjacent_find(all, not_before) != all.end()) in.fail();
  return all;
}

// The size of some columns, each passed through change(column), in bytes a value.
template <class Change>
double sample_size(const RawBlock& block, const Change& change) {
  std::string bytes;
  append_columns(bytes, kMinElementsForUnits, [&](std::size_t i) {
    return change(block.column(i * block.elements.size() / kMinElementsForUnits));
  });
  return static_cast<double>(bytes.size()) /
         static_cast<double>(kMinElementsForUnits * block.grid.slots);
}

// Units for the slots of a block, if they make it smaller. Some columns tell.
std::vector<double> find_useful_units(const RawBlock& block) {
  if (block.elements.size() < kMinElementsForUnits) return {};
  const double plain = sample_size(block, std::identity{});
  if (plain < kMinSizeForUnits) return {};
  std::vector<double> units = find_units(block.values, block.grid.slots);
  if (units.empty()) return {};
  std::vector<float> multiples(block.grid.slots);
  const double changed = sample_size(block, [&](std::span<const float> values) {
    over_units(values, units, multiples.data());
    return std::span<const float>(multiples);
  });
  const double cost = sizeof(double) / static_cast<double>(block.elements.size());
  if (changed + cost >= plain) units.clear();
  return units;
}

}  // namespace

void encode_rollup_block(std::string& out, const RollupBlock& block) {
  ByteWriter to(out);
  const bool aggregates = std::any_of(block.series.begin(), block.series.end(),
                                      [](const RollupSeries& one) { return one.elements > 0; });
  const bool mapped = aggregates && block.mapping != 0;
  to.u8(mapped ? kMappedVersion : kVersion);
  write_grid(to, block.grid);
  if (mapped) to.u32(block.mapping);
  to.varint(block.series.size());
  for (const RollupSeries& series : block.series) {
    CHECK(series.values.size() == block.grid.slots, "{} values in {} slots", series.values.size(),
          block.grid.slots);
    to.u8(static_cast<std::uint8_t>(series.scope));
    to.varint(series.index);
    to.varint(series.elements);
    write_summary(to, series.summary);
  }
  append_columns(out, block.series.size(),
                 [&](std::size_t i) { return std::span<const float>(block.series[i].values); });
}

void encode_raw_block(std::string& out, const RawBlock& block) {
  ByteWriter to(out);
  to.u8(kVersion);
  write_grid(to, block.grid);
  CHECK(block.values.size() == block.elements.size() * block.grid.slots,
        "{} values of {} elements in {} slots", block.values.size(), block.elements.size(),
        block.grid.slots);
  CHECK(block.values.size() <= kMaxBlockValues, "a block of {} values", block.values.size());
  write_elements(to, block.elements);
  const std::vector<double> units = find_useful_units(block);
  to.u8(units.empty() ? 0 : 1);
  for (const double unit : units) to.f64(unit);
  std::array<float, kMaxColumnValues> multiples;
  append_columns(out, block.elements.size(), [&](std::size_t i) {
    if (units.empty()) return block.column(i);
    over_units(block.column(i), units, multiples.data());
    return std::span<const float>(multiples).first(block.grid.slots);
  });
}

Result<RollupBlock> decode_rollup_block(std::string_view bytes, const RollupWish& wish) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (version != kVersion && version != kMappedVersion)
    return corrupt("roll-up block of an unknown version");
  RollupBlock block;
  block.grid = read_grid(in);
  if (version == kMappedVersion) block.mapping = in.u32();
  if (in.failed()) return corrupt("roll-up block: grid");
  std::vector<RollupSeries> all = read_series(in, block.grid.slots);
  const Columns columns = read_columns(in, all.size(), block.grid.slots);
  if (!in.complete()) return corrupt("roll-up block: series or their lengths");
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].scope != wish.scope) continue;
    RollupSeries& series = block.series.emplace_back(std::move(all[i]));
    if (!wish.values) continue;
    series.values.resize(block.grid.slots);
    if (!columns.decode(i, series.values)) return corrupt("roll-up block: column");
  }
  return block;
}

Result<RawBlock> decode_raw_block(std::string_view bytes, std::span<const std::uint32_t> wanted) {
  ByteReader in(bytes);
  if (in.u8() != kVersion) return corrupt("raw block of an unknown version");
  RawBlock block;
  block.grid = read_grid(in);
  if (in.failed()) return corrupt("raw block: grid");
  const std::vector<std::uint32_t> elements = read_elements(in, block.grid.slots);
  std::vector<double> units(read_flag(in) ? block.grid.slots : 0);
  for (double& unit : units) unit = in.f64();
  const Columns columns = read_columns(in, elements.size(), block.grid.slots);
  if (!in.complete()) return corrupt("raw block: elements or lengths of their columns");
  const auto places = places_of(elements, wanted.empty() ? std::span(elements) : wanted);
  block.elements.reserve(places.size());
  block.values.resize(places.size() * block.grid.slots);
  std::span<float> rest = block.values;
  for (const std::size_t place : places) {
    block.elements.push_back(elements[place]);
    const std::span<float> column = rest.first(block.grid.slots);
    if (!columns.decode(place, column)) return corrupt("raw block: column");
    if (!units.empty()) times_units(column, units);
    rest = rest.subspan(block.grid.slots);
  }
  return block;
}

}  // namespace jobledger::storage::metrics
