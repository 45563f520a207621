// SPDX-License-Identifier: MIT

// Block strings: their end, and the removal of common indentation (specification 2.9.4).

#include "lexer.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace graphql::detail {
namespace {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n' && text[i] != '\r') continue;
    lines.push_back(text.substr(begin, i - begin));
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    begin = i + 1;
  }
  lines.push_back(text.substr(begin));
  return lines;
}

std::size_t leading_white_space(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

std::string dedent(std::string_view raw) {
  const std::vector<std::string_view> lines = split_lines(raw);
  std::size_t common = std::numeric_limits<std::size_t>::max();
  std::size_t first = lines.size();
  std::size_t last = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t indent = leading_white_space(lines[i]);
    if (indent == lines[i].size()) continue;
    first = std::min(first, i);
    last = i + 1;
    if (i != 0) common = std::min(common, indent);
  }
  std::string out;
  for (std::size_t i = first; i < last; ++i) {
    if (i != first) out.push_back('\n');
    out.append(i == 0 ? lines[i] : lines[i].substr(std::min(common, lines[i].size())));
  }
  return out;
}

}  // namespace

Token Lexer::lex_block_string() {
  const std::size_t begin = at_;
  std::size_t at = begin + 3;
  std::size_t chunk = at;
  std::string raw;
  for (;;) {
    if (at >= source_.size()) {
      return fail(static_cast<ast::Position>(at), "Unterminated string.");
    }
    if (source_.substr(at, 3) == "\"\"\"") break;
    if (source_.substr(at, 4) == "\\\"\"\"") {
      raw.append(source_.substr(chunk, at - chunk)).append("\"\"\"");
      at += 4;
      chunk = at;
      continue;
    }
    const std::size_t length = sequence_length(at);
    if (length == 0) return fail(static_cast<ast::Position>(at), "Invalid UTF-8.");
    at += length;
  }
  raw.append(source_.substr(chunk, at - chunk));
  at_ = at + 3;
  return {TokenKind::block_string, static_cast<ast::Position>(begin), arena_.copy(dedent(raw))};
}

}  // namespace graphql::detail
