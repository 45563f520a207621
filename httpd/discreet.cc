// SPDX-License-Identifier: MIT
#include "httpd/discreet.h"

#include <algorithm>
#include <cstddef>

namespace jobledger::httpd {
namespace {

constexpr std::string_view kEnds = " \t\n\"'`,;()<>[]{}|=";

bool ends_place(char c) { return kEnds.find(c) != kEnds.npos; }

// Up to what ends it; a colon or a full stop at the end belongs to the sentence.
std::size_t place_length(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), ends_place);
  auto length = static_cast<std::size_t>(end - text.begin());
  while (length > 0 && (text[length - 1] == ':' || text[length - 1] == '.')) --length;
  return length;
}

bool is_url(std::string_view word) {
  const std::size_t at = word.find("://");
  if (at == 0 || at == word.npos) return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(at), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+';
  });
}

bool is_path(std::string_view word) {
  return word.starts_with('/') && word.find('/', 1) != word.npos && word.find("//") == word.npos;
}

}  // namespace

std::string without_places(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = place_length(text);
    const std::string_view word = text.substr(0, length);
    if (is_url(word)) {
      out += "[address]";
    } else if (is_path(word)) {
      out += "[path]";
    } else {
      out += word;
    }
    text.remove_prefix(length);
    while (!text.empty() && (ends_place(text[0]) || place_length(text) == 0)) {
      out += text[0];
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace jobledger::httpd
