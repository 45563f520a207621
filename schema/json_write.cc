// SPDX-License-Identifier: MIT
#include "schema/json_write.h"

#include "schema/json_scan.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace jobledger::schema {
namespace {

// Longest fixed form: the 309 digits of the largest double, sign, point and decimals.
constexpr std::size_t kLongestNumber = 400;
constexpr int kMostDecimals = 30;

enum class Escape : std::uint8_t { none, special, look_ahead };

constexpr std::array<Escape, 256> make_escapes() {
  std::array<Escape, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = Escape::special;
  for (const char c : {'"', '\\', '<', '>', '&'})
    table[static_cast<unsigned char>(c)] = Escape::special;
  for (std::size_t i = 0x80; i < 0x100; ++i) table[i] = Escape::look_ahead;
  return table;
}
constexpr std::array<Escape, 256> kEscapes = make_escapes();

void write_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\':
      out.push_back('\\');
      out.push_back(c);
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\f':
      out.append("\\f");
      return;
    default: {
      const auto byte = static_cast<unsigned char>(c);
      out.append("\\u00");
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 0xFu]);
    }
  }
}

// Writes the sequence at the start of `text` and returns its length.
std::size_t write_beyond_ascii(std::string& out, std::string_view text) {
  const std::size_t length = utf8_sequence(text);
  if (length == 0) {
    out.append("\\ufffd");
    return 1;
  }
  const std::string_view sequence = text.substr(0, length);
  if (sequence == "\xE2\x80\xA8")
    out.append("\\u2028");
  else if (sequence == "\xE2\x80\xA9")
    out.append("\\u2029");
  else
    out.append(sequence);
  return length;
}

// "d.ddde-XX" into its digits and the position of the decimal point behind the first of them.
struct Decimal {
  std::string_view digits_with_point;
  int exponent = 0;
};

Decimal split(std::string_view scientific) {
  const std::size_t e = scientific.find('e');
  Decimal decimal{scientific.substr(0, e), 0};
  std::string_view exponent = scientific.substr(e + 1);
  if (exponent.front() == '+') exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), decimal.exponent);
  return decimal;
}

void write_plain(std::string& out, const Decimal& decimal) {
  std::string digits(decimal.digits_with_point.substr(0, 1));
  if (decimal.digits_with_point.size() > 2) digits += decimal.digits_with_point.substr(2);
  const int count = static_cast<int>(digits.size());
  if (decimal.exponent < 0) {
    out.append("0.");
    out.append(static_cast<std::size_t>(-decimal.exponent - 1), '0');
    out.append(digits);
  } else if (decimal.exponent + 1 >= count) {
    out.append(digits);
    out.append(static_cast<std::size_t>(decimal.exponent + 1 - count), '0');
  } else {
    const auto whole = static_cast<std::size_t>(decimal.exponent + 1);
    out.append(digits, 0, whole);
    out.push_back('.');
    out.append(digits, whole, std::string::npos);
  }
}

}  // namespace

void write_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Escape escape = kEscapes[static_cast<unsigned char>(text[at])];
    if (escape == Escape::none) {
      ++at;
      continue;
    }
    out.append(text.substr(done, at - done));
    if (escape == Escape::special)
      write_escaped(out, text[at++]);
    else
      at += write_beyond_ascii(out, text.substr(at));
    done = at;
  }
  out.append(text.substr(done));
  out.push_back('"');
}

void write_json_int(std::string& out, std::int64_t value) {
  char buffer[24];
  const auto [end, status] = std::to_chars(buffer, buffer + sizeof buffer, value);
  static_cast<void>(status);
  out.append(buffer, end);
}

void write_json_double(std::string& out, double value) {
  constexpr double kExactIntegers = 9007199254740992.0;
  if (!std::isfinite(value)) {
    out.append("null");
    return;
  }
  if (value < 0) {
    out.push_back('-');
    value = -value;
  }
  if (value < kExactIntegers && value == std::floor(value)) {
    write_json_int(out, static_cast<std::int64_t>(value));
    return;
  }
  char buffer[32];
  const auto [end, status] =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  static_cast<void>(status);
  const Decimal decimal = split({buffer, static_cast<std::size_t>(end - buffer)});
  if (value >= 1e-6 && value < 1e21) {
    write_plain(out, decimal);
    return;
  }
  out.append(decimal.digits_with_point);
  out.push_back('e');
  if (decimal.exponent > 0) out.push_back('+');
  write_json_int(out, decimal.exponent);
}

void write_json_fixed(std::string& out, double value, int decimals) {
  if (!std::isfinite(value)) {
    out.append("null");
    return;
  }
  if (decimals < 0) decimals = 0;
  if (decimals > kMostDecimals) decimals = kMostDecimals;
  char buffer[kLongestNumber];
  const auto [end, status] =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals);
  static_cast<void>(status);
  out.append(buffer, end);
}

}  // namespace jobledger::schema
