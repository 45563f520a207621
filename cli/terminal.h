// SPDX-License-Identifier: MIT
// What the place of output can show: how wide it is, which characters, whether colours.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jobledger::cli {

struct Terminal {
  std::size_t width = 80;  // columns, 40 to 200
  bool unicode = false;
  bool colour = false;
};

// Of the process: the width of the terminal, or COLUMNS, or 80; Unicode by LC_ALL, LC_CTYPE and
// LANG, unless TERM is "dumb"; colours on a terminal only, and not with NO_COLOR.
Terminal find_terminal();

// By the first that is set, as the C library decides.
bool is_utf8_locale(std::string_view lc_all, std::string_view lc_ctype, std::string_view lang);

enum class Colour : unsigned char { plain, good, middling, bad, title };
std::string coloured(const Terminal& terminal, Colour colour, std::string_view text);

// A share from 0 to 1 as a bar of so many columns; beyond 1 it is full.
std::string bar(const Terminal& terminal, double share, std::size_t columns);

// Lines up to column `width`, broken between words. The first begins at column `indent`, where the
// caller stands already; the others get so many blanks. A word that is too long stands alone.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace jobledger::cli
