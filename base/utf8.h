// SPDX-License-Identifier: MIT
// Texts in UTF-8, cut without breaking a character. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace jobledger {

// The longest beginning of at most so many bytes that ends between two characters.
inline std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;
  return text.substr(0, end);
}

}  // namespace jobledger
