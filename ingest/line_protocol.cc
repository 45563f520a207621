// SPDX-License-Identifier: MIT
#include "ingest/line_protocol.h"

#include "base/ascii.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace jobledger::ingest {
namespace {

// What a byte means to the scanner of names. `stop` ends the name or needs a look.
enum ByteClass : std::uint8_t {
  kPlain = 0,
  kComma = 1,
  kEquals = 2,
  kSpace = 4,
  kEscape = 8,
  kBad = 16
};

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t c = 0; c < 32; ++c) classes[c] = kBad;  // line breaks too: they end the line
  classes[127] = kBad;
  classes[','] = kComma;
  classes['='] = kEquals;
  classes[' '] = kSpace;
  classes['\\'] = kEscape;
  return classes;
}
constexpr auto kClasses = make_classes();

std::uint8_t class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }

// First '"' or '\' at or after `p`, or `end`.
const char* find_quote_or_escape(const char* p, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"'), escape = _mm_set1_epi8('\\');
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, escape));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits));
    if (mask != 0) return p + __builtin_ctz(mask);
  }
#endif
  while (p != end && *p != '"' && *p != '\\') ++p;
  return p;
}

bool has_high_bit(std::string_view text) {
  const char* p = text.data();
  const char* end = p + text.size();
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    if (_mm_movemask_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))) != 0) return true;
  }
#endif
  for (; p != end; ++p) {
    if (static_cast<signed char>(*p) < 0) return true;
  }
  return false;
}

