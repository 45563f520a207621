// SPDX-License-Identifier: MIT

// The built-in scalars and enums as input.

#include "coerce.h"
#include "literal.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace graphql::detail {
namespace {

Failure cannot(std::string_view type, std::string_view what, const LeafInput& input) {
  const std::string shown =
      input.written != nullptr ? print_literal(*input.written) : inspect_value(input.value);
  return {std::string(type) + " cannot represent " + std::string(what) + ": " + shown, {}};
}

template <class T>
std::optional<T> number_in(const std::string& text) {
  T number{};
  const char* last = text.data() + text.size();
  const auto result = std::from_chars(text.data(), last, number);
  if (text.empty() || result.ec != std::errc() || result.ptr != last) return std::nullopt;
  return number;
}

Expected<Value> parse_int(const LeafInput& in, const Coercion& rules) {
  const Value& input = in.value;
  const bool literal = in.literal;
  Value value = input;
  if (!literal && rules.int_from_string && input.is_string()) {
    const auto number = number_in<std::int64_t>(input.string());
    if (number) value = Value(*number);
  }
  constexpr double kExact = 9007199254740992.0;  // up to here doubles are exact integers
  if (value.is_number() &&
      (!literal || std::isinf(value.number()) || std::abs(value.number()) > kExact)) {
    const double number = value.number();
    if (number != std::trunc(number)) return cannot("Int", "non-integer value", in);
    if (std::abs(number) <= kExact) value = Value(static_cast<std::int64_t>(number));
    if (value.is_number()) {
      return cannot(
          "Int",
          rules.int_64_bit ? "non 64-bit signed integer value" : "non 32-bit signed integer value",
          in);
    }
  }
  if (!value.is_integer()) return cannot("Int", "non-integer value", in);
  if (!rules.int_64_bit && (value.integer() < std::numeric_limits<std::int32_t>::min() ||
                            value.integer() > std::numeric_limits<std::int32_t>::max())) {
    return cannot("Int", "non 32-bit signed integer value", in);
  }
  return value;
}

Expected<Value> parse_float(const LeafInput& in, const Coercion& rules) {
  const Value& input = in.value;
  const bool literal = in.literal;
  if (!literal && rules.float_from_string && input.is_string()) {
    const auto number = number_in<double>(input.string());
    if (number && std::isfinite(*number)) return Value(*number);
  }
  if (!input.is_integer() && !input.is_number()) {
    return cannot("Float", "non numeric value", in);
  }
  if (!std::isfinite(input.number())) return cannot("Float", "non numeric value", in);
  return Value(input.number());
}

Expected<Value> parse_string(const LeafInput& in, const Coercion& rules) {
  const Value& input = in.value;
  const bool literal = in.literal;
  if (input.is_string()) return input;
  if (!literal && rules.string_from_number && (input.is_integer() || input.is_number())) {
    return Value(print_value(input));
  }
  return cannot("String", "a non string value", in);
}

Expected<Value> parse_id(const LeafInput& in) {
  const Value& input = in.value;
  const bool literal = in.literal;
  if (input.is_string()) return input;
  if (input.is_integer()) return Value(std::to_string(input.integer()));
  if (input.is_number() && !literal && std::isfinite(input.number()) &&
      input.number() == std::trunc(input.number())) {
    return Value(print_value(input));
  }
  return cannot("ID", "a non-string and non-integer value", in);
}

Expected<Value> parse_enum(const NamedType& type, const LeafInput& in) {
  const Value& input = in.value;
  const bool literal = in.literal;
  if (literal ? !input.is_word() : !input.is_string() && !input.is_word()) {
    Failure failure =
        cannot("Enum \"" + type.name + "\"", literal ? "non-enum value" : "non-string value", in);
    failure.message.push_back('.');
    return failure;
  }
  if (type.find_enum_value(input.string()) == nullptr) {
    return Failure{"Value \"" + input.string() + "\" does not exist in \"" + type.name + "\" enum.",
                   {}};
  }
  return Value(Value::Word{input.string()});
}

}  // namespace

Expected<Value> InputTypes::checked(const NamedType& type, const LeafInput& input) const {
  const auto parser = parsers_.find(&type);
  if (parser != parsers_.end()) {
    try {
      return parser->second(input.value);
    } catch (const std::exception& error) {
      return Failure{error.what(), {}};
    }
  }
  if (type.kind == TypeKind::enumeration) return parse_enum(type, input);
  if (!type.built_in) return input.value;
  if (type.name == "Int") return parse_int(input, coercion_);
  if (type.name == "Float") return parse_float(input, coercion_);
  if (type.name == "String") return parse_string(input, coercion_);
  if (type.name == "ID") return parse_id(input);
  if (!input.value.is_boolean()) return cannot("Boolean", "a non boolean value", input);
  return input.value;
}

Expected<Value> InputTypes::leaf(const NamedType& type, const Value& input, bool literal) const {
  return checked(type, {input, literal, nullptr});
}

Expected<Value> InputTypes::leaf(const NamedType& type, const ast::Value& literal,
                                 const Value::Object& variables) const {
  Value value = literal_value(literal, &variables);
  // An identifier keeps all its digits.
  if (value.is_number() && literal.kind == ast::Value::Kind::integer && type.name == "ID") {
    value = Value(literal.text);
  }
  return checked(type, {value, true, &literal});
}

}  // namespace graphql::detail
