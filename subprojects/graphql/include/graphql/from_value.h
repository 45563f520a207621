// SPDX-License-Identifier: MIT
#pragma once

// FromValue for the plain C++ types. Included by value.h.

#include "graphql/value.h"

#include <concepts>
#include <limits>
#include <type_traits>

namespace graphql {

template <>
struct FromValue<Value> {
  static const Value& from(const Value& value) { return value; }
};

template <>
struct FromValue<bool> {
  static bool from(const Value& value) { return value.boolean(); }
};

template <std::integral T>
requires(!std::same_as<T, bool>) struct FromValue<T> {
  static T from(const Value& value) {
    const std::int64_t number = value.integer();
    if (std::cmp_less(number, std::numeric_limits<T>::min()) ||
        std::cmp_greater(number, std::numeric_limits<T>::max())) {
      throw FieldError("integer argument out of range: " + std::to_string(number));
    }
    return static_cast<T>(number);
  }
};

template <std::floating_point T>
struct FromValue<T> {
  static T from(const Value& value) { return static_cast<T>(value.number()); }
};

template <>
struct FromValue<std::string> {
  static const std::string& from(const Value& value) { return value.string(); }
};

// Views the argument; valid as long as the Args.
template <>
struct FromValue<std::string_view> {
  static std::string_view from(const Value& value) { return value.string(); }
};

template <class T>
struct FromValue<std::optional<T>> {
  static std::optional<T> from(const Value& value) {
    if (value.is_null()) return std::nullopt;
    return FromValue<T>::from(value);
  }
};

template <class T>
struct FromValue<std::vector<T>> {
  static std::vector<T> from(const Value& value) {
    std::vector<T> items;
    items.reserve(value.list().size());
    for (const Value& item : value.list()) items.push_back(FromValue<T>::from(item));
    return items;
  }
};

}  // namespace graphql
