// SPDX-License-Identifier: MIT
#include "storage/jobs/text_match.h"

#include <doctest/doctest.h>

namespace jobledger::storage::jobs {
namespace {

using Kind = StringMatch::Kind;

TEST_CASE("texts match by kind") {
  struct Case {
    Kind kind;
    std::vector<std::string> values;
    const char* text;
    bool expected;
  };
  const Case cases[] = {
      {Kind::eq, {"Abc"}, "Abc", true},
      {Kind::eq, {"Abc"}, "abc", false},
      {Kind::neq, {"Abc"}, "abc", true},
      {Kind::neq, {}, "x", true},
      {Kind::eq, {}, "", false},
      {Kind::in, {"b", "a"}, "a", true},
      {Kind::in, {"b", "a"}, "A", false},
      {Kind::starts_with, {"aB"}, "Abc", true},
      {Kind::starts_with, {"abcd"}, "abc", false},
      {Kind::ends_with, {"BC"}, "abc", true},
      {Kind::ends_with, {"abcd"}, "abc", false},
      {Kind::contains, {"bC"}, "aBcd", true},
      {Kind::contains, {"aab"}, "aaab", true},
      {Kind::contains, {"abcd"}, "abc", false},
      {Kind::contains, {""}, "", true},
      {Kind::contains, {}, "abc", false},
      {Kind::contains, {"\xc3\x84"}, "\xc3\xa4", false},  // only ASCII letters fold
      {Kind::contains, {"["}, "{", false},
      {Kind::contains, {"@"}, "`", false},
  };
  for (const Case& c : cases) {
    CAPTURE(static_cast<int>(c.kind));
    CAPTURE(c.text);
    CHECK(TextMatcher({c.kind, c.values})(c.text) == c.expected);
  }
}

TEST_CASE("a condition on a dictionary becomes the smallest form") {
  Dictionaries dictionaries;
  for (const char* text : {"one", "two", "three"}) dictionaries.intern(Dictionary::user, text);
  const auto set = [&](Kind kind, std::vector<std::string> values) {
    return match_texts(dictionaries, Dictionary::user, {kind, std::move(values)});
  };
  using Shape = TextSet::Shape;
  CHECK(set(Kind::eq, {"two"}).shape == Shape::one);
  CHECK(set(Kind::eq, {"two"}).one == 1);
  CHECK(set(Kind::eq, {"four"}).shape == Shape::nothing);
  CHECK(set(Kind::neq, {"four"}).shape == Shape::everything);
  CHECK(set(Kind::in, {"four", "one"}).shape == Shape::one);
  CHECK(set(Kind::contains, {"x"}).shape == Shape::nothing);
  CHECK(set(Kind::neq, {"one"}).table == std::vector<std::uint8_t>{1, 0, 1, 1});
  CHECK(set(Kind::contains, {"T"}).table == std::vector<std::uint8_t>{0, 0, 1, 1});
}

}  // namespace
}  // namespace jobledger::storage::jobs
