// SPDX-License-Identifier: MIT
#include "storage/metrics/block_codec.h"

#include "test/hex.h"
#include "test/seed.h"
#include "test/storage_metrics/series_maker.h"

#include <doctest/doctest.h>

#include <bit>
#include <limits>
#include <utility>

namespace jobledger::storage::metrics {
namespace {

using jobledger::test::test_seed;
using schema::MetricScope;
using test::bits_of;
using test::SeriesMaker;

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

RawBlock raw_block(std::uint32_t slots, std::vector<std::uint32_t> elements,
                   std::vector<float> values) {
  return {{29'000'000, slots, 60, -7}, std::move(elements), std::move(values)};
}

std::string encoded(const RawBlock& block) {
  std::string bytes;
  encode_raw_block(bytes, block);
  return bytes;
}
std::string encoded(const RollupBlock& block) {
  std::string bytes;
  encode_rollup_block(bytes, block);
  return bytes;
}

void check_equal(const RawBlock& left, const RawBlock& right) {
  REQUIRE(left.grid == right.grid);
  REQUIRE(left.elements == right.elements);
  REQUIRE(bits_of(left.values) == bits_of(right.values));
}

bool same_summary(const Summary& left, const Summary& right) {
  return left.count == right.count && left.samples == right.samples &&
         bits_of({&left.min, 1}) == bits_of({&right.min, 1}) &&
         bits_of({&left.max, 1}) == bits_of({&right.max, 1}) &&
         std::bit_cast<std::uint64_t>(left.sum) == std::bit_cast<std::uint64_t>(right.sum);
}

// All that decode_rollup_block() should find of `all` for one scope.
void check_scope(const std::string& bytes, const RollupBlock& all, const RollupWish& wish) {
  const auto found = decode_rollup_block(bytes, wish);
  REQUIRE(found.has_value());
  REQUIRE(found->grid == all.grid);
  std::size_t next = 0;
  for (const RollupSeries& series : all.series) {
    if (series.scope != wish.scope) continue;
    REQUIRE(next < found->series.size());
    const RollupSeries& back = found->series[next++];
    REQUIRE(back.index == series.index);
    REQUIRE(back.elements == series.elements);
    REQUIRE(same_summary(back.summary, series.summary));
    REQUIRE(bits_of(back.values) ==
            (wish.values ? bits_of(series.values) : std::vector<std::uint32_t>{}));
  }
  REQUIRE(next == found->series.size());
}

RollupBlock two_scopes() {
  RollupBlock block{{3, 4, 10, 2}, {}};
  block.series.push_back({MetricScope::node, 0, 2, {3, 6, 1, 2.5F, 5}, {1, kNone, 1.5F, 2.5F}});
  block.series.push_back(
      {MetricScope::socket, 1, 300, {0, 0, kNone, kNone, 0}, {kNone, kNone, kNone, kNone}});
  return block;
}

TEST_CASE("a raw block has exactly these bytes") {
  const RawBlock block =
      raw_block(4, {5, 6, 7, 300}, {1, kNone, 2, 3, 0, kNone, 0, 0, 0, kNone, 0, 0, 8, 8, 8, 8});
  CHECK(hex(encoded(block)) == hex(unhex("01 c082ea0d 04 3c 0d"  // version, grid
                                         "04 05 02 a402 00"      // elements: 5 to 7, and 300
                                         "00 01 0d"              // no units; a common mask
                                         "04 01 00 02"           // lengths
                                         "09 02 02 24 01 04 10"  // 1 2 3; zeros; 8
                                         )));
}

TEST_CASE("a roll-up block has exactly these bytes") {
  CHECK(hex(encoded(two_scopes())) ==
        hex(unhex("01 03 04 0a 04"                                        // version, grid
                  "02 00 00 02 03 06 0000803f 00002040 0000000000001440"  // the node
                  "01 01 ac02 00 00"                                      // a socket
                  "01 0d 05 01 19 14 04 500f 03")));
}

TEST_CASE("aggregates keep what they were made by, and blocks without any need not") {
  RollupBlock block = two_scopes();
  block.mapping = 0x01020304;
  const std::string bytes = encoded(block);
  CHECK(hex(bytes).find(hex(unhex("02 03 04 0a 04 04030201"))) == 0);
  CHECK(bytes.substr(9) == encoded(two_scopes()).substr(5));
  CHECK(decode_rollup_block(bytes, {MetricScope::node, false})->mapping == 0x01020304);
  CHECK(decode_rollup_block(encoded(two_scopes()), {MetricScope::node, false})->mapping == 0);
  for (RollupSeries& series : block.series) series.elements = 0;
  CHECK(encoded(block).front() == 1);
  CHECK(decode_rollup_block(encoded(block), {MetricScope::node, false})->mapping == 0);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK(!decode_rollup_block(bytes.substr(0, length), {MetricScope::node, true}));
}

TEST_CASE("only the wanted elements are read") {
  const RawBlock block = raw_block(2, {1, 2, 4, 8}, {10, 11, 20, 21, 40, 41, 80, 81});
  const std::string bytes = encoded(block);
  check_equal(*decode_raw_block(bytes, {}), block);
  const std::vector<std::uint32_t> wanted{0, 2, 3, 8, 9};
  check_equal(*decode_raw_block(bytes, wanted), raw_block(2, {2, 8}, {20, 21, 80, 81}));
  const std::vector<std::uint32_t> others{3, 100};
  check_equal(*decode_raw_block(bytes, others), raw_block(2, {}, {}));
}

TEST_CASE("a column that is not wanted may be broken") {
  const RawBlock block = raw_block(2, {1, 2}, {10, 11, 20, 21});
  std::string bytes = encoded(block);
  bytes[bytes.size() - 4] = '\xa0';  // the second column's head: an unknown scale
  CHECK(decode_raw_block(bytes, {}).error().kind == ErrorKind::corrupt);
  const std::vector<std::uint32_t> wanted{1};
  check_equal(*decode_raw_block(bytes, wanted), raw_block(2, {1}, {10, 11}));
}

TEST_CASE("only the wanted scope of a roll-up is read, or its summaries alone") {
  const RollupBlock block = two_scopes();
  const std::string bytes = encoded(block);
  for (const bool values : {true, false}) {
    check_scope(bytes, block, {MetricScope::node, values});
    check_scope(bytes, block, {MetricScope::socket, values});
    check_scope(bytes, block, {MetricScope::accelerator, values});
  }
}

TEST_CASE("equal and constant columns cost a byte each") {
  RawBlock block = raw_block(64, {}, {});
  for (std::uint32_t element = 0; element < 144; ++element) {
    block.elements.push_back(element);
    for (std::uint32_t slot = 0; slot < 64; ++slot) {
      block.values.push_back(slot < 5 ? kNone : static_cast<float>(slot * slot));
    }
  }
  CHECK(encoded(block).size() <= 144 + 100);
  for (float& value : block.values) value = 0;
  CHECK(encoded(block).size() <= 144 + 20);
  check_equal(*decode_raw_block(encoded(block), {}), block);
}

TEST_CASE("columns with gaps of their own stand among those with the common gap") {
  RawBlock block = raw_block(64, {}, {});
  for (std::uint32_t element = 0; element < 20; ++element) {
    block.elements.push_back(element * 2);
    for (std::uint32_t slot = 0; slot < 64; ++slot) {
      const bool missing = slot / 8 == 3 || (element % 7 == 0 && slot == element + 1);
      block.values.push_back(missing ? kNone : static_cast<float>(element + slot % 3));
    }
  }
  const std::string bytes = encoded(block);
  check_equal(*decode_raw_block(bytes, {}), block);
  const std::vector<std::uint32_t> wanted{14};
  check_equal(*decode_raw_block(bytes, wanted),
              raw_block(64, {14}, {block.column(7).begin(), block.column(7).end()}));
}

TEST_CASE("counts over a jittering interval are stored as counts") {
  SeriesMaker maker(7);
  RawBlock block = raw_block(64, {}, maker.make_rates(144, 64));
  for (std::uint32_t element = 0; element < 144; ++element) block.elements.push_back(element);
  const std::string bytes = encoded(block);
  check_equal(*decode_raw_block(bytes, {}), block);
  CHECK(bytes.size() < block.values.size() * 13 / 8);
  std::swap(block.values[0], block.values[1]);  // of another interval: no common unit any more
  const std::string plain = encoded(block);
  check_equal(*decode_raw_block(plain, {}), block);
  CHECK(plain.size() > bytes.size() * 5 / 4);
}

TEST_CASE("any raw block comes back, whole and in part") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  SeriesMaker maker(seed);
  for (int round = 0; round < 300; ++round) {
    const std::size_t slots = maker.pick(1, 130), elements = maker.pick(0, 40);
    RawBlock block{
        {static_cast<std::int64_t>(maker.pick(0, 40'000'000)), static_cast<std::uint32_t>(slots),
         static_cast<std::int32_t>(maker.pick(1, 600)), 1},
        {},
        {}};
    const std::vector<float> rates = maker.make_rates(elements, slots);
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < elements; ++i) {
      block.elements.push_back(
          next += static_cast<std::uint32_t>(maker.chance(80) ? 1 : maker.pick(1, 1000)));
      std::vector<float> column = maker.make(slots);
      if (i > 0 && maker.chance(30))
        column.assign(block.values.end() - std::ssize(column), block.values.end());
      block.values.insert(block.values.end(), column.begin(), column.end());
    }
    if (maker.chance(30)) block.values = rates;
    const std::string bytes = encoded(block);
    check_equal(*decode_raw_block(bytes, {}), block);
    if (elements == 0) continue;
    const std::size_t one = maker.pick(0, elements - 1);
    const auto part = decode_raw_block(bytes, std::span(block.elements).subspan(one, 1));
    REQUIRE(part.has_value());
    REQUIRE(bits_of(part->values) == bits_of(block.column(one)));
  }
}

