// SPDX-License-Identifier: MIT
// Reading JSON from untrusted hands, by the field's rules (docs/formats.md, common rules): member
// names match without case, the last duplicate wins, integers are written without fraction or
// exponent, only the first value of a document counts, broken UTF-8 and lone surrogates inside
// strings become U+FFFD.
//
// The only door to simdjson. A JsonReader owns the parser and its padded buffer; values view them
// until the next parse. Executor: one thread per reader (`JsonReader::of_this_thread()`).
//
// Errors are of kind invalid (or too_large). What goes wrong inside each_member and each_element
// gets the path of the member in front: "resources[2].hwthreads[0]: expected a 32-bit integer,
// found "x"". Syntax errors name the byte.
#pragma once

#include "base/result.h"
#include "schema/config.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace jobledger::schema {

enum class JsonType : std::uint8_t {
  null,
  boolean,
  integer,           // fits std::int64_t
  unsigned_integer,  // only std::uint64_t holds it
  real,              // written with fraction or exponent, or an integer beyond 64 bits
  string,
  array,
  object
};

struct JsonTape;

// A view of one value of the current document. Cheap to copy. A default value is null.
class JsonValue {
 public:
  JsonValue() = default;

  JsonType type() const;
  bool is_null() const { return type() == JsonType::null; }

  // Typed access; the error says what was expected and what was found.
  Result<bool> as_bool() const;
  Result<std::int64_t> as_int64() const;
  Result<std::int32_t> as_int32() const;
  Result<double> as_double() const;            // any number; always finite
  Result<std::string_view> as_string() const;  // valid until the next parse

  // Members of an object, elements of a list; for lists of more than 16 million the true number is
  // larger. 0 for anything else.
  std::size_t size() const;

  // Calls f(name, value) -> Result<void> for each member, in document order.
  template <class F>
  Result<void> each_member(F&& f) const {
    TRY(Cursor cursor, open(JsonType::object));
    std::string_view name;
    JsonValue value;
    while (next_member(cursor, name, value)) {
      Result<void> done = f(name, value);
      if (!done) return at_member(std::move(done).error(), name);
    }
    return {};
  }

  // Calls f(index, value) -> Result<void> for each element.
  template <class F>
  Result<void> each_element(F&& f) const {
    TRY(Cursor cursor, open(JsonType::array));
    JsonValue value;
    for (std::size_t index = 0; next_element(cursor, value); ++index) {
      Result<void> done = f(index, value);
      if (!done) return at_element(std::move(done).error(), index);
    }
    return {};
  }

  // "null", "17", "an object", "\"text\"": for messages; cut to a line.
  std::string describe() const;

 private:
  friend class JsonReader;
  struct Cursor {
    std::size_t at = 0, end = 0;
  };

  JsonValue(const JsonTape* tape, std::size_t index) : tape_(tape), index_(index) {}
  Error expected(std::string_view what) const;
  Result<Cursor> open(JsonType wanted) const;
  bool next_member(Cursor& cursor, std::string_view& name, JsonValue& value) const;
  bool next_element(Cursor& cursor, JsonValue& value) const;
  Error at_member(Error error, std::string_view name) const;
  Error at_element(Error error, std::size_t index) const;

  const JsonTape* tape_ = nullptr;
  std::size_t index_ = 0;
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

// "name: missing", for the root of a document; below() makes it fit for a record inside.
Error missing_member(std::string_view name);
// For an error that names a member of a record inside the document, met after its members were
// read: the path of the record will be put in front.
Error below(Error error);

}  // namespace jobledger::schema
