// SPDX-License-Identifier: MIT
// The one way this project reports failure: a value, or an Error.
//
// Method names are a subset of std::expected, so that a later change is one alias. Absence is not
// an error: look-ups that may miss return Result<std::optional<T>>. Exceptions are never flow.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace jobledger {

// Code branches on the kind only; a kind exists because some caller branches on it.
enum class ErrorKind {
  not_found,
  invalid,      // the input broke its contract
  conflict,     // valid input that does not fit the present state
  too_large,    // a named limit was exceeded
  unavailable,  // try again later
  corrupt,      // stored bytes are not what was written
  io,
  cancelled,
  internal,
};

std::string_view to_string(ErrorKind kind);

struct [[nodiscard]] Error {
  ErrorKind kind = ErrorKind::internal;
  std::string detail;  // for people: what and where

  // The same failure seen from one layer further up: "context: detail".
  Error in(std::string_view context) &&;
};

inline Error invalid(std::string detail) { return {ErrorKind::invalid, std::move(detail)}; }
inline Error io_error(std::string detail) { return {ErrorKind::io, std::move(detail)}; }

// "open /some/file: No such file or directory", kind not_found or io by the number.
Error errno_error(std::string_view what, int error_number);

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  T value_or(T fallback) && { return has_value() ? *std::move(*this) : std::move(fallback); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }

  Error& error() & { return error_; }
  const Error& error() const& { return error_; }
  Error&& error() && { return std::move(error_); }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace jobledger

// TRY(expr);            leaves the function with the error of a Result<void> (or drops the value)
// TRY(auto x, expr);    the same, else binds the value
// CO_TRY is the form for coroutines; expr may contain co_await. Both are statements with a hidden
// exit, which their capitals announce.
#define JOBLEDGER_CAT2(a, b) a##b
#define JOBLEDGER_CAT(a, b) JOBLEDGER_CAT2(a, b)
#define JOBLEDGER_TRY_VOID(leave, tmp, ...)             \
  do {                                                  \
    auto&& tmp = (__VA_ARGS__);                         \
    if (!tmp.has_value()) leave std::move(tmp).error(); \
  } while (false)
#define JOBLEDGER_TRY_BIND(leave, tmp, decl, ...)     \
  auto&& tmp = (__VA_ARGS__);                         \
  if (!tmp.has_value()) leave std::move(tmp).error(); \
  decl = *std::move(tmp)
#define JOBLEDGER_TRY_PICK(_1, _2, _3, _4, _5, NAME, ...) NAME
#define JOBLEDGER_TRY_1(leave, tmp, a) JOBLEDGER_TRY_VOID(leave, tmp, a)
#define JOBLEDGER_TRY_N(leave, tmp, ...) JOBLEDGER_TRY_BIND(leave, tmp, __VA_ARGS__)
#define TRY(...)                                                                     \
  JOBLEDGER_TRY_PICK(__VA_ARGS__, JOBLEDGER_TRY_N, JOBLEDGER_TRY_N, JOBLEDGER_TRY_N, \
                     JOBLEDGER_TRY_N, JOBLEDGER_TRY_1, )                             \
  (return, JOBLEDGER_CAT(try_result_, __LINE__), __VA_ARGS__)
#define CO_TRY(...)                                                                  \
  JOBLEDGER_TRY_PICK(__VA_ARGS__, JOBLEDGER_TRY_N, JOBLEDGER_TRY_N, JOBLEDGER_TRY_N, \
                     JOBLEDGER_TRY_N, JOBLEDGER_TRY_1, )                             \
  (co_return, JOBLEDGER_CAT(try_result_, __LINE__), __VA_ARGS__)
