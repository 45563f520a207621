// SPDX-License-Identifier: MIT
// Answers of the daemon as text for people: members by path, forgiving of what is absent.
#pragma once

#include "base/result.h"
#include "schema/json_read.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace jobledger::cli {

// Of one answer. A page of many jobs has all their scripts in it.
inline constexpr std::size_t kMaxAnswerBytes = 1u << 30;
// This thread's reader for answers of that size.
schema::JsonReader& answer_reader();

// The value at "a.b.c"; null when there is none.
schema::JsonValue at(schema::JsonValue value, std::string_view path);
// Strings as they are, numbers and flags in JSON's form, "" for null and the rest.
std::string text_at(schema::JsonValue value, std::string_view path);
std::int64_t number_at(schema::JsonValue value, std::string_view path);  // 0 when there is none

// Calls f for each element; nothing for what is no list.
void each(schema::JsonValue list, const std::function<void(schema::JsonValue)>& f);

// The message of an error answer: {"error":"..."} or GraphQL's {"errors":[{"message":...}]}; empty
// when it has neither.
std::string error_text(std::string_view body);

// The member `data` of a GraphQL answer; its errors become this function's. Valid until the
// reader's next parse.
Result<schema::JsonValue> graphql_data(std::string_view body, schema::JsonReader& reader);

// Parses; the value is valid until the next parse on this thread.
Result<schema::JsonValue> parse_answer(std::string_view body);

}  // namespace jobledger::cli
