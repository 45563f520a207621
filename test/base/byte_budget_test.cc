// SPDX-License-Identifier: MIT
#include "base/byte_budget.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace jobledger {

TEST_CASE("leases of a budget come to no more than its bytes, whatever is asked for") {
  ByteBudget budget(100);
  std::atomic<bool> too_much = false;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 200; ++i) {
        const auto lease = budget.lease((t * 37 + i * 11) % 150, {});
        if (!lease || budget.used() > 100 || lease->bytes() > 100) too_much = true;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(too_much);
  CHECK(budget.used() == 0);
}

TEST_CASE("who waits for bytes can be stopped, and is not in the way of others then") {
  ByteBudget budget(100);
  auto held = budget.lease(60, {});
  CHECK_FALSE(budget.lease(50, [] { return true; }).has_value());
  const auto rest = budget.lease(40, {});
  REQUIRE(rest.has_value());
  held.reset();
  CHECK(budget.used() == 40);
}

TEST_CASE("a large wish is not overtaken by small ones") {
  ByteBudget budget(100);
  auto held = budget.lease(60, {});
  std::atomic<bool> large_waits = false, large_has = false;
  std::thread large([&] {
    const auto all = budget.lease(100, [&] {
      large_waits = true;
      return false;
    });
    large_has = true;
  });
  while (!large_waits) std::this_thread::yield();
  bool asked = false;
  CHECK_FALSE(budget.lease(10, [&] { return std::exchange(asked, true); }).has_value());
  CHECK_FALSE(large_has.load());
  held.reset();
  large.join();
  CHECK(budget.lease(100, {}).has_value());
}

}  // namespace jobledger
