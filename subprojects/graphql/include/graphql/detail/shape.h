// SPDX-License-Identifier: MIT
#pragma once

// What a C++ type looks like to GraphQL: list, object or leaf, through pointers and optionals. The
// binder compares it with the schema's type at start, so that execution needs no checks.

#include "graphql/executor.h"
#include "graphql/type_token.h"
#include "graphql/value.h"

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

namespace graphql {

// Specialise as true for a range that is one scalar to GraphQL. Maps are that by default.
template <class T>
inline constexpr bool kIsLeafRange = requires {
  typename T::mapped_type;
};

namespace detail {

template <class T>
struct IsNullable : std::false_type {};
template <class T>
struct IsNullable<std::optional<T>> : std::true_type {};
template <class T>
struct IsNullable<T*> : std::bool_constant<!std::is_same_v<std::remove_cv_t<T>, char>> {};
template <class T>
struct IsNullable<std::shared_ptr<T>> : std::true_type {};
template <class T, class D>
struct IsNullable<std::unique_ptr<T, D>> : std::true_type {};

template <class T>
struct IsVariant : std::false_type {};
template <class... T>
struct IsVariant<std::variant<T...>> : std::true_type {};

template <class T>
struct IsExpected : std::false_type {};
template <class T>
struct IsExpected<Expected<T>> : std::true_type {};

template <class T>
struct IsLater : std::false_type {};
template <class T>
struct IsLater<Later<T>> : std::true_type {};

template <class T>
concept StringLike = std::convertible_to<const T&, std::string_view>;

template <class T>
concept ListLike = std::ranges::input_range<const T> && !StringLike<T> && !kIsLeafRange<T> &&
                   !std::is_same_v<T, Value>;

struct Shape {
  enum class Kind { single, list, variant, any_object, dynamic };
  Kind kind = Kind::single;
  TypeToken token = nullptr;            // of single
  const Shape* item = nullptr;          // of list
  std::span<const Shape* const> cases;  // of variant
};

template <class T>
struct ShapeOf;

template <class T>
inline constexpr const Shape& kShape = ShapeOf<std::remove_cvref_t<T>>::kValue;

template <class T>
struct ShapeOf {
  static constexpr Shape kValue{Shape::Kind::single, token_of<T>(), nullptr, {}};
};
template <class T>
requires(IsNullable<T>::value) struct ShapeOf<T> {
  static constexpr const Shape& kValue = kShape<decltype(*std::declval<const T&>())>;
};
template <class T>
struct ShapeOf<std::reference_wrapper<T>> {
  static constexpr const Shape& kValue = kShape<T>;
};
template <class T>
struct ShapeOf<Expected<T>> {
  static constexpr const Shape& kValue = kShape<T>;
};
template <class T>
struct ShapeOf<Later<T>> {
  static constexpr const Shape& kValue = kShape<T>;
};
// String literals and C strings are written as views.
template <std::size_t N>
struct ShapeOf<char[N]> {
  static constexpr const Shape& kValue = kShape<std::string_view>;
};
template <ListLike T>
struct ShapeOf<T> {
  static constexpr Shape kValue{
      Shape::Kind::list, nullptr, &kShape<std::ranges::range_value_t<const T>>, {}};
};
template <class... T>
struct ShapeOf<std::variant<T...>> {
  static constexpr const Shape* kCases[] = {&kShape<T>...};
  static constexpr Shape kValue{Shape::Kind::variant, nullptr, nullptr, kCases};
};
template <>
struct ShapeOf<ObjectRef> {
  static constexpr Shape kValue{Shape::Kind::any_object, nullptr, nullptr, {}};
};
template <>
struct ShapeOf<Value> {
  static constexpr Shape kValue{Shape::Kind::dynamic, nullptr, nullptr, {}};
};

}  // namespace detail
}  // namespace graphql