TEST_CASE("any roll-up block comes back") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  SeriesMaker maker(seed);
  for (int round = 0; round < 300; ++round) {
    const std::size_t slots = maker.pick(1, 130);
    RollupBlock block{{100, static_cast<std::uint32_t>(slots), 60, 60}, {}};
    for (int scope = 0; scope < 6; ++scope) {
      for (std::uint32_t index = 0; maker.chance(50); index += maker.chance(20) ? 2U : 1U) {
        RollupSeries series{static_cast<MetricScope>(scope), index, 72, {}, maker.make(slots)};
        if (maker.chance(80))
          series.summary = {static_cast<std::uint32_t>(maker.pick(1, slots)), 1'000'000'000'000, -1,
                            7, 0.1};
        block.series.push_back(std::move(series));
      }
    }
    const std::string bytes = encoded(block);
    for (int scope = 0; scope < 6; ++scope) {
      check_scope(bytes, block, {static_cast<MetricScope>(scope), maker.chance(70)});
    }
  }
}

TEST_CASE("blocks cut short anywhere, or with more behind, are corrupt") {
  SeriesMaker maker(3);
  RawBlock ticks = raw_block(16, {}, maker.make_rates(20, 16));
  for (std::uint32_t element = 0; element < 20; ++element) ticks.elements.push_back(element * 3);
  const auto refused = [](const std::string& bytes) {
    const auto raw = decode_raw_block(bytes, {});
    return !raw && raw.error().kind == ErrorKind::corrupt;
  };
  for (const RawBlock& block : {ticks, raw_block(2, {1, 2}, {1, kNone, 1, kNone})}) {
    const std::string bytes = encoded(block);
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(refused(bytes.substr(0, size)));
    CHECK(refused(bytes + "x"));
  }
  const std::string bytes = encoded(two_scopes());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = decode_rollup_block(bytes.substr(0, size), {});
    REQUIRE_FALSE(cut.has_value());
    CHECK(cut.error().kind == ErrorKind::corrupt);
  }
  CHECK_FALSE(decode_rollup_block(bytes + "x", {}).has_value());
}

