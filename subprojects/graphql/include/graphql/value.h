// SPDX-License-Identifier: MIT
#pragma once

// A dynamic value: variables and arguments on their way in, and plain data on its way out.
// Objects keep the order of their members; look-up is linear, as they are small.

#include "graphql/error.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace graphql {

class Value {
 public:
  struct Member;
  using List = std::vector<Value>;
  using Object = std::vector<Member>;
  // A bare word: the literal of an enum value. Coerced enum arguments arrive as words, too.
  struct Word {
    std::string name;
    bool operator==(const Word&) const = default;
  };
  // The order of the alternatives below.
  enum class Kind { null, boolean, integer, number, string, word, list, object };

  Value() noexcept;
  Value(std::nullptr_t) noexcept;  // NOLINT: implicit
  Value(bool value);               // NOLINT: implicit
  Value(int value);                // NOLINT: implicit
  Value(std::int64_t value);       // NOLINT: implicit
  Value(double value);             // NOLINT: implicit
  Value(std::string value);        // NOLINT: implicit
  Value(std::string_view value);   // NOLINT: implicit
  Value(const char* value);        // NOLINT: implicit
  Value(Word value);               // NOLINT: implicit
  Value(List value);               // NOLINT: implicit
  Value(Object value);             // NOLINT: implicit
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_null() const { return kind() == Kind::null; }
  bool is_boolean() const { return kind() == Kind::boolean; }
  bool is_integer() const { return kind() == Kind::integer; }
  bool is_number() const { return kind() == Kind::number; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_word() const { return kind() == Kind::word; }
  bool is_list() const { return kind() == Kind::list; }
  bool is_object() const { return kind() == Kind::object; }

  // Each throws std::bad_variant_access on another kind.
  bool boolean() const { return std::get<bool>(data_); }
  std::int64_t integer() const { return std::get<std::int64_t>(data_); }
  // An integer is also a number.
  double number() const {
    return is_integer() ? static_cast<double>(integer()) : std::get<double>(data_);
  }
  // The text of a string or of a word.
  const std::string& string() const {
    return is_word() ? std::get<Word>(data_).name : std::get<std::string>(data_);
  }
  const List& list() const { return std::get<List>(data_); }
  List& list() { return std::get<List>(data_); }
  const Object& object() const { return std::get<Object>(data_); }
  Object& object() { return std::get<Object>(data_); }

  // The member of an object; null pointer when absent or when this is no object.
  const Value* find(std::string_view name) const;
  // The member of an object; a null value when absent.
  const Value& operator[](std::string_view name) const;

  bool operator==(const Value& other) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Word, List, Object> data_;
};

struct Value::Member {
  std::string name;
  Value value;
  bool operator==(const Member&) const = default;
};

inline Value::Value() noexcept = default;
inline Value::Value(std::nullptr_t) noexcept {}
inline Value::Value(bool value) : data_(value) {}
inline Value::Value(int value) : data_(std::int64_t{value}) {}
inline Value::Value(std::int64_t value) : data_(value) {}
inline Value::Value(double value) : data_(value) {}
inline Value::Value(std::string value) : data_(std::move(value)) {}
inline Value::Value(std::string_view value) : data_(std::string(value)) {}
inline Value::Value(const char* value) : data_(std::string(value)) {}
inline Value::Value(Word value) : data_(std::move(value)) {}
inline Value::Value(List value) : data_(std::move(value)) {}
inline Value::Value(Object value) : data_(std::move(value)) {}
inline Value::Value(const Value& other) = default;
inline Value::Value(Value&& other) noexcept = default;
inline Value& Value::operator=(const Value& other) = default;
inline Value& Value::operator=(Value&& other) noexcept = default;
inline Value::~Value() = default;
inline bool Value::operator==(const Value& other) const { return data_ == other.data_; }

// JSON text to a value. Integers outside 64 bits become numbers. Of equal member names the last
// counts. The failure names what is wrong and the byte offset. Depth is limited to max_depth.
Expected<Value> parse_json(std::string_view text, unsigned max_depth = 64);

// Conversion of a coerced argument to a C++ type. Specialise it for input structs:
//   template <> struct FromValue<IntRange> { static IntRange from(const Value& v) {...} };
// A thrown FieldError becomes the field's error.
template <class T>
struct FromValue;

}  // namespace graphql

#include "graphql/from_value.h"  // IWYU pragma: export
