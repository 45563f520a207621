// SPDX-License-Identifier: MIT
#include "base/gzip.h"

#include <doctest/doctest.h>

namespace jobledger {
namespace {

TEST_CASE("gzip round trip at several sizes and levels") {
  for (std::size_t size : {0u, 1u, 100u, 100000u}) {
    std::string text;
    while (text.size() < size) text += "sample " + std::to_string(text.size());
    for (int level : {1, 6, 12}) CHECK(*gunzip(gzip(text, level), 1 << 20) == text);
  }
}

TEST_CASE("an output beyond the limit is refused, also when the trailer lies") {
  std::string packed = gzip(std::string(100000, 'a'), 6);
  CHECK(gunzip(packed, 99999).error().kind == ErrorKind::too_large);
  packed[packed.size() - 4] = 1;
  packed[packed.size() - 3] = packed[packed.size() - 2] = packed[packed.size() - 1] = 0;
  CHECK(gunzip(packed, 1 << 20).error().kind == ErrorKind::corrupt);
}

TEST_CASE("several members are one text") {
  const std::string packed = gzip("hello ", 6) + gzip("", 6) + gzip("world", 6);
  CHECK(*gunzip(packed, 100) == "hello world");
  CHECK(gunzip(packed, 10).error().kind == ErrorKind::too_large);
}

TEST_CASE("damaged and cut input is corrupt") {
  std::string packed = gzip("hello hello hello", 6);
  CHECK(gunzip(packed.substr(0, packed.size() - 1), 100).error().kind == ErrorKind::corrupt);
  CHECK(gunzip(packed + "x", 100).error().kind == ErrorKind::corrupt);
  CHECK(gunzip("", 100).error().kind == ErrorKind::corrupt);
}

}  // namespace
}  // namespace jobledger
