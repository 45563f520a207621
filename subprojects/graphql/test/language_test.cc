// SPDX-License-Identifier: MIT
#include "graphql/output.h"
#include "graphql/parser.h"
#include "graphql/value.h"

#include <doctest/doctest.h>

namespace {

std::string parse_error(std::string_view text, const graphql::Limits& limits = {}) {
  auto document = graphql::parse_document(text, limits);
  if (document) return "parsed";
  const graphql::Error& error = document.error();
  const std::string at = error.locations.empty()
                             ? ""
                             : std::to_string(error.locations[0].line) + ":" +
                                   std::to_string(error.locations[0].column) + " ";
  return at + error.code + " " + error.message;
}

const graphql::ast::Value& first_argument(const graphql::ast::Document& document) {
  return document.operations[0].set->selections[0].args[0].value;
}

std::string written(const graphql::Value& value, bool html = false) {
  std::string text;
  graphql::Writer(text, graphql::format_float_ecmascript, html).value(value);
  return text;
}

}  // namespace

TEST_CASE("a syntax error names what was expected and where") {
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const Case& each : std::initializer_list<Case>{
           {"", "1:1 GRAPHQL_PARSE_FAILED Syntax Error: Unexpected <EOF>."},
           {"{ a", "1:4 GRAPHQL_PARSE_FAILED Syntax Error: Expected Name, found <EOF>."},
           {"{\n  a(\r\n b: }", "3:5 GRAPHQL_PARSE_FAILED Syntax Error: Unexpected \"}\"."},
           {"{ a(b: \"\xC3\xA4\xF0\x9F\x98\x80\" ? ) }",
            "1:14 GRAPHQL_PARSE_FAILED Syntax Error: Unexpected character: \"?\"."},
           {"{ a(b: 01) }",
            "1:9 GRAPHQL_PARSE_FAILED Syntax Error: Invalid number, unexpected digit after 0: "
            "\"1\"."},
           {"{ a(b: \"x\n\") }", "1:10 GRAPHQL_PARSE_FAILED Syntax Error: Unterminated string."},
           {"{ \xFF }", "1:3 GRAPHQL_PARSE_FAILED Syntax Error: Invalid UTF-8."},
       }) {
    CAPTURE(each.text);
    CHECK(parse_error(each.text) == each.expected);
  }
}

TEST_CASE("each limit of the parser has its own code") {
  graphql::Limits limits;
  limits.source_bytes = 100;
  limits.tokens = 12;
  limits.nesting = 3;
  limits.aliases = 1;
  limits.directives = 1;
  limits.variables = 1;
  limits.fragments = 0;
  limits.operations = 1;
  const auto code = [&](std::string_view text) {
    auto document = graphql::parse_document(text, limits);
    return document ? std::string("parsed") : document.error().code;
  };
  CHECK(code("{ a { b { c } } }") == "parsed");
  CHECK(code(std::string(101, ' ')) == "LIMIT_SOURCE_BYTES");
  CHECK(code("{ a a a a a a a a a a a a a }") == "LIMIT_TOKENS");
  CHECK(code("{ a { b { c { d } } } }") == "LIMIT_NESTING");
  CHECK(code("{ a(x: [[[1]]]) }") == "LIMIT_NESTING");
  CHECK(code("{ a: x b: x }") == "LIMIT_ALIASES");
  CHECK(code("{ a @x @y }") == "LIMIT_DIRECTIVES");
  CHECK(code("query ($a: A $b: B) { a }") == "LIMIT_VARIABLES");
  CHECK(code("{ a } query B { a }") == "LIMIT_OPERATIONS");
  CHECK(code("{ a } fragment F on A { a }") == "LIMIT_FRAGMENTS");
}

TEST_CASE("strings are decoded, block strings lose their common indentation") {
  struct Case {
    const char* literal;
    const char* expected;
  };
  for (const Case& each : std::initializer_list<Case>{
           {R"("plain")", "plain"},
           {R"("\u00e4\n\"\\\/")", "\xC3\xA4\n\"\\/"},
           {R"("\uD83D\uDE00\u{1F600}")", "\xF0\x9F\x98\x80\xF0\x9F\x98\x80"},
           {"\"\"\"\n    a\n      b\n    c\n  \"\"\"", "a\n  b\nc"},
           {R"("""a \""" b""")", "a \"\"\" b"},
       }) {
    const std::string text = std::string("{ f(a: ") + each.literal + ") }";
    const auto document = graphql::parse_document(text);
    REQUIRE(document.has_value());
    CHECK(first_argument(*document).text == each.expected);
  }
}

