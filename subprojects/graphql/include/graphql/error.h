// SPDX-License-Identifier: MIT
#pragma once

// What can go wrong, as values: Error is an entry of the response's "errors" list, Failure is what
// a resolver or scalar says when it cannot answer, Expected<T, E> is a value or the reason for
// none.

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace graphql {

// One-based. Columns count UTF-16 code units, as every GraphQL tool does.
struct Location {
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  bool operator==(const Location&) const = default;
};

using PathSegment = std::variant<std::string, std::size_t>;

struct Error {
  std::string message;
  std::string code;  // extensions.code; empty: none
  std::vector<Location> locations;
  std::vector<PathSegment> path;
  std::string_view rule;  // the violated validation rule ("ScalarLeafs"), else empty; static text
};

using Errors = std::vector<Error>;

// Why a field has no value. The message goes to the client as it is; the code to extensions.code.
struct Failure {
  std::string message;
  std::string code;
};

// A resolver may throw this instead of returning a Failure. The text of any other exception is kept
// from the client (Options::show_exception_text).
class FieldError : public std::runtime_error {
 public:
  explicit FieldError(const std::string& message, std::string code = {})
      : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

// A subset of std::expected. Reading value() of a failed one throws std::bad_variant_access.
template <class T, class E = Failure>
class [[nodiscard]] Expected {
 public:
  using value_type = T;
  using error_type = E;

  template <class U = T>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, Expected> &&
           !std::is_same_v<std::remove_cvref_t<U>, E>) Expected(U&& value)  // NOLINT: implicit
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Expected(E error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() { return std::get<0>(state_); }
  const T& value() const { return std::get<0>(state_); }
  E& error() { return std::get<1>(state_); }
  const E& error() const { return std::get<1>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, E> state_;
};

}  // namespace graphql
