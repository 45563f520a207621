// SPDX-License-Identifier: MIT
#include "schema/node_list.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;

namespace {

NodeList list_of(std::string_view text) {
  Result<NodeList> list = NodeList::parse(text);
  REQUIRE_MESSAGE(list.has_value(), text);
  return *std::move(list);
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("lists expand in term order, ascending and padded, each name once") {
  struct Row {
    std::string_view text;
    Names names;
  };
  for (const Row& row : std::vector<Row>{{"", {}},
                                         {",", {}},
                                         {"login1", {"login1"}},
                                         {"a0831", {"a0831"}},
                                         {"g1,g2,", {"g1", "g2"}},
                                         {"g1,,g2", {"g1", "g2"}},
                                         {"n[1-3]", {"n1", "n2", "n3"}},
                                         {"n[08-11]", {"n08", "n09", "n10", "n11"}},
                                         {"n[01,03]", {"n01", "n03"}},
                                         {"n[03,01-02]", {"n01", "n02", "n03"}},
                                         {"n[01-03,02-04]", {"n01", "n02", "n03", "n04"}},
                                         {"n[1-2,10]", {"n1", "n2", "n10"}},
                                         {"w[01-02]x", {"w01x", "w02x"}},
                                         {"r[1-2]n[01-02]", {"r1n01", "r1n02", "r2n01", "r2n02"}},
                                         {"[1-2][1-2]", {"11", "12", "21", "22"}},
                                         {"n[01-02],n02,n[02-03]", {"n01", "n02", "n03"}},
                                         {"[1,11][1,11]", {"11", "111", "1111"}},
                                         {"a-b[1-2]", {"a-b1", "a-b2"}},
                                         {"7", {"7"}}}) {
    CAPTURE(row.text);
    const NodeList list = list_of(row.text);
    CHECK(list.expand() == row.names);
    CHECK(list.size() == row.names.size());
    for (const std::string& name : row.names) {
      CAPTURE(name);
      CHECK(list.contains(name));
      CHECK(!list.contains(name + "x"));
      CHECK(!list.contains("x" + name));
    }
  }
}

TEST_CASE("matching is anchored and takes whole widths") {
  const NodeList list = list_of("n[01-10,20-30],login1,r[1-2]n[01-04]");
  CHECK(list.size() == 22 + 8);
  for (const std::string_view name : {"n01", "n10", "n20", "n30", "login1", "r2n04"}) {
    CAPTURE(name);
    CHECK(list.contains(name));
  }
  for (const std::string_view name :
       {"", "n", "n1", "n1 ", "n001", "n11", "n31", "n0a", "n+1", "login", "login11", "N01",
        "r3n01", "r1n05", "r1n1", "n01 "}) {
    CAPTURE(name);
    CHECK(!list.contains(name));
  }
}

TEST_CASE("an empty list matches nothing") {
  CHECK(!NodeList().contains(""));
  CHECK(!NodeList().contains("n01"));
  CHECK(NodeList().size() == 0);
  CHECK(!list_of(",").contains(""));
}

TEST_CASE("widths of several brackets are tried in every way") {
  const NodeList list = list_of("[1-9,10-99][1-9,10-99]x");
  CHECK(list.contains("11x"));
  CHECK(list.contains("111x"));
  CHECK(list.contains("1111x"));
  CHECK(!list.contains("11111x"));
  CHECK(!list.contains("10x"));
  CHECK(!list.contains("1x"));
}

TEST_CASE("what the grammar does not allow is refused with term and byte") {
  struct Row {
    std::string_view text, error;
  };
  for (const Row& row : std::vector<Row>{
           {"n[1-10]", "term 1, byte 7: both ends of a range need equally many digits, found ']'"},
           {"n01_a", "term 1, byte 4: expected a letter, a digit or '[', found '_'"},
           {"a,n1.x", "term 2, byte 5: expected a letter, a digit or '[', found '.'"},
           {"n 1", "term 1, byte 2: expected a letter, a digit or '[', found 0x20"},
           {"n[01-02]-ib", "term 1, byte 9: expected a letter, a digit or '[', found '-'"},
           {"-n", "term 1, byte 1: expected a letter, a digit or '[', found '-'"},
           {"n[01-02", "term 1, byte 8: expected ',' or ']', found the end"},
           {"n[", "term 1, byte 3: expected a digit, found the end"},
           {"n[]", "term 1, byte 3: expected a digit, found ']'"},
           {"n[1,]", "term 1, byte 5: expected a digit, found ']'"},
           {"n[1-]", "term 1, byte 5: expected a digit, found ']'"},
           {"n[-1]", "term 1, byte 3: expected a digit, found '-'"},
           {"n[a]", "term 1, byte 3: expected a digit, found 'a'"},
           {"n]", "term 1, byte 2: expected a letter, a digit or '[', found ']'"},
           {"n[05-01]", "term 1, byte 8: a range must not run backwards, found ']'"},
           {"*", "term 1, byte 1: expected a letter, a digit or '[', found '*'"},
           {"n[0000000000000000001]", "term 1, byte 22: too many digits, found ']'"}}) {
    CAPTURE(row.text);
    const Result<NodeList> list = NodeList::parse(row.text);
    REQUIRE(!list);
    CHECK(list.error().kind == ErrorKind::invalid);
    CHECK(list.error().detail == row.error);
  }
}

TEST_CASE("lists beyond their limits are refused before they are expanded") {
  for (const std::string_view text : {"n[000000000000000000-999999999999999999]",
                                      "[0000-9999][0000-9999][0000-9999]", "n[0000000-9999999]"}) {
    CAPTURE(text);
    const Result<NodeList> list = NodeList::parse(text);
    REQUIRE(!list);
    CHECK(list.error().kind == ErrorKind::too_large);
  }
  CHECK(NodeList::parse("n[1-4]", {.max_names = 4}).has_value());
  CHECK(!NodeList::parse("n[1-4],m", {.max_names = 4}));
  CHECK(NodeList::parse(std::string(255, 'a')).has_value());
  CHECK(!NodeList::parse(std::string(256, 'a')));
  std::string many;
  for (int i = 0; i < 8; ++i) many += "[1,11]";
  CHECK(!NodeList::parse(many));
}
