// SPDX-License-Identifier: MIT
#include "schema/json_scan.h"

#include "base/ascii.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace jobledger::schema {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

class Scanner {
 public:
  Scanner(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {
    out_.reserve(text.size() + 16);
  }

  Result<std::string> scan() {
    skip_blanks();
    if (at_end()) return invalid("the document is empty");
    TRY(value(0));
    return std::move(out_);
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  void take() { out_.push_back(text_[at_++]); }

  Error wrong(std::string_view expectation) const {
    if (at_end()) return invalid(fmt::format("JSON ends early: expected {}", expectation));
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (byte > 0x20 && byte < 0x7f)
      return invalid(fmt::format("not JSON at byte {}: expected {}, found '{}'", at_, expectation,
                                 text_[at_]));
    return invalid(
        fmt::format("not JSON at byte {}: expected {}, found 0x{:02x}", at_, expectation, byte));
  }

  void skip_blanks() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r'))
      ++at_;
  }

  Result<void> value(std::size_t depth) {
    switch (peek()) {
      case '{':
        return object(depth + 1);
      case '[':
        return array(depth + 1);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        if (peek() == '-' || is_digit(peek())) return number();
        return wrong("a value");
    }
  }

  Result<void> check_depth(std::size_t depth) const {
    if (depth > max_depth_)
      return Error{ErrorKind::too_large,
                   fmt::format("more than {} levels at byte {}", max_depth_, at_)};
    return {};
  }

  Result<void> object(std::size_t depth) {
    TRY(check_depth(depth));
    take();
    skip_blanks();
    if (peek() == '}') return take(), Result<void>{};
    for (;;) {
      if (peek() != '"') return wrong("a member name");
      TRY(string());
      skip_blanks();
      if (peek() != ':') return wrong("':'");
      take();
      skip_blanks();
      TRY(value(depth));
      skip_blanks();
      if (peek() == '}') return take(), Result<void>{};
      if (peek() != ',') return wrong("',' or '}'");
      take();
      skip_blanks();
    }
  }

  Result<void> array(std::size_t depth) {
    TRY(check_depth(depth));
    take();
    skip_blanks();
    if (peek() == ']') return take(), Result<void>{};
    for (;;) {
      TRY(value(depth));
      skip_blanks();
      if (peek() == ']') return take(), Result<void>{};
      if (peek() != ',') return wrong("',' or ']'");
      take();
      skip_blanks();
    }
  }

  Result<void> word(std::string_view wanted) {
    for (const char c : wanted) {
      if (peek() != c) return wrong(wanted);
      take();
    }
    return {};
  }

  Result<void> string() {
    take();
    for (;;) {
      if (at_end()) return wrong("the end of a string");
      const auto byte = static_cast<unsigned char>(peek());
      if (byte == '"') return take(), Result<void>{};
      if (byte < 0x20) return wrong("an escaped control character");
      if (byte == '\\') {
        TRY(escape());
      } else if (byte < 0x80) {
        take();
      } else if (const std::size_t length = utf8_sequence(text_.substr(at_)); length > 0) {
        out_.append(text_.substr(at_, length));
        at_ += length;
      } else {
        out_.append(kReplacement);
        ++at_;
      }
    }
  }

  // The four hex digits at `from`, or -1.
  std::int32_t hex4(std::size_t from) const {
    if (from + 4 > text_.size()) return -1;
    std::uint32_t code = 0;
    const char* first = text_.data() + from;
    const auto [end, status] = std::from_chars(first, first + 4, code, 16);
    return status == std::errc{} && end == first + 4 ? static_cast<std::int32_t>(code) : -1;
  }

  Result<void> escape() {
    ++at_;
    if (at_end()) return wrong("an escape");
    if (peek() != 'u') {
      if (std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos)
        return wrong("an escape");
      out_.push_back('\\');
      take();
      return {};
    }
    const std::int32_t code = hex4(at_ + 1);
    if (code < 0) {
      ++at_;
      return wrong("four hexadecimal digits");
    }
    const bool high = code >= 0xD800 && code < 0xDC00;
    const bool low = code >= 0xDC00 && code < 0xE000;
    std::size_t length = 5;
    if (high && text_.substr(at_ + 5, 2) == "\\u") {
      const std::int32_t second = hex4(at_ + 7);
      if (second >= 0xDC00 && second < 0xE000) length = 11;
    }
    if (low || (high && length == 5)) {
      out_.append(kReplacement);
    } else {
      out_.push_back('\\');
      out_.append(text_.substr(at_, length));
    }
    at_ += length;
    return {};
  }

  Result<void> digits() {
    if (!is_digit(peek())) return wrong("a digit");
    while (is_digit(peek())) take();
    return {};
  }

  Result<void> number() {
    const std::size_t start = at_;
    if (peek() == '-') take();
    if (peek() == '0') {
      take();
    } else {
      TRY(digits());
    }
    bool integer = true;
    if (peek() == '.') {
      integer = false;
      take();
      TRY(digits());
    }
    if (peek() == 'e' || peek() == 'E') {
      integer = false;
      take();
      if (peek() == '+' || peek() == '-') take();
      TRY(digits());
    }
    write_in_range(start, integer);
    return {};
  }

  void write_in_range(std::size_t start, bool integer) {
    const std::size_t written = out_.size() - (at_ - start);
    const char* first = text_.data() + start;
    const char* last = text_.data() + at_;
    if (integer) {
      std::int64_t whole = 0;
      std::uint64_t positive = 0;
      if (std::from_chars(first, last, whole).ec == std::errc{}) return;
      if (*first != '-' && std::from_chars(first, last, positive).ec == std::errc{}) return;
      out_.append("e0");
    }
    double real = 0;
    if (std::from_chars(first, last, real).ec != std::errc::result_out_of_range) return;
    // Out of range is also reported for what is merely too small, which is zero and harmless. What
    // is too large becomes a text: whoever wants a number will say so, by the member's name.
    const bool tiny = is_tiny(first, last);
    out_.resize(written);
    out_.append(tiny ? "0.0" : '"' + std::string(first, last) + '"');
  }

  // Of a number that no double holds: is it below the smallest one, not above the largest?
  static bool is_tiny(const char* first, const char* last) {
    const std::string_view text(first, static_cast<std::size_t>(last - first));
    const std::size_t e = text.find_first_of("eE");
    return e != std::string_view::npos && e + 1 < text.size() && text[e + 1] == '-';
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

Result<std::string> repair_json(std::string_view text, std::size_t max_depth) {
  return Scanner(text, max_depth).scan();
}

std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto tail = [byte](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0);
  if (text.empty()) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

}  // namespace jobledger::schema
