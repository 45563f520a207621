// SPDX-License-Identifier: MIT
#pragma once

// JSON text, appended to one string. Scalars write themselves through this.

#include "graphql/options.h"
#include "graphql/value.h"

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

namespace graphql {

// Lifetime: refers to the buffer; one thread.
class Writer {
 public:
  Writer(std::string& buffer, FormatFloat format_float, bool html_safe)
      : buffer_(buffer), format_float_(format_float), html_safe_(html_safe) {}

  void null() { buffer_.append("null", 4); }
  void boolean(bool value);
  void integer(std::int64_t value);
  void integer(std::uint64_t value);
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, std::int64_t> &&
           !std::same_as<T, std::uint64_t>) void integer(T value) {
    using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    integer(static_cast<Wide>(value));
  }
  // NaN and infinities have no JSON form and are written as null.
  void number(double value);
  // Exactly that many digits after the point.
  void fixed(double value, int decimals);
  // Quoted and escaped. Bytes that are no UTF-8 become U+FFFD.
  void string(std::string_view text);
  void value(const Value& value);
  // JSON text as it is; the caller answers for its form.
  void raw(std::string_view json) { buffer_.append(json); }

  std::string& buffer() { return buffer_; }

 private:
  void escape(std::string_view text);

  std::string& buffer_;
  FormatFloat format_float_;
  bool html_safe_;
};

}  // namespace graphql
