// SPDX-License-Identifier: MIT
#include "ingest/text_map.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace jobledger::ingest {
namespace {

TEST_CASE("what was inserted is found, whatever its length, and stays where it is") {
  TextPool pool;
  TextMap<int> map;
  std::vector<int*> places;
  for (int i = 0; i < 5000; ++i) {
    std::string text(static_cast<std::size_t>(i % 67), 'x');
    text += std::to_string(i);
    REQUIRE(map.find(text) == nullptr);
    places.push_back(&map.insert(pool.keep(text), i));
  }
  CHECK(map.size() == 5000);
  CHECK(map.bytes() > 5000 * sizeof(int));
  for (int i = 0; i < 5000; ++i) {
    std::string text(static_cast<std::size_t>(i % 67), 'x');
    text += std::to_string(i);
    int* found = map.find(text);
    REQUIRE(found == places[static_cast<std::size_t>(i)]);
    CHECK(*found == i);
    CHECK(map.find(text + "y") == nullptr);
  }
}

TEST_CASE("empty and binary texts are texts") {
  TextMap<int> map;
  CHECK(map.find("") == nullptr);
  map.insert({}, 1);
  map.insert(std::string_view("\0", 1), 2);
  CHECK(*map.find("") == 1);
  CHECK(*map.find(std::string_view("\0", 1)) == 2);
  CHECK(map.find(std::string_view("\0\0", 2)) == nullptr);
}

TEST_CASE("the pool keeps texts apart, also large ones") {
  TextPool pool;
  CHECK(pool.keep("").empty());
  std::vector<std::string_view> kept;
  for (std::size_t i = 0; i < 300; ++i) kept.push_back(pool.keep(std::string(i * 10, 'a')));
  kept.push_back(pool.keep(std::string(1u << 20, 'b')));
  for (std::size_t i = 0; i < 300; ++i) CHECK(kept[i] == std::string(i * 10, 'a'));
  CHECK(kept[300] == std::string(1u << 20, 'b'));
  CHECK(pool.bytes() >= 300 * 299 * 5 + (1u << 20));
}

}  // namespace
}  // namespace jobledger::ingest
