// SPDX-License-Identifier: MIT
#include "storage/metrics/column_codec.h"

#include "storage/metrics/frame.h"
#include "test/hex.h"
#include "test/seed.h"
#include "test/storage_metrics/series_maker.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace jobledger::storage::metrics {
namespace {

using jobledger::test::test_seed;
using test::bits_of;
using test::SeriesMaker;
using Values = std::vector<float>;
using Limits = std::numeric_limits<float>;

constexpr float kNoValue = Limits::quiet_NaN();

std::string column_bytes(const Values& values, const SlotMask* common = nullptr) {
  std::string bytes;
  encode_column(bytes, values, common);
  return bytes;
}

// What is read from all of `bytes`, or from bytes that turn out to be none: nothing at all.
Values decoded(std::string_view bytes, std::size_t count, const SlotMask* common = nullptr) {
  Values values(count, -77);
  ByteReader in(bytes);
  decode_column(in, values, common);
  return in.complete() ? values : Values{};
}

void check_round_trip(const Values& values) {
  const std::string bytes = column_bytes(values);
  REQUIRE(bits_of(decoded(bytes, values.size())) == bits_of(values));
  // At worst all bits of each value, a mask, and for each frame its base and a byte.
  const std::size_t frames = (values.size() + kFrameValues - 1) / kFrameValues;
  REQUIRE(bytes.size() <= 16 + values.size() * 4 + values.size() / 8 + frames * 6);
}

// A reader that failed has given missing samples only; others may have found anything.
void check_harmless(std::string_view bytes, std::size_t count, const SlotMask* common = nullptr) {
  Values values(count, -77);
  ByteReader in(bytes);
  decode_column(in, values, common);
  if (!in.failed()) return;
  for (const float value : values) REQUIRE(std::isnan(value));
}

Values repeat(std::size_t count, float value) { return Values(count, value); }

Values counting(std::size_t count, double first, double step) {
  Values values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(first + step * static_cast<double>(i)));
  }
  return values;
}

Values with(Values values, std::size_t at, float value) {
  values[at] = value;
  return values;
}

struct Golden {
  const char* what;
  Values values;
  const char* bytes;
};

TEST_CASE("columns have exactly these bytes") {
  const std::vector<Golden> cases{
      {"nothing", repeat(5, kNoValue), "03"},
      {"zeros", repeat(4096, 0), "00"},
      {"a whole number", repeat(64, 100), "04 c801"},
      {"a decimal", repeat(3, -0.25F), "24 31"},
      {"no decimal", repeat(3, 1.1e-20F), "f4 bcc84f1e"},
      {"minus zero", repeat(2, -0.0F), "f4 ffffffff"},
      {"one value", {3}, "04 06"},
      {"a frame of decimals", {40, 41.5F, 40, 43, 47, 44, 41, 40}, "18 a006 07 8007c063442900"},
      {"an exception above", with(repeat(16, 5), 9, 1000), "08 0a 40 01 09 c60f"},
      {"an exception below", with(repeat(16, 5), 9, -1000), "08 0a 40 01 09 d90f"},
      {"differences", counting(20, 1e6, 100), "0c 80897a c801 00"},
      {"differences of floats' bits", counting(8, 1e12, 6.5e9), "fc a5d46853 dc8d0c 01 08"},
      {"floats' bits",
       {1 / 3.0F, 0.34F, -1e-9F, 0.35F},
       "f8 abaaaa3e 54 01 02 e71b 000000 9d36f5 e48b8888"},
      {"a gap of its own", {7, kNoValue, 9, 7}, "0a 0d 0e 02 08"},
      {"two frames", with(repeat(66, 2), 65, 3), "08 04 00 04 01 02"},
  };
  for (const Golden& golden : cases) {
    CAPTURE(golden.what);
    CHECK(hex(column_bytes(golden.values)) == hex(unhex(golden.bytes)));
    CHECK(bits_of(decoded(unhex(golden.bytes), golden.values.size())) == bits_of(golden.values));
  }
}

TEST_CASE("what cannot be seen in a value comes back") {
  check_round_trip({0.0F, -0.0F, 0.0F, -0.0F});
  check_round_trip({Limits::denorm_min(), -Limits::denorm_min(), 0, Limits::min()});
  check_round_trip({Limits::infinity(), 1, -Limits::infinity(), kNoValue, Limits::max()});
  check_round_trip({16777216, 16777218, 16777220, 33554436});
  check_round_trip(counting(64, 281474976710656.0, 65536.0 * 256));
  check_round_trip(counting(64, -3, 0.1));
}

TEST_CASE("every NaN is the same missing sample") {
  const float other_nan = std::bit_cast<float>(0xffc12345U);
  CHECK(column_bytes({1, other_nan, 3}) == column_bytes({1, kNoValue, 3}));
}

