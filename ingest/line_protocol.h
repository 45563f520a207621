// SPDX-License-Identifier: MIT
// InfluxDB line protocol: the envelope of every message of the field (docs/formats.md).
//
//   measurement[,key=value...] key=value[,key=value...] [timestamp]
//
// A reader walks over the lines of one message. A bad line costs that line only: reading goes on
// behind the first line break after its beginning. Nothing is allocated per line once warm; tokens
// are views into the message, as written, and are unescaped on demand.
// Executor: one thread per reader. Lifetime: the message must outlive reader and tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

// Part of a line as written. Compare and read plain tokens directly; others need unescape().
struct Token {
  std::string_view raw;
  bool escaped = false;  // has backslash escapes

  bool is(std::string_view text) const;  // as unescaped
};

enum class FieldType : std::uint8_t { real, integer, unsigned_integer, boolean, string };

struct LineTag {
  Token key, value;
};

struct LineField {
  Token key;
  FieldType type = FieldType::real;
  Token text;                          // string: between the quotes; else the number as written
  double real = 0;                     // any number
  std::int64_t integer = 0;            // integer; boolean: 0 or 1
  std::uint64_t unsigned_integer = 0;  // unsigned integer
};

enum class LineError : std::uint8_t {
  none,
  control_character,  // a byte below 32 or 127 outside of strings
  not_utf8,
  no_measurement,
  no_tag_key,
  no_tag_value,
  stray_equals,
  no_fields,
  no_field_key,
  no_field_value,
  bad_field_value,
  open_string,
  bad_timestamp,
  trailing_text,
  too_many_tags,
  too_many_fields,
};
std::string_view to_string(LineError error);

struct Line {
  std::string_view text;     // the whole line without its end
  std::uint32_t number = 0;  // of the lines that are neither blank nor comments, from 0
  Token measurement;
  std::vector<LineTag> tags;      // as written, repetitions and empty values kept
  std::vector<LineField> fields;  // at least one
  std::optional<std::int64_t> timestamp;
  LineError error = LineError::none;  // set: only text, number and column hold
  std::size_t column = 0;             // of the error, from 1

  const LineField* find_field(std::string_view key) const;  // the last of that name
  const LineTag* find_tag(std::string_view key) const;      // the last of that name
};

struct LineLimits {
  std::size_t max_tags = 64;    // of one line
  std::size_t max_fields = 64;  // of one line
};

class LineReader {
 public:
  explicit LineReader(std::string_view message, LineLimits limits = {});

  // False at the end. Line is reused from call to call to save allocations.
  bool next(Line& line);
  std::size_t offset() const { return at_; }  // in bytes, of what was not read yet

 private:
  std::string_view message_;
  LineLimits limits_;
  std::size_t at_ = 0;
  std::uint32_t number_ = 0;
};

// Appends the token's meaning. Names: `\,` `\=` and `\ `; any other backslash stays.
void unescape_name(Token token, std::string& out);
// String fields: `\"` `\\` `\n` `\r` `\t`; any other backslash stays.
void unescape_string(Token token, std::string& out);

// Appends `text` as a quoted string field value.
void write_line_string(std::string& out, std::string_view text);

}  // namespace jobledger::ingest
