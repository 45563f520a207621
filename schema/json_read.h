// SPDX-License-Identifier: MIT
// Reading JSON from untrusted hands, by the field's rules (wire.md's common rules): member names
// match without case, the last duplicate wins, integers are written without fraction or exponent,
// only the first value of a document counts. Errors name the member's path and the expectation.
//
// The only door to simdjson. A JsonReader owns the parser and its padded buffer; documents view
// them until the next parse. Executor: one thread per reader (`JsonReader::of_this_thread()`).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace jobledger::schema {

enum class JsonType : std::uint8_t {
  null,
  boolean,
  integer,
  unsigned_integer,
  real,
  string,
  array,
  object
};

// A view of one value of the current document. Cheap to copy.
class JsonValue {
 public:
  JsonType type() const;
  bool is_null() const { return type() == JsonType::null; }

  // Typed access; the error says what was found instead. No path: the caller adds it (see path.h
  // style in job_json.cc).
  Result<bool> as_bool() const;
  Result<std::int64_t> as_int64() const;
  Result<std::int32_t> as_int32() const;
  Result<double> as_double() const;
  Result<std::string_view> as_string() const;  // valid until the next parse

  // Calls f(name, value) -> Result<void> for each member, in document order.
  template <class F>
  Result<void> each_member(F&& f) const;
  // Calls f(index, value) -> Result<void> for each element.
  template <class F>
  Result<void> each_element(F&& f) const;

  // Position of the value inside the parser's tape; nothing else outside json_read.cc uses it.
  struct Handle {
    const void* document = nullptr;
    std::size_t index = 0;
  };

 private:
  friend class JsonReader;
  Handle handle_;
};

struct JsonLimits {
  std::size_t max_bytes = 16u << 20;  // of one document
  std::size_t max_depth = 32;
};

class JsonReader {
 public:
  explicit JsonReader(JsonLimits limits = {});
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // One per thread with default limits: parsing allocates nothing once warm.
  static JsonReader& of_this_thread();

  // The first value of `text`; what follows it is ignored. Invalidates earlier values.
  Result<JsonValue> parse(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// True when both are equal after ASCII lower-casing.
bool same_member(std::string_view name, std::string_view wanted);

}  // namespace jobledger::schema
