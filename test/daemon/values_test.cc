// SPDX-License-Identifier: MIT
#include "daemon/values.h"

#include <doctest/doctest.h>

using namespace jobledger::daemon;

TEST_CASE("durations are written with units and come back the same") {
  struct Row {
    const char* text;
    std::int64_t milliseconds;
    const char* formatted;
  };
  for (const Row& row :
       {Row{"90s", 90'000, "1m30s"}, Row{"5m", 300'000, "5m"}, Row{"168h", 604'800'000, "7d"},
        Row{"1h30m", 5'400'000, "1h30m"}, Row{"250ms", 250, "250ms"}, Row{"0s", 0, "0s"},
        Row{"1d2h3m4s5ms", 93'784'005, "1d2h3m4s5ms"}}) {
    CAPTURE(row.text);
    auto parsed = parse_duration(row.text);
    REQUIRE(parsed);
    CHECK(parsed->count() == row.milliseconds);
    CHECK(format_duration(*parsed) == row.formatted);
    CHECK(*parse_duration(format_duration(*parsed)) == *parsed);
  }
}

TEST_CASE("what is no duration is refused with the text that was found") {
  for (const char* text : {"", "90", "s", "-5s", "5 s", "1.5h", "5w", "5ss",
                           "99999999999999999999s", "1000000d", "5m 3s"}) {
    CAPTURE(text);
    auto parsed = parse_duration(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().detail.find(text) != std::string::npos);
  }
}

TEST_CASE("sizes know thousands and powers of two") {
  struct Row {
    const char* text;
    std::uint64_t bytes;
    const char* formatted;
  };
  for (const Row& row :
       {Row{"64MB", 64'000'000, "64MB"}, Row{"64MiB", 64u << 20, "64MiB"}, Row{"0B", 0, "0B"},
        Row{"1500B", 1500, "1500B"}, Row{"1048576B", 1u << 20, "1MiB"}, Row{"3kB", 3000, "3kB"},
        Row{"2TiB", 2ull << 40, "2TiB"}, Row{"2TB", 2'000'000'000'000, "2TB"}}) {
    CAPTURE(row.text);
    auto parsed = parse_size(row.text);
    REQUIRE(parsed);
    CHECK(*parsed == row.bytes);
    CHECK(format_size(*parsed) == row.formatted);
  }
  for (const char* text : {"", "64", "MB", "64mb", "6.4GB", "-1B", "64MB ", "99999999999TiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("addresses are numeric, with a port") {
  auto v4 = parse_listen("127.0.0.1:8080");
  REQUIRE(v4);
  CHECK(v4->host == "127.0.0.1");
  CHECK(v4->port == 8080);
  CHECK(v4->loopback);
  auto v6 = parse_listen("[::1]:0");
  REQUIRE(v6);
  CHECK(v6->host == "::1");
  CHECK(v6->loopback);
  CHECK_FALSE(parse_listen("0.0.0.0:80")->loopback);
  CHECK_FALSE(parse_listen("[::]:80")->loopback);
  for (const char* text : {"", "8080", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
                           "127.0.0.1:65536", "::1:80", "[::1]", "127.0.0.1:-1", "[127.0.0.1:80"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_listen(text));
  }
}
