// SPDX-License-Identifier: MIT
// Appending JSON in the field's exact spelling: HTML-safe strings, shortest doubles with the
// exponent only below 1e-6 and from 1e21 on, fixed decimals where the format says so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jobledger::schema {

void write_json_string(std::string& out,
                       std::string_view text);  // with quotes; invalid UTF-8 -> U+FFFD
void write_json_int(std::string& out, std::int64_t value);
// NaN and infinities become null, negative zero 0.
void write_json_double(std::string& out, double value);
void write_json_fixed(std::string& out, double value, int decimals);

}  // namespace jobledger::schema
