// SPDX-License-Identifier: MIT
#include "base/result.h"

#include <doctest/doctest.h>

#include <memory>

namespace jobledger {
namespace {

Result<std::unique_ptr<int>> half(int n) {
  if (n % 2 != 0) return invalid(std::to_string(n) + " is odd");
  return std::make_unique<int>(n / 2);
}

Result<void> require_half(int n) {
  TRY(half(n));
  return {};
}

Result<int> quarter(int n) {
  TRY(auto once, half(n));
  TRY(auto twice, half(*once));
  return *twice;
}

TEST_CASE("TRY binds move-only values and passes the first error on") {
  CHECK(*quarter(8) == 2);
  auto failed = quarter(6);
  REQUIRE(!failed);
  CHECK(failed.error().kind == ErrorKind::invalid);
  CHECK(failed.error().detail == "3 is odd");
}

TEST_CASE("TRY without a name drops the value and keeps the error") {
  CHECK(require_half(4));
  CHECK(!require_half(5));
}

TEST_CASE("an error gains context from the layers above it") {
  auto failed = half(7);
  CHECK(std::move(failed).error().in("job 12").detail == "job 12: 7 is odd");
}

}  // namespace
}  // namespace jobledger
