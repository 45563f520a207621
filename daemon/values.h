// SPDX-License-Identifier: MIT
// How people write amounts in the configuration: durations ("90s", "1h30m"), byte sizes ("64MiB"),
// addresses ("127.0.0.1:8080"). Pure functions; formatting gives back what parses to the same.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace jobledger::daemon {

// A sequence of whole numbers with units d, h, m, s, ms; "0s" is zero. Not negative; no blanks.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

// A whole number with B, kB, MB, GB, TB (thousands) or KiB, MiB, GiB, TiB (1024 each).
Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

struct Listen {
  std::string host;  // numeric, without brackets
  std::uint16_t port = 0;
  bool loopback = false;
};
// "127.0.0.1:8080", "[::1]:8080"; port 0 lets the system choose.
Result<Listen> parse_listen(std::string_view text);

}  // namespace jobledger::daemon