TEST_CASE("raw blocks that no writer makes are corrupt") {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"an unknown version", "02 00 01 01 00 00 00 00"},
      {"no slot", "01 00 00 01 00 00 00 00"},
      {"more slots than a column holds", "01 00 8120 01 00 00 00 00"},
      {"no timestep", "01 00 01 00 00 00 00 00"},
      {"a shift beyond the timestep", "01 00 01 01 04 00 00 00"},
      {"a time beyond all bounds", "01 ffffffffffffff7f 01 01 00 00 00 00"},
      {"more elements than bytes", "01 00 01 01 00 05 00 04 00 00 01 00"},
      {"a run longer than the elements", "01 00 01 01 00 02 00 02 00 00 01 00 00"},
      {"an element beyond 32 bits", "01 00 01 01 00 02 ffffffff0f 01 00 00 01 00 00"},
      {"a unit flag of 2", "01 00 01 01 00 00 02 00"},
      {"a mask flag of 2", "01 00 01 01 00 00 00 02"},
      {"a first column like the one before", "01 00 01 01 00 01 00 00 00 00 00"},
      {"a column beyond the end", "01 00 01 01 00 01 00 00 00 00 02 00"},
      {"a column with bytes left", "01 00 01 01 00 01 00 00 00 00 02 0000"},
  };
  CHECK(decode_raw_block(unhex("01 00 01 01 00 00 00 00"), {}).has_value());
  CHECK(decode_raw_block(unhex("01 00 01 01 00 01 00 00 00 00 01 00"), {}).has_value());
  for (const auto& [what, bytes] : cases) {
    CAPTURE(what);
    const auto block = decode_raw_block(unhex(bytes), {});
    REQUIRE_FALSE(block.has_value());
    CHECK(block.error().kind == ErrorKind::corrupt);
  }
}

