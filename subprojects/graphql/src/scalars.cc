// SPDX-License-Identifier: MIT

// The built-in scalars and enums as output, by C++ type.

#include "engine_builder.h"

#include <cmath>
#include <limits>

namespace graphql::detail {
namespace {

template <class T, class F>
void add(ScalarBinding& binding, F write, PlainLeaf plain = PlainLeaf::no) {
  // What the host has registered stays.
  const bool added =
      binding.writers
          .try_emplace(token_of<T>(),
                       [write](const void* value, Writer& writer) -> std::optional<Failure> {
                         return write(*static_cast<const T*>(value), writer);
                       })
          .second;
  if (added && plain != PlainLeaf::no) binding.plain.emplace(token_of<T>(), plain);
}

template <class... T, class F>
void add_each(ScalarBinding& binding, F write) {
  (add<T>(binding, write), ...);
}

template <class F>
void add_integers(ScalarBinding& binding, F write) {
  add_each<signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long,
           long long, unsigned long long>(binding, write);
}

template <class F>
void add_strings(ScalarBinding& binding, F write, PlainLeaf plain = PlainLeaf::no) {
  add<std::string>(binding, write, plain);
  add<std::string_view>(binding, write);
  add<const char*>(binding, [write](const char* text, Writer& out) {
    return write(std::string_view(text != nullptr ? text : ""), out);
  });
}

std::optional<Failure> write_string(std::string_view text, Writer& out) {
  out.string(text);
  return std::nullopt;
}

void add_int(ScalarBinding& binding, bool wide) {
  if (wide) {
    add_integers(binding, [](auto value, Writer& out) -> std::optional<Failure> {
      out.integer(value);
      return std::nullopt;
    });
    return;
  }
  static_assert(sizeof(int) == sizeof(std::int32_t));
  const auto write = [](auto value, Writer& out) -> std::optional<Failure> {
    if (!std::in_range<std::int32_t>(static_cast<decltype(+value)>(value))) {
      return Failure{
          "Int cannot represent non 32-bit signed integer value: " + std::to_string(value), {}};
    }
    out.integer(value);
    return std::nullopt;
  };
  add<int>(binding, write, PlainLeaf::integer);
  add<std::int64_t>(binding, write, PlainLeaf::long_integer);
  add_integers(binding, write);
}

void add_float(ScalarBinding& binding) {
  const auto write = [](auto value, Writer& out) -> std::optional<Failure> {
    const auto number = static_cast<double>(value);
    if (!std::isfinite(number)) {
      const char* name = std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
      return Failure{std::string("Float cannot represent non numeric value: ") + name, {}};
    }
    out.number(number);
    return std::nullopt;
  };
  add<double>(binding, write, PlainLeaf::number);
  add_integers(binding, write);
  // The shortest digits of a float are not those of the double that it becomes.
  add<float>(binding, write);
}

void add_id(ScalarBinding& binding, bool as_number) {
  add_strings(binding, write_string, PlainLeaf::text);
  const auto write = [as_number](auto value, Writer& out) -> std::optional<Failure> {
    if (!as_number) out.raw("\"");
    out.integer(value);
    if (!as_number) out.raw("\"");
    return std::nullopt;
  };
  add<std::int64_t>(binding, write, as_number ? PlainLeaf::no : PlainLeaf::long_id);
  add_integers(binding, write);
}

}  // namespace

void add_built_in_scalar(const NamedType& type, const Options& options, ScalarBinding& binding) {
  if (type.name == "Int") add_int(binding, options.coercion.int_64_bit);
  if (type.name == "Float") add_float(binding);
  if (type.name == "String") add_strings(binding, write_string, PlainLeaf::text);
  if (type.name == "ID") add_id(binding, options.coercion.id_as_number);
  if (type.name == "Boolean") {
    add<bool>(binding, [](bool value, Writer& out) -> std::optional<Failure> {
      out.boolean(value);
      return std::nullopt;
    });
  }
}

void add_enum(const NamedType& type, ScalarBinding& binding) {
  add_strings(binding, [&type](std::string_view word, Writer& out) -> std::optional<Failure> {
    if (type.find_enum_value(word) == nullptr) {
      return Failure{
          "Enum \"" + type.name + "\" cannot represent value: \"" + std::string(word) + "\"", {}};
    }
    out.string(word);
    return std::nullopt;
  });
}

}  // namespace graphql::detail
