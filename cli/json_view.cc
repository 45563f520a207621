// SPDX-License-Identifier: MIT
#include "cli/json_view.h"

#include <fmt/format.h>

namespace jobledger::cli {

using schema::JsonType;
using schema::JsonValue;

schema::JsonReader& answer_reader() {
  thread_local schema::JsonReader reader(schema::JsonLimits{.max_bytes = kMaxAnswerBytes});
  return reader;
}

JsonValue at(JsonValue value, std::string_view path) {
  while (!path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    const auto wanted = path.substr(0, dot);
    JsonValue found;
    if (value.type() != JsonType::object) return {};
    const auto scanned = value.each_member([&](std::string_view name, JsonValue member) {
      if (name == wanted) found = member;
      return Result<void>();
    });
    if (!scanned) return {};
    value = found;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return value;
}

std::string text_at(JsonValue root, std::string_view path) {
  const JsonValue value = at(root, path);
  switch (value.type()) {
    case JsonType::string:
      if (auto text = value.as_string()) return std::string(*text);
      return {};
    case JsonType::boolean:
      if (auto flag = value.as_bool()) return *flag ? "true" : "false";
      return {};
    case JsonType::integer:
      if (auto number = value.as_int64()) return fmt::format("{}", *number);
      return {};
    case JsonType::unsigned_integer:
    case JsonType::real:
      if (auto number = value.as_double()) return fmt::format("{}", *number);
      return {};
    case JsonType::null:
    case JsonType::array:
    case JsonType::object:
      break;
  }
  return {};
}

std::int64_t number_at(JsonValue value, std::string_view path) {
  return at(value, path).as_int64().value_or(0);
}

void each(JsonValue list, const std::function<void(JsonValue)>& f) {
  if (list.type() != JsonType::array) return;
  const auto scanned = list.each_element([&f](std::size_t, JsonValue value) {
    f(value);
    return Result<void>();
  });
  static_cast<void>(scanned);
}

namespace {

std::string error_of(JsonValue document) {
  std::string all = text_at(document, "error");
  each(at(document, "errors"), [&all](JsonValue error) {
    if (!all.empty()) all += "; ";
    all += text_at(error, "message");
  });
  return all;
}

}  // namespace

std::string error_text(std::string_view body) {
  auto document = answer_reader().parse(body);
  return document ? error_of(*document) : std::string();
}

Result<JsonValue> graphql_data(std::string_view body, schema::JsonReader& reader) {
  auto document = reader.parse(body);
  if (!document) return std::move(document).error().in("the daemon's answer");
  if (std::string failed = error_of(*document); !failed.empty()) return invalid(std::move(failed));
  const JsonValue data = at(*document, "data");
  if (data.type() != JsonType::object) return invalid("the daemon's answer has no data");
  return data;
}

Result<JsonValue> parse_answer(std::string_view body) {
  auto document = answer_reader().parse(body);
  if (!document) return std::move(document).error().in("the daemon's answer");
  return *document;
}

}  // namespace jobledger::cli
