// SPDX-License-Identifier: MIT
#include "cli/terminal.h"

#include "cli/table.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace jobledger::cli {
namespace {

constexpr std::size_t kMinWidth = 40, kMaxWidth = 200;

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : std::string_view();
}

std::size_t find_width(bool terminal) {
  winsize size{};
  if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  const std::string_view columns = environment("COLUMNS");
  std::size_t width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  return width > 0 ? width : Terminal().width;
}

}  // namespace

bool is_utf8_locale(std::string_view lc_all, std::string_view lc_ctype, std::string_view lang) {
  std::string locale(!lc_all.empty() ? lc_all : !lc_ctype.empty() ? lc_ctype : lang);
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

Terminal find_terminal() {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const bool dumb = environment("TERM") == "dumb";
  Terminal out;
  out.width = std::clamp(find_width(is_terminal), kMinWidth, kMaxWidth);
  out.unicode =
      !dumb && is_utf8_locale(environment("LC_ALL"), environment("LC_CTYPE"), environment("LANG"));
  out.colour = is_terminal && !dumb && environment("NO_COLOR").empty();
  return out;
}

std::string coloured(const Terminal& terminal, Colour colour, std::string_view text) {
  if (!terminal.colour || colour == Colour::plain || text.empty()) return std::string(text);
  const int code = colour == Colour::good       ? 32
                   : colour == Colour::middling ? 33
                   : colour == Colour::bad      ? 31
                                                : 1;
  return fmt::format("\033[{}m{}\033[0m", code, text);
}

std::string bar(const Terminal& terminal, double share, std::size_t columns) {
  const double wanted = std::clamp(share, 0.0, 1.0) * static_cast<double>(columns);
  const auto full = static_cast<std::size_t>(std::lround(wanted));
  const std::string_view on = terminal.unicode ? "█" : "#", off = terminal.unicode ? "░" : ".";
  std::string out = "[";
  for (std::size_t i = 0; i < columns; ++i) out += i < full ? on : off;
  return out + "]";
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  bool line_begins = true;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::size_t wide = display_width(word);
    if (!line_begins && column + 1 + wide > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
      line_begins = true;
    }
    if (!line_begins) out += ' ', ++column;
    out += word;
    column += wide;
    line_begins = false;
  }
  return out;
}

}  // namespace jobledger::cli
