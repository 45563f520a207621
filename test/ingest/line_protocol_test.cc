// SPDX-License-Identifier: MIT
#include "ingest/line_protocol.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace jobledger::ingest {
namespace {

std::string name(Token token) {
  std::string text;
  unescape_name(token, text);
  return text;
}

std::string text(Token token) {
  std::string plain;
  unescape_string(token, plain);
  return plain;
}

// "measurement|tag=value|...|field:type=value|...|@timestamp", or "!error@column".
std::string show(const Line& line) {
  if (line.error != LineError::none) {
    return "!" + std::string(to_string(line.error)) + "@" + std::to_string(line.column);
  }
  std::string shown = name(line.measurement);
  for (const LineTag& tag : line.tags) shown += "|" + name(tag.key) + "=" + name(tag.value);
  for (const LineField& field : line.fields) {
    shown += "|" + name(field.key) + ":";
    if (field.type == FieldType::real) shown += "f=" + std::to_string(field.real);
    if (field.type == FieldType::integer) shown += "i=" + std::to_string(field.integer);
    if (field.type == FieldType::unsigned_integer) {
      shown += "u=" + std::to_string(field.unsigned_integer);
    }
    if (field.type == FieldType::boolean) shown += field.integer != 0 ? "b=true" : "b=false";
    if (field.type == FieldType::string) shown += "s=" + text(field.text);
  }
  if (line.timestamp) shown += "|@" + std::to_string(*line.timestamp);
  return shown;
}

std::vector<std::string> read_all(std::string_view message) {
  std::vector<std::string> lines;
  LineReader reader(message);
  Line line;
  while (reader.next(line)) lines.push_back(show(line));
  return lines;
}

TEST_CASE("lines of every shape") {
  struct Case {
    std::string title;
    std::string input;
    std::vector<std::string> expected;
  };
  const std::vector<Case> cases = {
      {"only a field", "m f=1", {"m|f:f=1.000000"}},
      {"tags, fields, timestamp", "m,a=1,b=two f=1i,g=2u -17", {"m|a=1|b=two|f:i=1|g:u=2|@-17"}},
      {"booleans",
       "m a=t,b=T,c=true,d=True,e=TRUE,f=f,g=FALSE",
       {"m|a:b=true|b:b=true|c:b=true|d:b=true|e:b=true|f:b=false|g:b=false"}},
      {"float forms",
       "m a=1.5,b=-2e3,c=.5,d=+1",
       {"m|a:f=1.500000|b:f=-2000.000000|c:f=0.500000|d:f=1.000000"}},
      {"limits of integers",
       "m a=-9223372036854775808i,b=18446744073709551615u",
       {"m|a:i=-9223372036854775808|b:u=18446744073709551615"}},
      {"escaped names", R"(m\,\ x,k\=1=v\,w f\ g=1)", {"m, x|k=1=v,w|f g:f=1.000000"}},
      {"a backslash before anything else stays", R"(m\n,k=v\x f="a\b")", {R"(m\n|k=v\x|f:s=a\b)"}},
      {"an escaped space goes on", "m,k=v\\ f=1", {"!unescaped '=' in a tag value@9"}},
      {"string escapes", R"(m f="say \"hi\" \\ \n\r\t")", {"m|f:s=say \"hi\" \\ \n\r\t"}},
      {"separators inside a string", R"(m f="a,b=c d" 5)", {"m|f:s=a,b=c d|@5"}},
      {"a line break inside a string",
       "m f=\"a\nb\" 5\nn f=1",
       {"m|f:s=a\nb|@5", "n|f:f=1.000000"}},
      {"an empty string", "m f=\"\"", {"m|f:s="}},
      {"blank lines, comments, CRLF",
       "\r\n# x=\n  \nm f=1 2\r\nn f=2\r\n",
       {"m|f:f=1.000000|@2", "n|f:f=2.000000"}},
      {"no message at all", "", {}},
      {"spaces between and behind the parts", "m  f=1   7  ", {"m|f:f=1.000000|@7"}},
      {"names with high bytes", "m,k=\xc3\xa4 f=1", {"m|k=\xc3\xa4|f:f=1.000000"}},
      {"broken UTF-8", "m,k=\xc3 f=1", {"!not UTF-8@1"}},
      {"surrogate in UTF-8", "m,k=\xed\xa0\x80 f=1", {"!not UTF-8@1"}},
      {"control character", "m\x01 f=1", {"!control character in a name@2"}},
      {"tab between the parts", "m\tf=1", {"!control character in a name@2"}},
      {"no measurement", ",a=1 f=1", {"!no measurement@1"}},
      {"no fields", "m,a=1", {"!no fields@6"}},
      {"only spaces behind the tags", "m,a=1  ", {"!no fields@8"}},
      {"tag without a key", "m,=1 f=1", {"!tag without a key@3"}},
      {"empty tag values",
       "m,a=,b=,c=1 f=1\nm,a= f=1",
       {"m|a=|b=|c=1|f:f=1.000000", "m|a=|f:f=1.000000"}},
      {"tag without an equals sign", "m,a f=1", {"!tag without a value@4"}},
      {"second equals sign in a tag", "m,a=b=c f=1", {"!unescaped '=' in a tag value@6"}},
      {"field without a key", "m =1", {"!field without a key@3"}},
      {"field without a value", "m f=", {"!field without a value@5"}},
      {"field without an equals sign", "m f 1", {"!field without a value@4"}},
      {"nothing behind a comma", "m f=1,", {"!field without a key@7"}},
      {"not a number", "m f=nan", {"!field value is no number, boolean or quoted string@5"}},
      {"infinity", "m f=inf", {"!field value is no number, boolean or quoted string@5"}},
      {"overflow", "m f=1e999", {"!field value is no number, boolean or quoted string@5"}},
      {"hexadecimal", "m f=0x10", {"!field value is no number, boolean or quoted string@5"}},
      {"integer beyond 64 bits",
       "m f=9223372036854775808i",
       {"!field value is no number, boolean or quoted string@5"}},
      {"negative unsigned", "m f=-1u", {"!field value is no number, boolean or quoted string@5"}},
      {"text behind a string",
       "m f=\"a\"b",
       {"!field value is no number, boolean or quoted string@8"}},
      {"string without an end", "m f=\"a", {"!string without a closing quote@5"}},
      {"fraction in a timestamp", "m f=1 1.5", {"!timestamp is no integer of 64 bits@7"}},
      {"timestamp beyond 64 bits",
       "m f=1 9223372036854775808",
       {"!timestamp is no integer of 64 bits@7"}},
      {"text behind the timestamp", "m f=1 1 x", {"!text behind the timestamp@9"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.title);
    CHECK(read_all(c.input) == c.expected);
  }
}

