// SPDX-License-Identifier: MIT
// A line protocol message is passed from end to end, and the strings of good lines survive writing.
#include "ingest/line_protocol.h"

#include "base/log.h"
#include "test/fuzz/target.h"

#include <string>

using namespace jobledger;
using namespace jobledger::ingest;

namespace {

void check_string(const LineField& field) {
  std::string plain;
  unescape_string(field.text, plain);
  std::string message = "m f=";
  write_line_string(message, plain);
  LineReader reader(message);
  Line line;
  CHECK(reader.next(line) && line.error == LineError::none, "a written string is not read");
  std::string again;
  unescape_string(line.fields.at(0).text, again);
  CHECK(again == plain, "a string changed");
}

}  // namespace

FUZZ_TARGET(line_protocol) {
  const std::string_view message = text_of(data, size);
  LineReader reader(message);
  Line line;
  std::size_t before = 0;
  for (std::uint32_t number = 0; reader.next(line); ++number) {
    CHECK(line.number == number, "a line is miscounted");
    CHECK(reader.offset() > before, "no progress");
    before = reader.offset();
    CHECK(line.text.data() >= message.data() &&
              line.text.data() + line.text.size() <= message.data() + message.size(),
          "a line outside of its message");
    if (line.error != LineError::none) {
      CHECK(!to_string(line.error).empty() && line.column > 0, "an error without words");
      continue;
    }
    CHECK(!line.measurement.raw.empty() && !line.fields.empty(), "a line without its parts");
    for (const LineField& field : line.fields) {
      if (field.type == FieldType::string) check_string(field);
    }
  }
  CHECK(reader.offset() == message.size(), "bytes are left over");
  return 0;
}
