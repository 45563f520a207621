// SPDX-License-Identifier: MIT

// Strings in GraphQL syntax, quoted or as block.

#include "graphql/output.h"
#include "literal.h"

namespace graphql::detail {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Would reading the block string give the same text back?
bool fits_in_block(std::string_view text) {
  bool line_empty = true;
  bool line_indented = false;
  bool all_indented = true;
  bool several = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\t') return false;
    if (c == '\n') {
      if (line_empty && !several) return false;
      several = true;
      line_empty = true;
      line_indented = false;
    } else if (is_blank(c)) {
      line_indented = line_indented || line_empty;
    } else {
      all_indented = all_indented && line_indented;
      line_empty = false;
    }
  }
  return text.empty() || (!line_empty && !(all_indented && several));
}

// Do all lines after the first begin with white space?
bool later_lines_indented(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\n' && text[i + 1] != '\n' && !is_blank(text[i + 1])) return false;
  }
  return text.find('\n') != text.npos;
}

}  // namespace

void print_string(std::string& out, std::string_view text) {
  Writer(out, format_float_ecmascript, false).string(text);
}

std::string print_block_string(std::string_view text) {
  constexpr std::size_t kLongLine = 70;
  const bool single = text.find('\n') == text.npos;
  const bool lead = later_lines_indented(text);
  const bool trail = text.ends_with('"') || text.ends_with('\\');
  const bool lines = !single || text.size() > kLongLine || trail;
  const bool no_lead = single && !text.empty() && is_blank(text.front());
  std::string out = "\"\"\"";
  if ((lines && !no_lead) || lead) out.push_back('\n');
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "\"\"\"") {
      out.append("\\\"\"\"");
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  if (lines) out.push_back('\n');
  return out + "\"\"\"";
}

std::string print_description(std::string_view text) {
  if (fits_in_block(text)) return print_block_string(text);
  std::string out;
  print_string(out, text);
  return out;
}

}  // namespace graphql::detail
