// SPDX-License-Identifier: MIT
#include "schema/json_write.h"

#include "schema/json_read.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace jobledger::schema;

namespace {

std::string string_of(std::string_view text) {
  std::string out;
  write_json_string(out, text);
  return out;
}

std::string double_of(double value) {
  std::string out;
  write_json_double(out, value);
  return out;
}

std::string fixed_of(double value, int decimals) {
  std::string out;
  write_json_fixed(out, value, decimals);
  return out;
}

}  // namespace

TEST_CASE("strings are escaped as the field escapes them") {
  struct Row {
    std::string_view text, json;
  };
  using namespace std::string_view_literals;
  for (const Row& row :
       std::vector<Row>{{"", R"("")"},
                        {"plain text", R"("plain text")"},
                        {"a\"b\\c/d", R"("a\"b\\c/d")"},
                        {"\n\r\t\b\f", R"("\n\r\t\b\f")"},
                        {"\x00\x01\x1f\x7f"sv, "\"\\u0000\\u0001\\u001f\x7f\""},
                        {"<a href=x>&", R"("\u003ca href=x\u003e\u0026")"},
                        {"\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA", "\"\\u2028\\u2029\xE2\x80\xAA\""},
                        {"\xC2\xB0"
                         "C \xF0\x9F\x98\x80",
                         "\"\xC2\xB0"
                         "C \xF0\x9F\x98\x80\""},
                        {"a\xFF\xC3", R"("a\ufffd\ufffd")"},
                        {"\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80",
                         R"("\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd")"},
                        {"\xE0\x9F\xBFz", R"("\ufffd\ufffd\ufffdz")"}}) {
    CAPTURE(row.json);
    CHECK(string_of(row.text) == row.json);
  }
}

TEST_CASE("doubles are the shortest text, with exponents only far out") {
  struct Row {
    double value;
    std::string_view json;
  };
  for (const Row& row :
       std::vector<Row>{{0, "0"},
                        {-0.0, "0"},
                        {1, "1"},
                        {-1.5, "-1.5"},
                        {0.1, "0.1"},
                        {1.53846153846154, "1.53846153846154"},
                        {16777217.5, "16777217.5"},
                        {1000000, "1000000"},
                        {123456789012, "123456789012"},
                        {9007199254740993.0, "9007199254740992"},
                        {1e20, "100000000000000000000"},
                        {123456789012345678901.0, "123456789012345680000"},
                        {9.99e20, "999000000000000000000"},
                        {1e21, "1e+21"},
                        {1.25e30, "1.25e+30"},
                        {1e300, "1e+300"},
                        {1e-6, "0.000001"},
                        {1.5e-5, "0.000015"},
                        {9.99e-7, "9.99e-7"},
                        {1e-7, "1e-7"},
                        {-1e-10, "-1e-10"},
                        {5e-324, "5e-324"},
                        {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
                        {std::numeric_limits<double>::quiet_NaN(), "null"},
                        {-std::numeric_limits<double>::infinity(), "null"}}) {
    CAPTURE(row.json);
    CHECK(double_of(row.value) == row.json);
  }
}

TEST_CASE("fixed decimals round to the nearest") {
  CHECK(fixed_of(16777218.0F, 2) == "16777218.00");
  CHECK(fixed_of(0.005, 2) == "0.01");
  CHECK(fixed_of(0.004, 2) == "0.00");
  CHECK(fixed_of(-1.255, 2) == "-1.25");
  CHECK(fixed_of(2, 3) == "2.000");
  CHECK(fixed_of(1e300, 2).size() == 304);
  CHECK(fixed_of(1.5, -3) == "2");
  CHECK(fixed_of(std::nan(""), 2) == "null");
  CHECK(fixed_of(std::numeric_limits<double>::infinity(), 2) == "null");
}

TEST_CASE("any double and any text survive being written and read") {
  std::mt19937_64 random(20240229);
  for (int round = 0; round < 20000; ++round) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    CHECK(*JsonReader::of_this_thread().parse(double_of(value))->as_double() == value);
  }
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::uint64_t n = random() % 20; n > 0; --n) text += static_cast<char>(random() % 128);
    CHECK(*JsonReader::of_this_thread().parse(string_of(text))->as_string() == text);
  }
}