TEST_CASE("typical columns cost what was promised") {
  CHECK(column_bytes(repeat(kMaxColumnValues, kNoValue)).size() == 1);
  CHECK(column_bytes(repeat(kMaxColumnValues, 0)).size() == 1);
  CHECK(column_bytes(repeat(kMaxColumnValues, 72.25F)).size() == 3);
  CHECK(column_bytes(counting(64, 1.2e12, 6e9)).size() <= 20);
  Values whole, noisy;
  for (int i = 0; i < 64; ++i) {
    whole.push_back(static_cast<float>(60 + i * 7 % 16));
    noisy.push_back(1.5F + static_cast<float>(i * 37 % 64) * 0x1p-13F + 0x1p-23F);
  }
  CHECK(column_bytes(whole).size() <= 3 + 64 * 4 / 8);
  CHECK(column_bytes(noisy).size() <= 6 + 64 * 16 / 8);
}

TEST_CASE("a column with the common gaps does not repeat them") {
  const Values column = with(with(counting(64, 100, 1), 5, kNoValue), 6, kNoValue);
  const SlotMask common = SlotMask::of(column);
  const std::string shared = column_bytes(column, &common);
  CHECK(shared.size() + 8 == column_bytes(column).size());
  CHECK(bits_of(decoded(shared, 64, &common)) == bits_of(column));
  CHECK(decoded(shared, 64).empty());
  const SlotMask of_others = SlotMask::of(repeat(63, 1));
  CHECK(decoded(shared, 64, &of_others).empty());

  for (const Values& other :
       {with(column, 7, kNoValue), repeat(64, kNoValue), counting(64, 0, 1)}) {
    const std::string bytes = column_bytes(other, &common);
    CHECK(bytes == column_bytes(other));
    CHECK(bits_of(decoded(bytes, 64, &common)) == bits_of(other));
  }
}

TEST_CASE("a column takes its own bytes and no more") {
  std::string bytes = "before";
  const Values first = counting(70, 0.1, 0.3), second = repeat(70, 4);
  encode_column(bytes, first);
  encode_column(bytes, second);
  bytes += "after";
  ByteReader in(bytes);
  in.raw(6);
  Values values(70);
  decode_column(in, values);
  CHECK(bits_of(values) == bits_of(first));
  decode_column(in, values);
  CHECK(bits_of(values) == bits_of(second));
  CHECK(in.raw(5) == "after");
  CHECK(in.complete());
}

TEST_CASE("any series of any length comes back, with and without a common mask") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  SeriesMaker maker(seed);
  for (int round = 0; round < 4000; ++round) {
    CAPTURE(round);
    const std::size_t lengths[] = {maker.pick(1, 3), 64, maker.pick(60, 70), maker.pick(1, 300)};
    const std::size_t count = round % 500 == 0 ? kMaxColumnValues : lengths[maker.pick(0, 3)];
    const Values values = maker.make(count);
    check_round_trip(values);
    const SlotMask common = SlotMask::of(maker.chance(50) ? values : maker.make(count));
    REQUIRE(bits_of(decoded(column_bytes(values, &common), count, &common)) == bits_of(values));
  }
}

TEST_CASE("a column cut short anywhere is refused") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  SeriesMaker maker(seed);
  for (int round = 0; round < 200; ++round) {
    const Values values = maker.make(maker.pick(1, 140));
    const std::string bytes = column_bytes(values);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string cut = bytes.substr(0, size);  // of its own, so that ASan sees its end
      REQUIRE(decoded(cut, values.size()).empty());
      check_harmless(cut, values.size());
    }
  }
}

TEST_CASE("broken bytes give missing samples or some values, and nothing worse") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  SeriesMaker maker(seed);
  for (int round = 0; round < 20'000; ++round) {
    const Values values = maker.make(maker.pick(1, 140));
    const SlotMask common = SlotMask::of(values);
    std::string bytes = column_bytes(values, maker.chance(50) ? &common : nullptr);
    for (std::size_t flips = maker.pick(1, 3); flips-- > 0;) {
      bytes[maker.pick(0, bytes.size() - 1)] = static_cast<char>(maker.pick(0, 255));
    }
    check_harmless(bytes, maker.chance(90) ? values.size() : maker.pick(1, 200), &common);
  }
}

TEST_CASE("bytes that no writer makes are refused") {
  const std::vector<std::pair<const char*, std::size_t>> cases{
      {"", 1},
      {"13", 4},                          // no values, but a scale
      {"a0", 4},                          // a scale that is not known
      {"01", 4},                          // the common mask where there is none
      {"02 1f", 4},                       // a mask beyond the last slot
      {"08 02 21 00000000", 4},           // a width of 33
      {"08 02 81 00", 4},                 // an unknown bit beside the width
      {"08 02 41 05 00", 4},              // more exceptions than values
      {"08 02 41 01 04 02 00", 4},        // an exception of a fifth value
      {"08 02 41 02 01 02 01 02 00", 4},  // two exceptions of one value
      {"08 02 60 01 00 02 0000000000000000 0000000000000000", 4},  // beyond the widest
      {"04 8080808010", 4},                                        // a number of more than 32 bits
  };
  for (const auto& [bytes, count] : cases) {
    CAPTURE(bytes);
    CHECK(decoded(unhex(bytes), count).empty());
    check_harmless(unhex(bytes), count);
  }
}

}  // namespace
}  // namespace jobledger::storage::metrics
