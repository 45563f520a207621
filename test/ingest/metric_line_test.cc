// SPDX-License-Identifier: MIT
#include "ingest/metric_line.h"

#include "test/seed.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace jobledger::ingest {
namespace {

// "measurement|tags|value|@timestamp", "(kind)", or "!refusal".
std::string show(const MetricLine& line) {
  if (line.kind == LineKind::unusable) {
    const std::string refusal = fmt::format("!{}", to_string(line.refusal));
    return line.error == LineError::none ? refusal
                                         : fmt::format("{}: {}", refusal, to_string(line.error));
  }
  if (line.kind != LineKind::sample) return fmt::format("({})", to_string(line.kind));
  std::string shown = fmt::format("{}|{}|{}", line.measurement, line.tags, line.value);
  if (line.has_timestamp) shown += fmt::format("|@{}", line.timestamp);
  if (line.other_fields) shown += "|+";
  return shown;
}

std::vector<std::string> read_all_lines(std::string_view message) {
  std::vector<std::string> lines;
  MetricReader reader(message);
  MetricLine line;
  while (reader.next(line)) lines.push_back(show(line));
  return lines;
}

TEST_CASE("metric lines of every shape") {
  struct Case {
    std::string title;
    std::string input;
    std::vector<std::string> expected;
  };
  const std::vector<Case> cases = {
      {"as an agent sends it",
       "cpu_user,cluster=c,hostname=h,type=hwthread,type-id=12 value=99.5 1700000000\n",
       {"cpu_user|,cluster=c,hostname=h,type=hwthread,type-id=12|99.5|@1700000000"}},
      {"several lines, the last without an end",
       "a,x=1 value=1 5\nb value=2\nc value=3",
       {"a|,x=1|1|@5", "b||2", "c||3"}},
      {"CRLF, blank lines, comments",
       "\r\n# no\na value=1 5\r\n\n  \nb value=2\r\n#x\n",
       {"a||1|@5", "b||2"}},
      {"no message at all", "", {}},
      {"only blanks", " \n\r\n\t", {}},
      {"spaces between the parts", "a,x=1  value=1   5  \n", {"a|,x=1|1|@5"}},
      {"integers",
       "a value=5i\nb value=5u\nc value=-5i\nd value=-5u",
       {"a||5", "b||5", "c||-5", "!syntax: field value is no number, boolean or quoted string"}},
      {"limits of integers",
       "a value=-9223372036854775808i\nb value=18446744073709551615u\nc value=9223372036854775808i",
       {"a||-9.223372e+18", "b||1.8446744e+19",
        "!syntax: field value is no number, boolean or quoted string"}},
      {"forms of numbers",
       "a value=1e3\na value=1.5E-3\na value=+1\na value=.5\na value=5.\na value=-0",
       {"a||1000", "a||0.0015", "a||1", "a||0.5", "a||5", "a||-0"}},
      {"many digits",
       "a value=0.1234567890123456789012345678\na value=0000000000000000000000001.5",
       {"a||0.12345679", "a||1.5"}},
      {"the ends of float",
       "a value=3.4028235e38\na value=3.4028235677973362e38\na value=1e-45",
       {"a||3.4028235e+38", "a||3.4028235e+38", "a||1e-45"}},
      {"beyond float",
       "a value=3.4028235677973366e38\na value=-1e39\na value=1e-60",
       {"!out_of_range", "!out_of_range", "a||0"}},
      {"no numbers",
       "a value=nan\na value=inf\na value=0x1\na value=1e999\na value=1.2.3\na value=-",
       std::vector<std::string>(6, "!syntax: field value is no number, boolean or quoted string")},
      {"strings and booleans",
       "a value=\"1\"\na value=true\na value=F",
       {"!not_a_number", "!not_a_number", "!not_a_number"}},
      {"other messages of the field",
       "job event=\"{}\"\nccb,loglevel=warn log=\"x\"\nrapl,method=GET control=\"x\"\nq "
       "query=\"x\"",
       {"(event)", "(log)", "(control)", "(query)"}},
      {"fields that say nothing",
       "a other=1\na value2=1\na val=1,ue=2",
       {"!no_value", "!no_value", "!no_value"}},
      {"more fields than the value",
       "a value=1,max=2 5\na min=0,value=1\na value=1,value=2",
       {"a||1|@5|+", "a||1|+", "a||2|+"}},
      {"a metric beside an event", "a value=1,event=\"x\"", {"a||1|+"}},
      {"timestamps",
       "a value=1 -5\na value=1 9223372036854775807\na value=1 0",
       {"a||1|@-5", "a||1|@9223372036854775807", "a||1|@0"}},
      {"bad timestamps",
       "a value=1 17x\na value=1 +5\na value=1 1.5\na value=1 9223372036854775808",
       std::vector<std::string>(4, "!syntax: timestamp is no integer of 64 bits")},
      {"text behind the timestamp", "a value=1 5 6", {"!syntax: text behind the timestamp"}},
      {"escapes", R"(a\ b,x\=y=\,\  value=1 5)", {R"(a\ b|,x\=y=\,\ |1|@5)"}},
      {"high bytes",
       "a,x=\xc3\xa4 value=1\na,x=\xc3 value=1\n\xff value=1",
       {"a|,x=\xc3\xa4|1", "!syntax: not UTF-8", "!syntax: not UTF-8"}},
      {"control bytes", "a\x01 value=1\na,x=\x7f value=1\na\tvalue=1",
       std::vector<std::string>(3, "!syntax: control character in a name")},
      {"no measurement", ",a=1 value=1", {"!syntax: no measurement"}},
      {"nothing but a name", "a\na,x=1\na,x=1 ", std::vector<std::string>(3, "!syntax: no fields")},
      {"a carriage return within a line",
       "a value=1\r5\n",
       {"!syntax: field value is no number, boolean or quoted string"}},
      {"a string with a line break",
       "a,x=1 value=1,s=\"b value=2\nc\" 5\nd value=4",
       {"a|,x=1|1|@5|+", "d||4"}},
      {"a bad line costs that line only",
       "a value=1\nbroken\nb value=x\nc value=\"open\nd value=2",
       {"a||1", "!syntax: no fields", "!syntax: field value is no number, boolean or quoted string",
        "!syntax: string without a closing quote", "d||2"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.title);
    CHECK(read_all_lines(c.input) == c.expected);
  }
}

TEST_CASE("tags are not looked into before somebody asks") {
  MetricReader reader("a,x value=1\nb,y=2,z=3 value=2\n");
  MetricLine line;
  REQUIRE(reader.next(line));
  CHECK(line.tags == ",x");
  CHECK(reader.tokens().error == LineError::no_tag_value);
  REQUIRE(reader.next(line));
  CHECK(line.text == "b,y=2,z=3 value=2");
  REQUIRE(reader.tokens().tags.size() == 2);
  CHECK(reader.tokens().tags[1].value.raw == "3");
  CHECK_FALSE(reader.next(line));
}

TEST_CASE("the unit of a timestamp is told by its size") {
  CHECK(to_seconds(0) == 0);
  CHECK(to_seconds(1'700'000'000) == 1'700'000'000);
  CHECK(to_seconds(99'999'999'999) == 99'999'999'999);
  CHECK(to_seconds(100'000'000'000) == 100'000'000);
  CHECK(to_seconds(1'700'000'000'999) == 1'700'000'000);
  CHECK(to_seconds(1'700'000'000'999'999) == 1'700'000'000);
  CHECK(to_seconds(1'700'000'000'999'999'999) == 1'700'000'000);
  CHECK(to_seconds(INT64_MAX) == 9'223'372'036);
  CHECK(to_seconds(-5) == -5);
  CHECK(to_seconds(-1'700'000'000'999) == -1'700'000'000);
  CHECK(to_seconds(INT64_MIN) == -9'223'372'036);
}

// The number as the tokenizer reads it, rounded to float.
float expected_float(const std::string& number) {
  const std::string message = "m f=" + number;
  LineReader reader(message);
  Line line;
  REQUIRE(reader.next(line));
  REQUIRE(line.error == LineError::none);
  return static_cast<float>(line.fields[0].real);
}

void check_float(const std::string& number) {
  const std::string message = "m value=" + number;
  MetricReader reader(message);
  MetricLine line;
  REQUIRE(reader.next(line));
  const float expected = expected_float(number);
  if (!std::isfinite(expected)) {
    REQUIRE_MESSAGE(line.refusal == Refusal::out_of_range, number);
    return;
  }
  REQUIRE(line.kind == LineKind::sample);
  const bool same =
      std::bit_cast<std::uint32_t>(line.value) == std::bit_cast<std::uint32_t>(expected);
  REQUIRE_MESSAGE(same, number);
}

std::string shortest(double value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

TEST_CASE("numbers are rounded as the tokenizer rounds them, bit by bit") {
  const std::uint64_t used = test::test_seed();
  CAPTURE(used);
  std::mt19937_64 random(used);
  std::uniform_real_distribution<double> percent(0, 100);
  for (int i = 0; i < 20'000; ++i) {
    check_float(shortest(percent(random)));
    check_float(shortest(percent(random) * 1e-4));
    // Next to where a float is rounded up or down.
    const auto low = std::bit_cast<float>(static_cast<std::uint32_t>(random() % 0x7f000000));
    const auto high = std::bit_cast<float>(std::bit_cast<std::uint32_t>(low) + 1);
    const double middle = (static_cast<double>(low) + static_cast<double>(high)) / 2;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(middle) + random() % 9 - 4;
    const auto near = std::bit_cast<double>(bits);
    check_float(shortest(near));
    check_float(fmt::format("{:.25g}", near));
    // Digits without meaning.
    std::string digits = fmt::format("{}", random());
    digits.insert(random() % digits.size() + 1, digits.size() > 12 ? "." : "");
    if (digits.back() == '.') digits.pop_back();
    check_float(digits);
    check_float(fmt::format("{}e{}", digits, static_cast<int>(random() % 50) - 25));
    check_float(fmt::format("-{}i", random() >> 1));
  }
}

}  // namespace
}  // namespace jobledger::ingest
