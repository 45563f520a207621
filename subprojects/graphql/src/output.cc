// SPDX-License-Identifier: MIT
#include "graphql/output.h"

#include "utf8.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace graphql {
namespace {

template <class T>
void append_integer(std::string& out, T value) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

// Digits (without point) and decimal exponent of the shortest form: 0.0125 is "125", -2.
struct Decimal {
  std::array<char, 32> digits;
  std::size_t count = 0;
  int exponent = 0;
};

Decimal shortest(double magnitude) {
  std::array<char, 40> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), magnitude,
                                 std::chars_format::scientific)
                       .ptr;
  Decimal decimal;
  const char* c = text.data();
  for (; c != end && *c != 'e'; ++c) {
    if (*c != '.') decimal.digits[decimal.count++] = *c;
  }
  if (c != end) {
    ++c;
    if (c != end && *c == '+') ++c;
    std::from_chars(c, end, decimal.exponent);
  }
  return decimal;
}

void append_fixed(std::string& out, const Decimal& d) {
  const auto digits = std::string_view(d.digits.data(), d.count);
  if (d.exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-d.exponent - 1), '0').append(digits);
    return;
  }
  const auto whole = static_cast<std::size_t>(d.exponent) + 1;
  if (d.count <= whole) {
    out.append(digits).append(whole - d.count, '0');
  } else {
    out.append(digits.substr(0, whole)).append(".").append(digits.substr(whole));
  }
}

void append_exponent(std::string& out, const Decimal& d, bool two_digits) {
  out.push_back(d.digits[0]);
  if (d.count > 1) out.append(".").append(d.digits.data() + 1, d.count - 1);
  out.append(d.exponent < 0 ? "e-" : "e+");
  const int magnitude = std::abs(d.exponent);
  if (two_digits && magnitude < 10) out.push_back('0');
  append_integer(out, magnitude);
}

// A number of at most four decimals, as most are. Of at most 15 digits there is only one text for a
// number, so that is the shortest; and the division is rounded as reading the text would be.
// False: not such a number, and nothing was appended.
bool append_short(std::string& out, double magnitude) {
  constexpr double kMost = 1e11, kScale = 1e4;
  if (!(magnitude < kMost)) return false;
  const auto scaled = static_cast<std::uint64_t>(magnitude * kScale + 0.5);
  if (static_cast<double>(scaled) / kScale != magnitude) return false;
  append_integer(out, scaled / 10'000);
  auto rest = static_cast<unsigned>(scaled % 10'000);
  if (rest == 0) return true;
  char text[] = {'.', '0', '0', '0', '0'};
  for (int i = 4; i > 0; --i, rest /= 10) text[i] = static_cast<char>('0' + rest % 10);
  std::size_t size = sizeof text;
  while (text[size - 1] == '0') --size;
  out.append(text, size);
  return true;
}

// Characters that cannot stand in a JSON string as they are; html adds < > &.
constexpr std::array<bool, 256> special_bytes(bool html) {
  std::array<bool, 256> special{};
  for (std::size_t c = 0; c < 256; ++c) special[c] = c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
  special['<'] = special['>'] = special['&'] = html;
  return special;
}

constexpr auto kSpecial = special_bytes(false);
constexpr auto kSpecialHtml = special_bytes(true);

void append_escaped(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
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
    default:
      out.append("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 0xF]);
  }
}

}  // namespace

void format_float_ecmascript(std::string& out, double value) {
  if (value == 0) return out.push_back('0');
  if (value < 0) out.push_back('-');
  const double magnitude = std::abs(value);
  if (append_short(out, magnitude)) return;
  const Decimal decimal = shortest(magnitude);
  if (decimal.exponent >= -6 && decimal.exponent < 21) {
    append_fixed(out, decimal);
  } else {
    append_exponent(out, decimal, false);
  }
}

void format_float_short_exponent(std::string& out, double value) {
  constexpr double kLeastExponent = 1e6;
  if (value == 0) return out.push_back('0');
  if (value < 0) out.push_back('-');
  const double magnitude = std::abs(value);
  if (magnitude < kLeastExponent && append_short(out, magnitude)) return;
  const Decimal decimal = shortest(magnitude);
  if (decimal.exponent >= -4 && decimal.exponent < 6) {
    append_fixed(out, decimal);
  } else {
    append_exponent(out, decimal, true);
  }
}

void Writer::boolean(bool value) {
  if (value) {
    buffer_.append("true", 4);
  } else {
    buffer_.append("false", 5);
  }
}

void Writer::integer(std::int64_t value) { append_integer(buffer_, value); }
void Writer::integer(std::uint64_t value) { append_integer(buffer_, value); }

void Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  format_float_(buffer_, value);
}