// Length of the well-formed sequence at the front of `text`; 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto is_tail = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return is_tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && second < 0xa0;
    const bool surrogate = first == 0xed && second >= 0xa0;
    return is_tail(1) && is_tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && second < 0x90;
    const bool beyond = first == 0xf4 && second >= 0x90;
    return is_tail(1) && is_tail(2) && is_tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::string_view text) {
  if (!has_high_bit(text)) return true;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool ends_number(char c) { return c == ',' || c == ' ' || c == '\n' || c == '\r'; }

// One line, from its first byte. Every step returns false with the error set.
class Scanner {
 public:
  Scanner(const char* begin, const char* end, const LineLimits& limits, Line& line)
      : begin_(begin), p_(begin), end_(end), limits_(limits), line_(line) {}

  bool run() {
    if (!scan_measurement() || !scan_tags() || !scan_fields() || !scan_timestamp()) return false;
    if (is_utf8({begin_, static_cast<std::size_t>(p_ - begin_)})) return true;
    return fail(LineError::not_utf8, begin_);
  }
  const char* end_of_line() const { return p_; }

 private:
  bool at_end() const { return p_ == end_ || *p_ == '\n' || (*p_ == '\r' && at_crlf()); }
  bool at_crlf() const { return p_ + 1 == end_ || p_[1] == '\n'; }

  bool fail(LineError error, const char* where) {
    line_.error = error;
    line_.column = static_cast<std::size_t>(where - begin_) + 1;
    return false;
  }

  // Up to an unescaped byte of one of the `stops` classes, or the end of the line.
  bool scan_name(unsigned stops, Token& token) {
    const char* from = p_;
    token.escaped = false;
    for (; p_ != end_; ++p_) {
      const unsigned kind = class_of(*p_);
      if (kind == kPlain) continue;
      if (kind == kEscape) {
        token.escaped = true;
        if (p_ + 1 != end_ && (class_of(p_[1]) & (kComma | kEquals | kSpace)) != 0) ++p_;
      } else if ((kind & stops) != 0 || at_end()) {
        break;
      } else if (kind == kBad) {
        return fail(LineError::control_character, p_);
      }
    }
    token.raw = {from, static_cast<std::size_t>(p_ - from)};
    return true;
  }

  bool scan_measurement() {
    if (!scan_name(kComma | kSpace, line_.measurement)) return false;
    return !line_.measurement.raw.empty() || fail(LineError::no_measurement, p_);
  }

  bool scan_tags() {
    while (!at_end() && *p_ == ',') {
      ++p_;
      LineTag tag;
      if (!scan_name(kComma | kEquals | kSpace, tag.key)) return false;
      if (tag.key.raw.empty()) return fail(LineError::no_tag_key, p_);
      if (at_end() || *p_ != '=') return fail(LineError::no_tag_value, p_);
      ++p_;
      if (!scan_name(kComma | kEquals | kSpace, tag.value)) return false;
      if (!at_end() && *p_ == '=') return fail(LineError::stray_equals, p_);
      if (line_.tags.size() >= limits_.max_tags) return fail(LineError::too_many_tags, p_);
      line_.tags.push_back(tag);
    }
    return true;
  }

  void skip_spaces() {
    while (p_ != end_ && *p_ == ' ') ++p_;
  }

  bool scan_fields() {
    skip_spaces();
    if (at_end()) return fail(LineError::no_fields, p_);
    while (true) {
      LineField field;
      if (!scan_name(kComma | kEquals | kSpace, field.key)) return false;
      if (field.key.raw.empty()) return fail(LineError::no_field_key, p_);
      if (at_end() || *p_ != '=') return fail(LineError::no_field_value, p_);
      ++p_;
      if (!scan_value(field)) return false;
      if (line_.fields.size() >= limits_.max_fields) return fail(LineError::too_many_fields, p_);
      line_.fields.push_back(field);
      if (at_end() || *p_ == ' ') return true;
      if (*p_ != ',') return fail(LineError::bad_field_value, p_);
      ++p_;
    }
  }

  bool scan_value(LineField& field) {
    if (at_end()) return fail(LineError::no_field_value, p_);
    if (*p_ == '"') return scan_string(field);
    const char* from = p_;
    while (p_ != end_ && !ends_number(*p_)) ++p_;
    if (p_ == from) return fail(LineError::no_field_value, from);
    field.text = {{from, static_cast<std::size_t>(p_ - from)}, false};
    return read_number(field) || read_boolean(field) || fail(LineError::bad_field_value, from);
  }

  bool scan_string(LineField& field) {
    const char* quote = p_++;
    const char* from = p_;
    field.type = FieldType::string;
    while (true) {
      p_ = find_quote_or_escape(p_, end_);
      if (p_ == end_) return fail(LineError::open_string, quote);
      if (*p_ == '"') break;
      field.text.escaped = true;
      p_ += p_ + 1 == end_ ? 1 : 2;
    }
    field.text.raw = {from, static_cast<std::size_t>(p_ - from)};
    ++p_;
    return true;
  }

  static bool read_number(LineField& field) {
    const char* from = field.text.raw.data();
    const char* to = from + field.text.raw.size();
    // No hexadecimal, no "nan", no "inf": only what starts like a number.
    const char head = *from == '-' || *from == '+' ? (from + 1 == to ? '\0' : from[1]) : *from;
    if (!(is_digit(head) || head == '.')) return false;
    const char* digits = *from == '+' ? from + 1 : from;
    if (to[-1] == 'i') {
      field.type = FieldType::integer;
      const auto [rest, error] = std::from_chars(digits, to - 1, field.integer);
      field.real = static_cast<double>(field.integer);
      return error == std::errc{} && rest == to - 1;
    }
    if (to[-1] == 'u') {
      field.type = FieldType::unsigned_integer;
      const auto [rest, error] = std::from_chars(digits, to - 1, field.unsigned_integer);
      field.real = static_cast<double>(field.unsigned_integer);
      return error == std::errc{} && rest == to - 1;
    }
    field.type = FieldType::real;
    const auto [rest, error] = std::from_chars(digits, to, field.real);
    return error == std::errc{} && rest == to && std::isfinite(field.real);
  }

  static bool read_boolean(LineField& field) {
    const std::string_view text = field.text.raw;
    const bool yes =
        text == "t" || text == "T" || text == "true" || text == "True" || text == "TRUE";
    const bool no =
        text == "f" || text == "F" || text == "false" || text == "False" || text == "FALSE";
    field.type = FieldType::boolean;
    field.integer = yes ? 1 : 0;
    return yes || no;
  }

  bool scan_timestamp() {
    skip_spaces();
    if (at_end()) return true;
    const char* from = p_;
    std::int64_t value = 0;
    const auto [rest, error] = std::from_chars(p_, end_, value);
    if (error != std::errc{}) return fail(LineError::bad_timestamp, from);
    p_ = rest;
    if (!at_end() && *p_ != ' ') return fail(LineError::bad_timestamp, from);
    line_.timestamp = value;
    skip_spaces();
    return at_end() || fail(LineError::trailing_text, p_);
  }

  const char* begin_;
  const char* p_;
  const char* end_;
  const LineLimits& limits_;
  Line& line_;
};

std::string_view without_line_end(std::string_view text) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

bool is_escapable(char c) { return c == ',' || c == '=' || c == ' '; }

}  // namespace

