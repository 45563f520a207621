// SPDX-License-Identifier: MIT
#include "schema/json_read.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;

namespace {

std::string error_of(std::string_view text) {
  const Result<JsonValue> value = JsonReader::of_this_thread().parse(text);
  return value ? "" : value.error().detail;
}

std::string text_of(std::string_view text) {
  const Result<JsonValue> value = JsonReader::of_this_thread().parse(text);
  REQUIRE_MESSAGE(value.has_value(), text);
  const Result<std::string_view> string = value->as_string();
  REQUIRE(string.has_value());
  return std::string(*string);
}

JsonValue parsed(std::string_view text) {
  Result<JsonValue> value = JsonReader::of_this_thread().parse(text);
  REQUIRE_MESSAGE(value.has_value(), text);
  return *value;
}

}  // namespace

TEST_CASE("every type is told apart") {
  struct Row {
    std::string_view text;
    JsonType type;
  };
  for (const Row& row : std::vector<Row>{{"null", JsonType::null},
                                         {"true", JsonType::boolean},
                                         {"false", JsonType::boolean},
                                         {"-1", JsonType::integer},
                                         {"9223372036854775807", JsonType::integer},
                                         {"9223372036854775808", JsonType::unsigned_integer},
                                         {"18446744073709551616", JsonType::real},
                                         {"1.0", JsonType::real},
                                         {"1e3", JsonType::real},
                                         {"\"x\"", JsonType::string},
                                         {"[]", JsonType::array},
                                         {"{}", JsonType::object}}) {
    CAPTURE(row.text);
    CHECK(parsed(row.text).type() == row.type);
  }
  CHECK(JsonValue().is_null());
}

TEST_CASE("integers must be whole, written so, and fit") {
  CHECK(*parsed("-2147483648").as_int32() == -2147483648);
  CHECK(parsed("2147483648").as_int32().error().detail ==
        "expected a 32-bit integer, found 2147483648");
  CHECK(*parsed("-9223372036854775808").as_int64() == INT64_MIN);
  CHECK(parsed("9223372036854775808").as_int64().error().detail ==
        "expected a 64-bit integer, found 9223372036854775808");
  CHECK(parsed("1.0").as_int64().error().kind == ErrorKind::invalid);
  CHECK(parsed("1e2").as_int32().error().kind == ErrorKind::invalid);
  CHECK(parsed("\"7\"").as_int64().error().detail == "expected a 64-bit integer, found \"7\"");
}

TEST_CASE("any number is a double, but none beyond its range") {
  CHECK(*parsed("7").as_double() == 7.0);
  CHECK(*parsed("18446744073709551615").as_double() == 18446744073709551615.0);
  CHECK(*parsed("123456789012345678901234567890").as_double() == 123456789012345678901234567890.0);
  CHECK(*parsed("1e-999").as_double() == 0.0);
  for (const std::string& huge :
       {std::string("1e999"), "-1" + std::string(400, '0'), "-1" + std::string(400, '0') + ".5"}) {
    const std::string text = "[1, " + huge + " , 2]";
    std::vector<bool> numbers;
    REQUIRE(parsed(text)
                .each_element([&](std::size_t, JsonValue value) -> Result<void> {
                  numbers.push_back(value.as_double().has_value());
                  return {};
                })
                .has_value());
    CHECK(numbers == std::vector<bool>{true, false, true});
  }
  CHECK(parsed("1e999").as_double().error().detail == "expected a number, found \"1e999\"");
}

TEST_CASE("what follows the first value is ignored") {
  CHECK(*parsed("17 and more").as_int32() == 17);
  CHECK(parsed("{\"a\":1} \xff\"").size() == 1);
  CHECK(parsed("[1,2][3]").size() == 2);
}

