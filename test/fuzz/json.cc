// SPDX-License-Identifier: MIT
// The scanner and the parser agree on what JSON is, and every value of a document can be visited.
#include "base/log.h"
#include "schema/json_read.h"
#include "schema/json_scan.h"
#include "schema/json_write.h"
#include "test/fuzz/target.h"

#include <string>

using namespace jobledger;
using namespace jobledger::schema;

namespace {

void check_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text.substr(at));
    CHECK(length > 0, "a parsed text is not UTF-8");
    at += length;
  }
}

void visit(JsonValue value) {
  if (value.describe().empty()) CHECK(false, "a value without description");
  if (value.type() == JsonType::string) check_text(*value.as_string());
  std::size_t count = 0;
  if (value.type() == JsonType::object)
    CHECK(value
              .each_member([&count](std::string_view name, JsonValue member) -> Result<void> {
                check_text(name);
                visit(member);
                ++count;
                return {};
              })
              .has_value(),
          "an object cannot be visited");
  if (value.type() == JsonType::array)
    CHECK(value
              .each_element([&count](std::size_t, JsonValue element) -> Result<void> {
                visit(element);
                ++count;
                return {};
              })
              .has_value(),
          "a list cannot be visited");
  CHECK(count == value.size(), "a size is wrong");
}

}  // namespace

FUZZ_TARGET(json) {
  const std::string_view text = text_of(data, size);
  const JsonLimits limits;
  const Result<std::string> repaired = repair_json(text, limits.max_depth);
  Result<JsonValue> value = JsonReader::of_this_thread().parse(text);
  CHECK(value.has_value() == repaired.has_value(), "parser and scanner disagree");
  if (!value) return 0;
  visit(*value);
  std::string written;
  write_json_string(written, text);
  CHECK(JsonReader::of_this_thread().parse(written).has_value(), "a written text cannot be read");
  return 0;
}
