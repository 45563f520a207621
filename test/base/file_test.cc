// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <doctest/doctest.h>

namespace jobledger {
namespace {

TEST_CASE("a replaced file has the new bytes and nothing beside it") {
  TemporaryDirectory dir;
  const auto path = dir.path() / "a";
  REQUIRE(replace_file(path, "one"));
  REQUIRE(replace_file(path, "two"));
  CHECK(*read_file(path, 100) == "two");
  CHECK(!std::filesystem::exists(dir.path() / "a.tmp"));
}

TEST_CASE("a file that cannot be replaced keeps its bytes") {
  TemporaryDirectory dir;
  const auto path = dir.path() / "a";
  REQUIRE(replace_file(path, "one"));
  REQUIRE(make_directories(dir.path() / "a.tmp"));  // the place for the new bytes is taken
  CHECK(!replace_file(path, "two"));
  CHECK(*read_file(path, 100) == "one");
}

TEST_CASE("reading names what is wrong") {
  TemporaryDirectory dir;
  CHECK(read_file(dir.path() / "none", 10).error().kind == ErrorKind::not_found);
  CHECK(read_file(dir.path(), 10).error().kind == ErrorKind::io);
  REQUIRE(write_file(dir.path() / "big", std::string(11, 'x'), false));
  CHECK(read_file(dir.path() / "big", 10).error().kind == ErrorKind::too_large);
  CHECK(read_file(dir.path() / "big", 11)->size() == 11);
}

TEST_CASE("a temporary directory takes its contents with it") {
  std::filesystem::path path;
  {
    TemporaryDirectory dir;
    path = dir.path();
    REQUIRE(make_directories(path / "a" / "b"));
    REQUIRE(sync_file_system(path));
    CHECK(*free_bytes(path) > 0);
  }
  CHECK(!std::filesystem::exists(path));
}

}  // namespace
}  // namespace jobledger
