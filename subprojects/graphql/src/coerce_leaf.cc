// SPDX-License-Identifier: MIT

// The built-in scalars and enums as input.

#include "coerce.h"
#include "literal.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace graphql::detail {
namespace {

Failure cannot(std::string_view type, std::string_view what, const Value& value) {
  return {std::string(type) + " cannot represent " + std::string(what) + ": " + print_value(value),
          {}};
}

template <class T>
std::optional<T> number_in(const std::string& text) {
  T number{};
  const char* last = text.data() + text.size();
  const auto result = std::from_chars(text.data(), last, number);
  if (text.empty() || result.ec != std::errc() || result.ptr != last) return std::nullopt;
  return number;
}

Expected<Value> parse_int(const Value& input, bool literal, const Coercion& rules) {
  Value value = input;
  if (!literal && rules.int_from_string && input.is_string()) {
    const auto number = number_in<std::int64_t>(input.string());
    if (number) value = Value(*number);
  }
  constexpr double kExact = 9007199254740992.0;  // up to here doubles are exact integers
  if (value.is_number() &&
      (!literal || std::isinf(value.number()) || std::abs(value.number()) > kExact)) {
    const double number = value.number();
    if (number != std::trunc(number)) return cannot("Int", "non-integer value", input);
    if (std::abs(number) <= kExact) value = Value(static_cast<std::int64_t>(number));
    if (value.is_number()) {
      return cannot(
          "Int",
          rules.int_64_bit ? "non 64-bit signed integer value" : "non 32-bit signed integer value",
          input);
    }
  }
  if (!value.is_integer()) return cannot("Int", "non-integer value", input);
  if (!rules.int_64_bit && (value.integer() < std::numeric_limits<std::int32_t>::min() ||
                            value.integer() > std::numeric_limits<std::int32_t>::max())) {
    return cannot("Int", "non 32-bit signed integer value", input);
  }
  return value;
}

Expected<Value> parse_float(const Value& input, bool literal, const Coercion& rules) {
  if (!literal && rules.float_from_string && input.is_string()) {
    const auto number = number_in<double>(input.string());
    if (number && std::isfinite(*number)) return Value(*number);
  }
  if (!input.is_integer() && !input.is_number()) {
    return cannot("Float", "non numeric value", input);
  }
  if (!std::isfinite(input.number())) return cannot("Float", "non numeric value", input);
  return Value(input.number());
}

Expected<Value> parse_string(const Value& input, bool literal, const Coercion& rules) {
  if (input.is_string()) return input;
  if (!literal && rules.string_from_number && (input.is_integer() || input.is_number())) {
    return Value(print_value(input));
  }
  return cannot("String", "a non string value", input);
}

Expected<Value> parse_id(const Value& input, bool literal) {
  if (input.is_string()) return input;
  if (input.is_integer()) return Value(std::to_string(input.integer()));
  if (input.is_number() && !literal && std::isfinite(input.number()) &&
      input.number() == std::trunc(input.number())) {
    return Value(print_value(input));
  }
  return cannot("ID", "a non-string and non-integer value", input);
}

Expected<Value> parse_enum(const NamedType& type, const Value& input, bool literal) {
  if (literal ? !input.is_word() : !input.is_string() && !input.is_word()) {
    return cannot("Enum \"" + type.name + "\"", literal ? "non-enum value" : "non-string value",
                  input);
  }
  if (type.find_enum_value(input.string()) == nullptr) {
    return Failure{"Value \"" + input.string() + "\" does not exist in \"" + type.name + "\" enum.",
                   {}};
  }
  return Value(Value::Word{input.string()});
}

}  // namespace

Expected<Value> InputTypes::built_in(std::string_view type, const Value& input,
                                     bool literal) const {
  if (type == "Int") return parse_int(input, literal, coercion_);
  if (type == "Float") return parse_float(input, literal, coercion_);
  if (type == "String") return parse_string(input, literal, coercion_);
  if (type == "ID") return parse_id(input, literal);
  if (!input.is_boolean()) return cannot("Boolean", "a non boolean value", input);
  return input;
}

Expected<Value> InputTypes::leaf(const NamedType& type, const Value& input, bool literal) const {
  const auto parser = parsers_.find(&type);
  if (parser != parsers_.end()) {
    try {
      return parser->second(input);
    } catch (const std::exception& error) {
      return Failure{error.what(), {}};
    }
  }
  if (type.kind == TypeKind::enumeration) return parse_enum(type, input, literal);
  if (type.built_in) return built_in(type.name, input, literal);
  return input;
}

}  // namespace graphql::detail
