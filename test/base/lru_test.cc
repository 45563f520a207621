// SPDX-License-Identifier: MIT
#include "base/lru.h"

#include <doctest/doctest.h>

#include <string>

namespace jobledger {
namespace {

using Texts = Lru<int, std::string>;

std::string keys(const std::list<Texts::Entry>& entries) {
  std::string text;
  for (const auto& entry : entries) text += std::to_string(entry.key);
  return text;
}

TEST_CASE("what was used least recently goes first, when there is no room for more") {
  Texts cache(10);
  CHECK(keys(cache.put(1, "a", 4)).empty());
  CHECK(keys(cache.put(2, "b", 4)).empty());
  REQUIRE(cache.find(1) != nullptr);
  CHECK(*cache.find(1) == "a");
  CHECK(keys(cache.put(3, "c", 4)) == "2");
  CHECK(cache.find(2) == nullptr);
  CHECK(cache.bytes() == 8);
  CHECK(keys(cache.put(4, "d", 10)) == "13");
  CHECK(cache.bytes() == 10);
}

TEST_CASE("what is larger than the room is not kept, and pushes nothing out") {
  Texts cache(10);
  CHECK(cache.put(1, "a", 4).empty());
  CHECK(cache.put(2, "b", 11).empty());
  CHECK(cache.find(2) == nullptr);
  CHECK(cache.find(1) != nullptr);
}

TEST_CASE("a value that is here stays") {
  Texts cache(10);
  CHECK(cache.put(1, "a", 4).empty());
  CHECK(cache.put(1, "other", 6).empty());
  CHECK(*cache.find(1) == "a");
  CHECK(cache.bytes() == 4);
}

}  // namespace
}  // namespace jobledger