TEST_CASE("a bad line costs that line only") {
  const auto lines = read_all("m f=1\nbroken\nm f=2\nm f=\"open\nm f=3");
  CHECK(lines == std::vector<std::string>{"m|f:f=1.000000", "!no fields@7", "m|f:f=2.000000",
                                          "!string without a closing quote@5", "m|f:f=3.000000"});
}

TEST_CASE("line numbers count what is neither blank nor a comment; texts are exact") {
  const std::string message = "\n#c\nm f=1 \r\n\nbad\r\nm,a=1 f=\"x\ny\" 3\n";
  LineReader reader(message);
  Line line;
  REQUIRE(reader.next(line));
  CHECK(line.number == 0);
  CHECK(line.text == "m f=1 ");
  REQUIRE(reader.next(line));
  CHECK(line.number == 1);
  CHECK(line.text == "bad");
  REQUIRE(reader.next(line));
  CHECK(line.number == 2);
  CHECK(line.text == "m,a=1 f=\"x\ny\" 3");
  CHECK_FALSE(reader.next(line));
  CHECK(reader.offset() == message.size());
}

TEST_CASE("limits on tags and fields are errors of the line") {
  Line line;
  LineReader tags("m,a=1,b=2,c=3 f=1\nm f=1", {2, 8});
  REQUIRE(tags.next(line));
  CHECK(line.error == LineError::too_many_tags);
  REQUIRE(tags.next(line));
  CHECK(line.error == LineError::none);
  LineReader fields("m a=1,b=2,c=3", {8, 2});
  REQUIRE(fields.next(line));
  CHECK(line.error == LineError::too_many_fields);
}

TEST_CASE("the last of repeated names counts") {
  Line line;
  LineReader reader("m,a=1,a=2 f=1,f=2i");
  REQUIRE(reader.next(line));
  CHECK(line.find_tag("a")->value.raw == "2");
  CHECK(line.find_field("f")->type == FieldType::integer);
  CHECK(line.find_tag("b") == nullptr);
}

TEST_CASE("any text survives as a string field") {
  std::mt19937_64 random(7);
  const std::string alphabet = "ab\"\\,= \n\r\tn{}\xc3\xa4";
  for (int round = 0; round < 2000; ++round) {
    std::string plain;
    for (std::size_t n = random() % 70; n-- > 0;) {
      const char c = alphabet[random() % alphabet.size()];
      if (static_cast<unsigned char>(c) < 0x80) plain.push_back(c);
      if (static_cast<unsigned char>(c) == 0xc3) plain += "\xc3\xa4";
    }
    std::string message = "m f=";
    write_line_string(message, plain);
    message += " 12\nlast f=1";
    LineReader reader(message);
    Line line;
    REQUIRE(reader.next(line));
    CAPTURE(message);
    REQUIRE(line.error == LineError::none);
    CHECK(text(line.fields[0].text) == plain);
    REQUIRE(reader.next(line));
    CHECK(name(line.measurement) == "last");
  }
}

TEST_CASE("random bytes end, and every byte is passed exactly once") {
  std::mt19937_64 random(11);
  const std::string alphabet = "m,= \"\\\n\r#1it.f\x80\xc3";
  for (int round = 0; round < 20'000; ++round) {
    std::string message;
    for (std::size_t n = random() % 40; n-- > 0;) message += alphabet[random() % alphabet.size()];
    LineReader reader(message);
    Line line;
    std::size_t before = 0, lines = 0;
    while (reader.next(line)) {
      REQUIRE(reader.offset() > before);
      before = reader.offset();
      REQUIRE(line.text.data() >= message.data());
      REQUIRE(line.text.data() + line.text.size() <= message.data() + message.size());
      REQUIRE(line.number == lines);
      ++lines;
    }
    REQUIRE(reader.offset() == message.size());
  }
}

}  // namespace
}  // namespace jobledger::ingest
