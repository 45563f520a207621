// SPDX-License-Identifier: MIT
#include "storage/log_clock.h"

#include "test/hex.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace jobledger::storage {
namespace {

constexpr std::int64_t kNow = 1'700'000'000, kMonth = 30 * 86400;

// Log time after each message; times are given from now on.
std::vector<std::int64_t> times_after(const std::vector<std::int64_t>& sent) {
  LogClock clock;
  std::vector<std::int64_t> times;
  for (const std::int64_t time : sent) {
    clock.take(kNow + time);
    times.push_back(clock.time - kNow);
  }
  return times;
}

TEST_CASE("log time follows the broker, and counts what two messages say") {
  struct Case {
    std::string title;
    std::vector<std::int64_t> sent, times;
  };
  const std::vector<Case> cases = {
      {"small steps, also back", {0, 10, 5, 3610}, {0, 10, 10, 3610}},
      {"one wrong message", {0, kMonth, 1, 2}, {0, 0, 1, 2}},
      {"wrong ones between right ones",
       {0, kMonth, 1, kMonth, 2, kMonth, 3},
       {0, 0, 1, 1, 2, 2, 3}},
      {"a silent night", {0, 36000, 36001}, {0, 0, 36001}},
      {"a silent night, and the same second twice", {0, 36000, 36000}, {0, 0, 36000}},
      {"a message every two hours", {0, 7200, 14400, 21600}, {0, 0, 7200, 14400}},
      {"a wrong one at the end of a silent night", {0, kMonth, 36000, 36001}, {0, 0, 36000, 36001}},
      {"... and behind its first message", {0, 36000, kMonth, 36001}, {0, 0, 36000, 36001}},
      {"a wrong one in the past", {0, 1, -kMonth, 2}, {0, 1, 1, 2}},
      {"a wrong one at the very first", {kMonth, 0, 1, 2}, {kMonth, 0, 1, 2}},
      {"one hour is no jump, one second more is", {0, 3600, 7201}, {0, 3600, 3600}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.title);
    CHECK(times_after(c.sent) == c.times);
  }
}

TEST_CASE("a clock has exactly these bytes") {
  CHECK(hex(encode_log_clock({300, 0})) == "01d80400");
  CHECK(hex(encode_log_clock({-1, 60})) == "010178");
  CHECK(*decode_log_clock(unhex("01d80478")) == LogClock{300, 60});
  for (const char* bad : {"", "01", "01d804", "02d80400", "01d8040000"}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_log_clock(unhex(bad)).has_value());
  }
}

}  // namespace
}  // namespace jobledger::storage