TEST_CASE("broken text inside strings becomes the replacement character") {
  CHECK(text_of("\"a\xff"
                "b\"") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(text_of("\"\\ud800x\"") == "\xEF\xBF\xBDx");
  CHECK(text_of("\"\\udc80\"") == "\xEF\xBF\xBD");
  CHECK(text_of("\"\\ud83d\\ude00\"") == "\xF0\x9F\x98\x80");
  CHECK(text_of("\"\\ud800\\u0041\"") ==
        "\xEF\xBF\xBD"
        "A");
  CHECK(text_of("\"\xC0\xAF\"") == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("syntax errors name the byte and the expectation") {
  struct Row {
    std::string_view text, error;
  };
  for (const Row& row : std::vector<Row>{
           {"", "the document is empty"},
           {"  \n", "the document is empty"},
           {"{\"a\" 1}", "not JSON at byte 5: expected ':', found '1'"},
           {"{\"a\":1,}", "not JSON at byte 7: expected a member name, found '}'"},
           {"[1 2]", "not JSON at byte 3: expected ',' or ']', found '2'"},
           {"[1,", "JSON ends early: expected a value"},
           {"{\"a\":tru}", "not JSON at byte 8: expected true, found '}'"},
           {"\"abc", "JSON ends early: expected the end of a string"},
           {"\"a\nb\"", "not JSON at byte 2: expected an escaped control character, found 0x0a"},
           {"\"\\x\"", "not JSON at byte 2: expected an escape, found 'x'"},
           {"\"\\u12g4\"", "not JSON at byte 3: expected four hexadecimal digits, found '1'"},
           {"01a", ""},
           {"[01]", "not JSON at byte 2: expected ',' or ']', found '1'"},
           {"[-]", "not JSON at byte 2: expected a digit, found ']'"},
           {"[1.]", "not JSON at byte 3: expected a digit, found ']'"},
           {"\xEF\xBB\xBF{}", "not JSON at byte 0: expected a value, found 0xef"}}) {
    CAPTURE(row.text);
    CHECK(error_of(row.text) == row.error);
  }
}

TEST_CASE("depth and size have limits") {
  JsonReader reader(JsonLimits{.max_bytes = 64, .max_depth = 3});
  CHECK(reader.parse("[[[1]]]").has_value());
  const Result<JsonValue> deep = reader.parse("[[[[1]]]]");
  REQUIRE(!deep);
  CHECK(deep.error().kind == ErrorKind::too_large);
  CHECK(deep.error().detail == "more than 3 levels at byte 3");
  const Result<JsonValue> large = reader.parse(std::string(65, ' '));
  REQUIRE(!large);
  CHECK(large.error().kind == ErrorKind::too_large);
}

TEST_CASE("a giant document does not stop the next one") {
  JsonReader reader(JsonLimits{.max_bytes = 1u << 20, .keep_bytes = 4096});
  std::string giant = "[0";
  for (int i = 0; i < 100000; ++i) giant += ",1";
  giant += "]";
  for (int round = 0; round < 2; ++round) {
    CHECK(reader.parse(giant)->size() == 100001);
    CHECK(reader.parse("[5]")->size() == 1);
  }
}

TEST_CASE("nothing at all may be the first document") {
  JsonReader reader;
  CHECK(reader.parse(std::string_view()).error().detail == "the document is empty");
  CHECK(reader.parse("1").has_value());
}

TEST_CASE("errors carry the path of what was read") {
  const JsonValue root = parsed(R"({"a":[{"b":1},{"b":[true,"x"]}]})");
  const auto leaf = [](std::size_t, JsonValue value) -> Result<void> {
    TRY(value.as_bool());
    return {};
  };
  const auto record = [&](std::size_t index, JsonValue value) -> Result<void> {
    if (index == 0) return {};
    return value.each_member(
        [&](std::string_view, JsonValue list) -> Result<void> { return list.each_element(leaf); });
  };
  const Result<void> done = root.each_member(
      [&](std::string_view, JsonValue list) -> Result<void> { return list.each_element(record); });
  REQUIRE(!done);
  CHECK(done.error().detail == "a[1].b[1]: expected true or false, found \"x\"");
}

TEST_CASE("hostile names and texts are cut and made visible in messages") {
  const JsonValue root =
      parsed("{\"\\n" + std::string(100, 'n') + "\":\"" + std::string(100, 'v') + "\"}");
  const Result<void> done = root.each_member([](std::string_view, JsonValue value) -> Result<void> {
    TRY(value.as_bool());
    return {};
  });
  REQUIRE(!done);
  CHECK(done.error().detail == "\\x0a" + std::string(39, 'n') +
                                   "...: expected true or false, found \"" + std::string(40, 'v') +
                                   "...\"");
}

TEST_CASE("member names compare without case") {
  CHECK(same_member("JOBid", "jobId"));
  CHECK(!same_member("jobId2", "jobId"));
  CHECK(!same_member("", "jobId"));
}
