// SPDX-License-Identifier: MIT
// The seed of random tests: from JOBLEDGER_TEST_SEED, else a new one each time; printed, so that a
// failure can be had again.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace jobledger::test {

inline std::uint64_t test_seed() {
  const char* given = std::getenv("JOBLEDGER_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::printf("JOBLEDGER_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace jobledger::test
