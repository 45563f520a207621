// SPDX-License-Identifier: MIT
#include "daemon/file_limit.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

namespace jobledger::test {
using daemon::fit_to_file_limit;
using daemon::Settings;

namespace {

Settings settings(int tables, std::size_t connections) {
  Settings made;
  made.storage.max_open_files = tables;
  made.http.max_connections = connections;
  made.http.reserved_connections = 32;
  return made;
}

}  // namespace

TEST_CASE("a limit that is high enough changes nothing") {
  Settings asked = settings(1024, 1024);
  CHECK(fit_to_file_limit(asked, 65536).empty());
  CHECK(asked.http.max_connections == 1024);
  CHECK(asked.storage.max_open_files == 1024);
}

TEST_CASE("connections give way to the files of the database") {
  Settings asked = settings(1024, 4096);
  CHECK(fit_to_file_limit(asked, 4096).size() == 1);
  CHECK(asked.storage.max_open_files == 1024);
  CHECK(asked.http.max_connections == 4096 - 1024 - 3 * 32 - 192);
}

TEST_CASE("a limit below what the database wants lowers both") {
  Settings asked = settings(1024, 1024);
  CHECK(fit_to_file_limit(asked, 1024).size() == 2);
  CHECK(asked.http.max_connections == (1024 - 3 * 32 - 192) / 2);
  CHECK(asked.storage.max_open_files == (1024 - 3 * 32 - 192) / 2);
}

TEST_CASE("the lowest limit leaves something to each") {
  Settings asked = settings(1024, 1024);
  CHECK(fit_to_file_limit(asked, 64).size() == 2);
  CHECK(asked.http.max_connections == 16);
  CHECK(asked.storage.max_open_files == 16);
}

TEST_CASE("the soft limit is raised to the hard one") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit low = before;
  low.rlim_cur = 128;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  CHECK(daemon::raise_file_limit() == before.rlim_max);
  rlimit after{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
  CHECK(after.rlim_cur == before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace jobledger::test
