// SPDX-License-Identifier: MIT
#pragma once

// Identity of a C++ type at run time, and references to host objects that carry it.

#include <string_view>
#include <type_traits>

namespace graphql {

struct TypeInfo {
  std::string_view name;  // for messages
};

using TypeToken = const TypeInfo*;

namespace detail {

template <class T>
constexpr std::string_view cpp_type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  const auto begin = text.find("T = ");
  if (begin == std::string_view::npos) return text;
  text.remove_prefix(begin + 4);
  const auto end = text.find_first_of(";]");
  return text.substr(0, end);
}

template <class T>
inline constexpr TypeInfo kTypeInfo{cpp_type_name<T>()};

}  // namespace detail

template <class T>
constexpr TypeToken token_of() {
  return &detail::kTypeInfo<std::remove_cvref_t<T>>;
}

// A host object with its C++ type; does not own it. As a resolver's result it answers interface and
// union fields. type_name may be empty where the C++ type is bound to one GraphQL type only.
struct ObjectRef {
  const void* object = nullptr;
  TypeToken token = nullptr;
  std::string_view type_name;
};

template <class T>
ObjectRef object_ref(const T& object, std::string_view type_name = {}) {
  return {&object, token_of<T>(), type_name};
}

}  // namespace graphql