TEST_CASE("a block that claims more values than the limit is corrupt") {
  for (const std::size_t elements :
       {kMaxBlockValues / kMaxColumnValues, kMaxBlockValues / kMaxColumnValues + 1}) {
    std::string bytes = unhex("01 00 8020 01 00");
    ByteWriter to(bytes);
    to.varint(elements);
    to.varint(0);
    to.varint(elements - 1);
    to.u8(0);
    to.u8(0);
    to.u8(1);
    bytes.append(elements - 1, '\0');  // as the one before
    to.u8(0);                          // which is constant
    CHECK(decode_raw_block(bytes, {}).has_value() ==
          (elements * kMaxColumnValues <= kMaxBlockValues));
  }
}

TEST_CASE("roll-up blocks that no writer makes are corrupt") {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"an unknown version", "02 00 01 01 00 00 00"},
      {"an unknown scope", "01 00 01 01 00 01 06 00 01 00 00 00 01 00"},
      {"a series twice", "01 00 01 01 00 02 00 00 01 00 00 00 00 01 00 00 00 01 00 00"},
      {"more values than slots",
       "01 00 01 01 00 01 00 00 01 02 00 00000000 00000000 0000000000000000 00 01 00"},
      {"more series than bytes", "01 00 01 01 00 02 00 00 01 00 00 00 01 00"},
  };
  CHECK(decode_rollup_block(unhex("01 00 01 01 00 01 00 00 01 00 00 00 01 00"), {}).has_value());
  for (const auto& [what, bytes] : cases) {
    CAPTURE(what);
    const auto block = decode_rollup_block(unhex(bytes), {});
    REQUIRE_FALSE(block.has_value());
    CHECK(block.error().kind == ErrorKind::corrupt);
  }
}

}  // namespace
}  // namespace jobledger::storage::metrics