bool Token::is(std::string_view text) const {
  if (!escaped) return raw == text;
  std::string plain;
  unescape_name(*this, plain);
  return plain == text;
}

std::string_view to_string(LineError error) {
  switch (error) {
    case LineError::none:
      return "no error";
    case LineError::control_character:
      return "control character in a name";
    case LineError::not_utf8:
      return "not UTF-8";
    case LineError::no_measurement:
      return "no measurement";
    case LineError::no_tag_key:
      return "tag without a key";
    case LineError::no_tag_value:
      return "tag without a value";
    case LineError::stray_equals:
      return "unescaped '=' in a tag value";
    case LineError::no_fields:
      return "no fields";
    case LineError::no_field_key:
      return "field without a key";
    case LineError::no_field_value:
      return "field without a value";
    case LineError::bad_field_value:
      return "field value is no number, boolean or quoted string";
    case LineError::open_string:
      return "string without a closing quote";
    case LineError::bad_timestamp:
      return "timestamp is no integer of 64 bits";
    case LineError::trailing_text:
      return "text behind the timestamp";
    case LineError::too_many_tags:
      return "too many tags";
    case LineError::too_many_fields:
      return "too many fields";
  }
  return "unknown error";
}

const LineField* Line::find_field(std::string_view key) const {
  for (std::size_t i = fields.size(); i-- > 0;) {
    if (fields[i].key.is(key)) return &fields[i];
  }
  return nullptr;
}

const LineTag* Line::find_tag(std::string_view key) const {
  for (std::size_t i = tags.size(); i-- > 0;) {
    if (tags[i].key.is(key)) return &tags[i];
  }
  return nullptr;
}

LineReader::LineReader(std::string_view message, LineLimits limits)
    : message_(message), limits_(limits) {}

bool LineReader::next(Line& line) {
  const char* end = message_.data() + message_.size();
  while (at_ < message_.size()) {
    const char c = message_[at_];
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      ++at_;
      continue;
    }
    if (c != '#') break;
    const std::size_t eol = message_.find('\n', at_);
    at_ = eol == std::string_view::npos ? message_.size() : eol + 1;
  }
  if (at_ >= message_.size()) return false;

  line.tags.clear();
  line.fields.clear();
  line.timestamp.reset();
  line.error = LineError::none;
  line.number = number_++;
  const char* begin = message_.data() + at_;
  Scanner scanner(begin, end, limits_, line);
  if (scanner.run()) {
    line.text = {begin, static_cast<std::size_t>(scanner.end_of_line() - begin)};
    at_ = static_cast<std::size_t>(scanner.end_of_line() - message_.data());
    return true;
  }
  const std::size_t eol = std::min(message_.find('\n', at_), message_.size());
  line.text = without_line_end(message_.substr(at_, eol - at_));
  at_ = eol;
  return true;
}

void unescape_name(Token token, std::string& out) {
  if (!token.escaped) {
    out.append(token.raw);
    return;
  }
  const std::string_view raw = token.raw;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && i + 1 < raw.size() && is_escapable(raw[i + 1])) ++i;
    out.push_back(raw[i]);
  }
}

void unescape_string(Token token, std::string& out) {
  if (!token.escaped) {
    out.append(token.raw);
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + token.raw.size());  // the meaning is never longer
  char* to = out.data() + before;
  const char* p = token.raw.data();
  const char* end = p + token.raw.size();
  while (p != end) {
    char c = *p++;
    if (c == '\\' && p != end) {
      const char escaped = *p++;
      if (escaped == '"' || escaped == '\\') {
        c = escaped;
      } else if (escaped == 'n' || escaped == 'r' || escaped == 't') {
        c = escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : '\t';
      } else {
        *to++ = c;
        c = escaped;
      }
    }
    *to++ = c;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
}

void write_line_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace jobledger::ingest
