// SPDX-License-Identifier: MIT
#include "storage/jobs/column.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <vector>

namespace jobledger::storage::jobs {
namespace {

constexpr auto kLow = std::numeric_limits<std::int64_t>::min();
constexpr auto kHigh = std::numeric_limits<std::int64_t>::max();

std::vector<std::int64_t> decode(const Column& column, std::size_t rows) {
  std::vector<std::int64_t> values;
  for (std::uint32_t row = 0; row < rows; ++row) values.push_back(column.view.at(row));
  return values;
}

TEST_CASE("integers are kept in the narrowest width and come back") {
  struct Case {
    std::vector<std::int64_t> values;
    int width;
  };
  const Case cases[] = {
      {{7, 7, 7}, 0},
      {{-3, -2, 252}, 1},
      {{-3, -2, 253}, 2},
      {{1'000'000'000, 1'000'000'001, 1'000'065'535}, 2},
      {{0, 1, 65'537}, 4},
      {{0, 3'600, 86'400}, 1},  // in steps of an hour
      {{10, 10 + 65'536LL * 60}, 1},
      {{kLow, kHigh}, 1},  // one step
      {{kLow, -1, kHigh}, 8},
      {{0, 4'294'967'295}, 1},  // likewise
      {{0, 1, 4'294'967'296}, 8},
  };
  for (const Case& c : cases) {
    const Column column = encode_integers(c.values, Steps::yes);
    CHECK(int{column.view.width} == c.width);
    CHECK(decode(column, c.values.size()) == c.values);
  }
  CHECK(int{encode_integers(std::vector<std::int64_t>{0, 3'600}, Steps::no).view.width} == 2);
}

TEST_CASE("reals keep their order and value, as hundredths where exact") {
  const std::vector<double> exact{0, -0.01, 12.34, 99'999.99, 0.1, -7};
  const std::vector<double> others{1.0 / 3, -2.5e300, 0, 12.34, 5e-324};
  for (const auto& [values, coding] :
       {std::pair{exact, Coding::hundredths}, std::pair{others, Coding::sortable}}) {
    std::vector<std::int64_t> codes;
    for (const double value : values) codes.push_back(to_sortable(value));
    const Column column = encode_reals(codes);
    CHECK(column.view.coding == coding);
    for (std::uint32_t a = 0; a < values.size(); ++a) {
      CHECK(column.view.real_at(a) == values[a]);
      for (std::uint32_t b = 0; b < values.size(); ++b)
        CHECK((column.view.sortable_at(a) < column.view.sortable_at(b)) == (values[a] < values[b]));
    }
  }
  CHECK(to_sortable(-0.0) == to_sortable(0.0));
}

TEST_CASE("the code range of hundredths has exactly the values between the bounds") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const double x =
        static_cast<double>(static_cast<std::int64_t>(random() % 2'000'000) - 1'000'000) /
        (i % 2 == 0 ? 100.0 : 777.0);
    const CodeRange range = code_range(Coding::hundredths, x, x);
    REQUIRE(static_cast<double>(range.low) / 100.0 >= x);
    REQUIRE(static_cast<double>(range.low - 1) / 100.0 < x);
    REQUIRE(static_cast<double>(range.high) / 100.0 <= x);
    REQUIRE(static_cast<double>(range.high + 1) / 100.0 > x);
  }
  CHECK(code_range(Coding::hundredths, -1e300, 1e300).low == kLow);
  CHECK(code_range(Coding::hundredths, -1e300, 1e300).high == kHigh);
  CHECK(code_range(Coding::hundredths, 1e300, {}).low == kHigh);
}

TEST_CASE("range and table loops keep what plain comparison keeps") {
  std::mt19937_64 random(2);
  for (const std::int64_t span : {1, 200, 60'000, 70'000, 3'000'000}) {
    for (const std::uint32_t rows : {1U, 63U, 64U, 65U, 200U, 1'000U}) {
      const std::int64_t scale = span > 60'000 ? 1 : static_cast<std::int64_t>(random() % 3 + 1);
      std::vector<std::int64_t> values(rows);
      for (auto& value : values)
        value = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span)) * scale + 5;
      const Column column = encode_integers(values, Steps::yes);
      for (int i = 0; i < 20; ++i) {
        CodeRange range;
        range.low = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span)) * scale;
        range.high =
            range.low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span));
        Bitmap bits;
        bits.fill(rows);
        bits.reset(rows / 2);
        column.view.keep_in_range(bits, range);
        std::uint32_t expected = 0;
        for (std::uint32_t row = 0; row < rows; ++row) {
          const bool in = row != rows / 2 && values[row] >= range.low && values[row] <= range.high;
          REQUIRE(bits.test(row) == in);
          expected += in;
        }
        CHECK(bits.count() == expected);
        CHECK(bits.any() == (expected != 0));
      }
    }
  }
  const std::vector<std::int64_t> codes{3, 4, 9, 3, 5};
  const Column column = encode_integers(codes, Steps::no);
  std::vector<std::uint8_t> table(10);
  table[3] = table[9] = 1;
  Bitmap bits;
  bits.fill(5);
  column.view.keep_allowed(bits, table);
  CHECK(bits.words()[0] == 0b01101);
}

TEST_CASE("bits are visited upwards and downwards") {
  Bitmap bits;
  bits.clear(300);
  const std::vector<std::uint32_t> rows{0, 63, 64, 130, 299};
  for (const auto row : rows) bits.set(row);
  std::vector<std::uint32_t> up, down;
  bits.for_each([&](std::uint32_t row) { up.push_back(row); });
  bits.for_each_down_while([&](std::uint32_t row) {
    down.insert(down.begin(), row);
    return row != 63;
  });
  CHECK(up == rows);
  CHECK(down == std::vector<std::uint32_t>{63, 64, 130, 299});
  bits.fill(65'536);
  CHECK(bits.count() == 65'536);
}

}  // namespace
}  // namespace jobledger::storage::jobs
