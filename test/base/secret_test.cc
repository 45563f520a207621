// SPDX-License-Identifier: MIT
#include "base/secret.h"

#include "base/file.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace jobledger {
namespace {

TEST_CASE("a secret is the first line of its file, and is printed by another name") {
  TemporaryDirectory folder;
  for (const std::string text : {"abc", "abc\n", "abc\r\nsecond", "abc\n\n"}) {
    REQUIRE(write_file(folder.path() / "token", text, false).has_value());
    auto secret = read_secret(folder.path() / "token");
    REQUIRE(secret.has_value());
    CHECK(secret->reveal() == "abc");
    CHECK(fmt::format("<{}>", *secret) == "<[secret]>");
  }
  CHECK(read_secret(folder.path() / "none").error().kind == ErrorKind::not_found);
  REQUIRE(write_file(folder.path() / "token", std::string(20'000, 'x'), false).has_value());
  CHECK(read_secret(folder.path() / "token").error().kind == ErrorKind::too_large);
}

TEST_CASE("what somebody else says is told on without the secret") {
  const Secret secret("abc");
  CHECK(secret.hide_in("abc, xabcabcx, ab") == "[secret], x[secret][secret]x, ab");
  CHECK(Secret().hide_in("anything") == "anything");
  CHECK(Secret("e").hide_in("ee") == "[secret][secret]");
}

}  // namespace
}  // namespace jobledger