TEST_CASE("JSON text is read strictly") {
  const auto error = [](std::string_view text) {
    const auto value = graphql::parse_json(text, 4);
    return value ? written(*value) : value.error().message;
  };
  CHECK(error(R"( {"a": [1, -2.5e1, true, null], "b": {}, "a": 2} )") == R"({"a":2,"b":{}})");
  CHECK(error(R"("\ud83d\ude00<")") == "\"\xF0\x9F\x98\x80<\"");
  CHECK(error("9223372036854775807") == "9223372036854775807");
  CHECK(error("9223372036854775808") == "9223372036854776000");
  CHECK(error("[[[[[1]]]]]") == "JSON: nested too deeply at byte 5");
  CHECK(error("{\"a\":1,}") == "JSON: expected a member name at byte 7");
  CHECK(error("01") == "JSON: number with leading zero at byte 2");
  CHECK(error("\"\\ud800\"") == "JSON: unpaired surrogate at byte 7");
  CHECK(error("1 2") == "JSON: unexpected text after the value at byte 2");
  CHECK(error("1e999") == "JSON: number out of range at byte 0");
}

TEST_CASE("numbers and strings are written as JSON") {
  CHECK(written(1e21) == "1e+21");
  CHECK(written(123456789.125) == "123456789.125");
  CHECK(written(1e-7) == "1e-7");
  CHECK(written(0.000001) == "0.000001");
  CHECK(written(-0.0) == "0");
  CHECK(written("<a>&\x01\xFF", true) == "\"\\u003ca\\u003e\\u0026\\u0001\xEF\xBF\xBD\"");
  std::string text;
  graphql::format_float_short_exponent(text, 1250000);
  text.push_back(' ');
  graphql::format_float_short_exponent(text, 125000);
  CHECK(text == "1.25e+06 125000");
  for (const auto& [number, expected] : std::initializer_list<std::pair<double, const char*>>{
           {0.1, "0.1"},
           {-71.5, "-71.5"},
           {0.0001, "0.0001"},
           {0.00005, "0.00005"},
           {1.2345, "1.2345"},
           {1.23456, "1.23456"},
           {0.30000000000000004, "0.30000000000000004"},
           {99999999999.5, "99999999999.5"},
           {123456789012.25, "123456789012.25"},
           {1000000, "1000000"},
           {9007199254740993, "9007199254740992"}}) {
    CHECK(written(number) == expected);
    if (std::string_view(expected).size() > 9) continue;
    std::string brief;
    graphql::format_float_short_exponent(brief, number);
    CHECK(brief == (number == 1000000 ? "1e+06" : number == 0.00005 ? "5e-05" : expected));
  }
  text.clear();
  graphql::Writer(text, graphql::format_float_ecmascript, false).fixed(0.004, 2);
  CHECK(text == "0.00");
}

TEST_CASE("a byte that needs an escape gets it wherever it stands") {
  struct Case {
    char byte;
    const char* plain;
    const char* html;
  };
  for (const Case& each : std::initializer_list<Case>{{'"', "\\\"", "\\\""},
                                                      {'\\', "\\\\", "\\\\"},
                                                      {'\n', "\\n", "\\n"},
                                                      {'\x1F', "\\u001f", "\\u001f"},
                                                      {'<', "<", "\\u003c"},
                                                      {'&', "&", "\\u0026"},
                                                      {'\x7F', "\x7F", "\x7F"},
                                                      {'\xFF', "\xEF\xBF\xBD", "\xEF\xBF\xBD"}}) {
    for (std::size_t size = 1; size <= 26; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = each.byte;
        const std::string before = "\"" + std::string(at, 'x');
        const std::string after = std::string(size - at - 1, 'x') + "\"";
        CHECK(written(graphql::Value(text)) == before + each.plain + after);
        CHECK(written(graphql::Value(text), true) == before + each.html + after);
      }
    }
  }
}
