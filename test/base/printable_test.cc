// SPDX-License-Identifier: MIT
#include "base/printable.h"

#include <doctest/doctest.h>

#include <string>

namespace jobledger {
namespace {

TEST_CASE("what steers a terminal or turns text around is not shown") {
  struct Case {
    const char* name;
    std::string text, expected;
  };
  for (const Case& one : {
           Case{"plain", "job 7: größe \u4e2d\U0001f600", "job 7: größe \u4e2d\U0001f600"},
           {"C0", "a\x1b[31mb\x07\n\t\x7f", "a?[31mb????"},
           {"C1 in UTF-8", "a\u009b31m\u0085b", "a?31m?b"},
           {"C1 as bytes",
            "a\x9b"
            "31mb",
            "a?31mb"},
           {"marks of direction", "a\u202eb\u202ac\u2066d\u2069e\u200ef\u200fg\u061ch",
            "a?b?c?d?e?f?g?h"},
           {"lines of Unicode", "a\u2028b\u2029c", "a?b?c"},
           {"byte order mark",
            "\ufeff"
            "a\ufeff",
            "?a?"},
           {"neighbours", "\u00a0\u200d\u2010\u202f\u2065\u206a\ufeee",
            "\u00a0\u200d\u2010\u202f\u2065\u206a\ufeee"},
           {"too long a spelling", "\xc0\x9b\xe0\x82\x9b", "?????"},
           {"surrogate, beyond, cut", "\xed\xa0\x80\xf4\x90\x80\x80\xe2\x80", "?????????"},
       }) {
    CAPTURE(one.name);
    CHECK(printable(one.text) == one.expected);
  }
}

TEST_CASE("a JSON document says the same without such characters") {
  CHECK(printable_json("{\n \"a\":\"x\u009b\u202ey\ufeff\\u001b\"}\n") ==
        "{\n \"a\":\"x\\u009b\\u202ey\\ufeff\\u001b\"}\n");
  CHECK(printable_json("\"a\xff\x1b\"") == "\"a\\ufffd\\u001b\"");
}

}  // namespace
}  // namespace jobledger
