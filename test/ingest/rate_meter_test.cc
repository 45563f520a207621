// SPDX-License-Identifier: MIT
#include "ingest/rate_meter.h"

#include <doctest/doctest.h>

using namespace jobledger::ingest;
using namespace std::chrono_literals;

namespace {

constexpr RateMeter::Time kStart{1h};

}  // namespace

TEST_CASE("a rate is the mean of the last minute") {
  RateMeter meter(kStart);
  for (int second = 0; second < 300; ++second) meter.add(kStart + second * 1s, 100);
  CHECK(meter.per_second(kStart + 299s) == 100);
  CHECK(meter.per_second(kStart + 329s) == 50);
  CHECK(meter.per_second(kStart + 358s) == doctest::Approx(100.0 / 60));
  CHECK(meter.per_second(kStart + 359s) == 0);
}

TEST_CASE("at the beginning it is the mean since then") {
  RateMeter meter(kStart);
  CHECK(meter.per_second(kStart) == 0);
  meter.add(kStart + 500ms, 300);
  CHECK(meter.per_second(kStart + 900ms) == 300);
  CHECK(meter.per_second(kStart + 9s) == 30);
}

TEST_CASE("bursts at the interval of agents even out") {
  RateMeter meter(kStart);
  for (int minute = 0; minute < 5; ++minute) meter.add(kStart + minute * 60s, 6000);
  for (int second = 240; second < 300; ++second) {
    CHECK(meter.per_second(kStart + second * 1s) == 100);
  }
}

TEST_CASE("after a long silence nothing of before counts") {
  RateMeter meter(kStart);
  meter.add(kStart, 1'000'000);
  meter.add(kStart + 24h, 60);
  CHECK(meter.per_second(kStart + 24h) == 1);
}
