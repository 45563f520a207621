// SPDX-License-Identifier: MIT
// The slow path of json_read: a plain scanner for documents that simdjson refuses. It either says
// which byte is wrong, or returns the first value in a spelling that simdjson accepts: without what
// follows it, with U+FFFD for broken UTF-8 and lone surrogates, with an exponent after integers
// beyond 64 bits, and with numbers that no double holds as texts.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace jobledger::schema {

Result<std::string> repair_json(std::string_view text, std::size_t max_depth);

// Bytes of the valid UTF-8 sequence at the start of `text`; 0 when there is none.
std::size_t utf8_sequence(std::string_view text);

}  // namespace jobledger::schema
