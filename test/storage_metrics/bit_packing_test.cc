// SPDX-License-Identifier: MIT
#include "storage/metrics/bit_packing.h"

#include "test/hex.h"

#include <doctest/doctest.h>

#include <vector>

namespace jobledger::storage::metrics {
namespace {

TEST_CASE("the first value has the lowest bits of the first byte") {
  std::string bytes;
  append_packed(bytes, std::vector<std::uint32_t>{1, 2, 3, 4, 5}, 3);
  CHECK(hex(bytes) == "d158");
  bytes.clear();
  append_packed(bytes, std::vector<std::uint32_t>{0x01020304, 0xffffffff}, 32);
  CHECK(hex(bytes) == "04030201ffffffff");
  bytes.clear();
  append_packed(bytes, std::vector<std::uint32_t>{7, 8, 9}, 0);
  CHECK(bytes.empty());
}

TEST_CASE("every width and number of values comes back, and zeros behind them") {
  for (unsigned width = 0; width <= kMaxPackedWidth; ++width) {
    const auto limit = (std::uint64_t{1} << width) - 1;
    for (std::size_t count = 0; count <= kPackedValues; ++count) {
      std::vector<std::uint32_t> values;
      for (std::size_t i = 0; i < count; ++i) {
        values.push_back(static_cast<std::uint32_t>((0x9e3779b97f4a7c15 * (i + 1) >> 13) & limit));
      }
      if (count > 0) values.back() = static_cast<std::uint32_t>(limit);
      std::string bytes = "x";
      append_packed(bytes, values, width);
      REQUIRE(bytes.size() == 1 + packed_bytes(count, width));
      std::array<std::uint32_t, kPackedValues> back;
      back.fill(77);
      unpack(std::string_view(bytes).substr(1), width, back);
      values.resize(kPackedValues, 0);
      REQUIRE(std::equal(values.begin(), values.end(), back.begin()));
    }
  }
}

TEST_CASE("bits above the width are cut off") {
  std::string bytes;
  append_packed(bytes, std::vector<std::uint32_t>{0xfffffff1, 0xfffffff2}, 4);
  CHECK(hex(bytes) == "21");
}

}  // namespace
}  // namespace jobledger::storage::metrics