void Writer::fixed(double value, int decimals) {
  if (!std::isfinite(value)) return null();
  std::array<char, 512> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, decimals)
                       .ptr;
  buffer_.append(text.data(), end);
}

namespace {

template <class T>
std::uint64_t load(const char* text) {
  T word;
  std::memcpy(&word, text, sizeof word);
  return word;
}

// Whether each of the eight bytes may stand in a JSON string as it is. Doubts some that may.
bool plain_word(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  const auto has = [&](std::uint64_t byte) {  // or a byte above 0x7f
    const std::uint64_t rest = word ^ (kOnes * byte);
    return (rest - kOnes) & ~rest;
  };
  const std::uint64_t control = word - kOnes * 0x20;
  return ((word | control | has('"') | has('\\') | has('<') | has('>') | has('&')) & kHigh) == 0;
}

// The same of all bytes. Words overlap at the end, so that no byte is looked at by itself.
bool plain_text(std::string_view text) {
  const char* data = text.data();
  const std::size_t size = text.size();
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      if (!plain_word(load<std::uint64_t>(data + at))) return false;
    }
    return plain_word(load<std::uint64_t>(data + size - 8));
  }
  if (size >= 4) {
    return plain_word(load<std::uint32_t>(data) | load<std::uint32_t>(data + size - 4) << 32);
  }
  if (size == 0) return true;
  constexpr std::uint64_t kRest = 0x6161616161000000;
  return plain_word(kRest | load<std::uint8_t>(data) | load<std::uint8_t>(data + size / 2) << 8 |
                    load<std::uint8_t>(data + size - 1) << 16);
}

// Bytes before the first special one.
std::size_t clean_length(std::string_view text, const std::array<bool, 256>& special) {
  std::size_t at = 0;
  while (at < text.size() && !special[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

}  // namespace

void Writer::string(std::string_view text) {
  const std::size_t clean =
      plain_text(text) ? text.size() : clean_length(text, html_safe_ ? kSpecialHtml : kSpecial);
  const std::size_t begin = buffer_.size();
  buffer_.append(clean + 2, '"');
  text.copy(buffer_.data() + begin + 1, clean);  // also of no text at all
  if (clean == text.size()) return;
  buffer_.pop_back();
  escape(text.substr(clean));
  buffer_.push_back('"');
}

// The rest of a string, which begins with a byte that may not stand there as it is.
void Writer::escape(std::string_view text) {
  const auto& special = html_safe_ ? kSpecialHtml : kSpecial;
  std::size_t chunk = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (!special[c]) {
      ++at;
      continue;
    }
    if (c >= 0x80) {
      const std::size_t length = detail::utf8_length(text.substr(at));
      if (length != 0) {
        at += length;
        continue;
      }
      buffer_.append(text, chunk, at - chunk).append("\xEF\xBF\xBD");
    } else {
      buffer_.append(text, chunk, at - chunk);
      append_escaped(buffer_, c);
    }
    chunk = ++at;
  }
  buffer_.append(text, chunk, at - chunk);
}

void Writer::value(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return null();
    case Value::Kind::boolean:
      return boolean(value.boolean());
    case Value::Kind::integer:
      return integer(value.integer());
    case Value::Kind::number:
      return number(value.number());
    case Value::Kind::string:
    case Value::Kind::word:
      return string(value.string());
    case Value::Kind::list: {
      char separator = '[';
      for (const Value& item : value.list()) {
        buffer_.push_back(separator);
        separator = ',';
        this->value(item);
      }
      if (value.list().empty()) buffer_.push_back('[');
      return buffer_.push_back(']');
    }
    case Value::Kind::object: {
      char separator = '{';
      for (const Value::Member& member : value.object()) {
        buffer_.push_back(separator);
        separator = ',';
        string(member.name);
        buffer_.push_back(':');
        this->value(member.value);
      }
      if (value.object().empty()) buffer_.push_back('{');
      return buffer_.push_back('}');
    }
  }
}

}  // namespace graphql
