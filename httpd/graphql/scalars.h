// SPDX-License-Identifier: MIT
// Time in the spellings that the field accepts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jobledger::httpd {

struct UtcTime {
  std::int64_t seconds = 0;  // since the epoch
};

// Appends "2024-02-29T12:00:00Z".
void append_time(std::string& out, UtcTime time);

// RFC 3339 (fractions are cut off), "YYYY-MM-DD hh:mm:ss" in UTC, or "" (the first second of year
// 1). nullopt for anything else. Epoch seconds.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace jobledger::httpd
