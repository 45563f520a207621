// SPDX-License-Identifier: MIT
#include "cli/terminal.h"

#include "cli/sparkline.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace jobledger;
using namespace jobledger::cli;

namespace {

constexpr double kNoBar = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a course of values becomes marks from the lowest to the highest") {
  const std::vector<double> values{0, 1, 2, 3, 4, 5, 6, 7};
  CHECK(sparkline(values, 0, 7, true) == "▁▂▃▄▅▆▇█");
  CHECK(sparkline(values, 0, 7, false) == "_.-~=+*#");
  CHECK(sparkline(values, 0, 70, false) == "_____...");
  CHECK(sparkline({}, 0, 1, true) == "");
}

TEST_CASE("a gap is a blank, values outside are the ends, equal ends do no harm") {
  CHECK(sparkline(std::vector<double>{0, kNoBar, 9, -9}, 0, 7, false) == "_ #_");
  CHECK(sparkline(std::vector<double>{3, 3}, 3, 3, false) == "__");
}

TEST_CASE("many values are condensed to means, which pass over gaps") {
  const std::vector<double> values{1, 3, kNoBar, 5, kNoBar, kNoBar, 7, 8, 9};
  const auto means = condensed(values, 3);
  REQUIRE(means.size() == 3);
  CHECK(means[0] == 2);
  CHECK(means[1] == 5);
  CHECK(means[2] == 8);
  CHECK(std::isnan(condensed(std::vector<double>{1, 1, kNoBar, kNoBar}, 2)[1]));
  CHECK(condensed(values, 100).size() == values.size());
}

TEST_CASE("a bar is full at 1 and beyond") {
  const Terminal plain{80, false, false};
  CHECK(bar(plain, 0, 4) == "[....]");
  CHECK(bar(plain, 0.5, 4) == "[##..]");
  CHECK(bar(plain, 1.7, 4) == "[####]");
  CHECK(bar(plain, -1, 4) == "[....]");
  CHECK(bar({80, true, false}, 0.5, 2) == "[█░]");
}

TEST_CASE("text is broken between words, long ones stand alone") {
  CHECK(wrapped("one two three", 8, 0) == "one two\nthree");
  CHECK(wrapped("one two three", 9, 2) == "one two\n  three");
  CHECK(wrapped("incomprehensibilities of it", 10, 2) == "incomprehensibilities\n  of it");
  CHECK(wrapped("  two   blanks ", 80, 0) == "two blanks");
  CHECK(wrapped("", 80, 4) == "");
}

TEST_CASE("the locale that counts is the first that is set") {
  CHECK(is_utf8_locale("", "", "de_DE.UTF-8"));
  CHECK(is_utf8_locale("", "C.utf8", ""));
  CHECK_FALSE(is_utf8_locale("C", "", "de_DE.UTF-8"));
  CHECK_FALSE(is_utf8_locale("", "POSIX", "de_DE.UTF-8"));
  CHECK_FALSE(is_utf8_locale("", "", "de_DE.ISO-8859-1"));
  CHECK_FALSE(is_utf8_locale("", "", ""));
}

TEST_CASE("colours are for terminals") {
  CHECK(coloured({80, true, true}, Colour::bad, "x") == "\033[31mx\033[0m");
  CHECK(coloured({80, true, false}, Colour::bad, "x") == "x");
  CHECK(coloured({80, true, true}, Colour::plain, "x") == "x");
}
