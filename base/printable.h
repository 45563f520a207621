// SPDX-License-Identifier: MIT
// Texts of others, made fit for terminals and logs: without what steers a terminal (control
// characters, those of 8 bits, too), breaks lines, or turns the direction of what stands beside it.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace jobledger {

// Each such character, and each byte that is not UTF-8, is a '?'.
std::string printable(std::string_view text);

// A JSON document with the same contents: such characters stand as \u escapes. Line breaks between
// its tokens stay.
std::string printable_json(std::string_view json);

}  // namespace jobledger
