// SPDX-License-Identifier: MIT
#include "lexer.h"

#include "utf8.h"

#include <array>
#include <cstdio>

namespace graphql::detail {
namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

ast::Position position(std::size_t at) { return static_cast<ast::Position>(at); }

}  // namespace

std::string_view describe(TokenKind kind) {
  static constexpr std::array<std::string_view, 20> kNames = {
      "<EOF>", "\"!\"", "\"$\"", "\"&\"", "\"(\"",  "\")\"",      "\"...\"",
      "\":\"", "\"=\"", "\"@\"", "\"[\"", "\"]\"",  "\"{\"",      "\"|\"",
      "\"}\"", "Name",  "Int",   "Float", "String", "BlockString"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string describe(const Token& token) {
  std::string text(describe(token.kind));
  if (token.kind >= TokenKind::name) text.append(" \"").append(token.text).append("\"");
  return text;
}

Token Lexer::fail(ast::Position at, std::string message) {
  if (!failed_) {
    failed_ = true;
    message_ = std::move(message);
    error_position_ = at;
  }
  at_ = source_.size();
  return {TokenKind::end, at, {}};
}

std::size_t Lexer::sequence_length(std::size_t at) const { return utf8_length(source_.substr(at)); }

std::string Lexer::describe_char(std::size_t at) const {
  if (at >= source_.size()) return "<EOF>";
  const std::size_t length = sequence_length(at);
  if (length == 0) return "invalid UTF-8";
  const std::uint32_t code = decode_utf8(source_.substr(at), length);
  if (code == '"') return "'\"'";
  if (code >= 0x20 && code <= 0x7E) return std::string("\"") + static_cast<char>(code) + "\"";
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(code));
  return text.data();
}

// White space, commas, comments, byte order marks. False on broken UTF-8 in a comment.
bool Lexer::skip_ignored() {
  while (at_ < source_.size()) {
    const char c = source_[at_];
    if (c == ' ' || c == '\t' || c == ',' || c == '\n' || c == '\r') {
      ++at_;
    } else if (c == '\xEF' && source_.substr(at_, 3) == "\xEF\xBB\xBF") {
      at_ += 3;
    } else if (c == '#') {
      while (at_ < source_.size() && source_[at_] != '\n' && source_[at_] != '\r') {
        const std::size_t length = sequence_length(at_);
        if (length == 0) return false;
        at_ += length;
      }
    } else {
      break;
    }
  }
  return true;
}

Token Lexer::punctuator(TokenKind kind, std::size_t length) {
  const Token token{kind, position(at_), source_.substr(at_, length)};
  at_ += length;
  return token;
}

Token Lexer::next() {
  if (failed_) return {TokenKind::end, error_position_, {}};
  if (!skip_ignored()) return fail(position(at_), "Invalid UTF-8.");
  if (at_ >= source_.size()) return {TokenKind::end, position(source_.size()), {}};
  switch (source_[at_]) {
    case '!':
      return punctuator(TokenKind::bang, 1);
    case '$':
      return punctuator(TokenKind::dollar, 1);
    case '&':
      return punctuator(TokenKind::ampersand, 1);
    case '(':
      return punctuator(TokenKind::paren_open, 1);
    case ')':
      return punctuator(TokenKind::paren_close, 1);
    case ':':
      return punctuator(TokenKind::colon, 1);
    case '=':
      return punctuator(TokenKind::equals, 1);
    case '@':
      return punctuator(TokenKind::at, 1);
    case '[':
      return punctuator(TokenKind::bracket_open, 1);
    case ']':
      return punctuator(TokenKind::bracket_close, 1);
    case '{':
      return punctuator(TokenKind::brace_open, 1);
    case '|':
      return punctuator(TokenKind::pipe, 1);
    case '}':
      return punctuator(TokenKind::brace_close, 1);
    case '.':
      if (source_.substr(at_, 3) == "...") return punctuator(TokenKind::spread, 3);
      break;
    case '"':
      return source_.substr(at_, 3) == "\"\"\"" ? lex_block_string() : lex_string();
    default:
      break;
  }
  const char c = source_[at_];
  if (is_name_start(c)) return lex_name();
  if (is_digit(c) || c == '-') return lex_number();
  if (c == '\'') {
    return fail(position(at_),
                "Unexpected single quote character ('), did you mean to use a double quote (\")?");
  }
  if (sequence_length(at_) == 0) return fail(position(at_), "Invalid UTF-8.");
  return fail(position(at_), "Unexpected character: " + describe_char(at_) + ".");
}

Token Lexer::lex_name() {
  const std::size_t begin = at_;
  while (at_ < source_.size() && is_name_part(source_[at_])) ++at_;
  return {TokenKind::name, position(begin), source_.substr(begin, at_ - begin)};
}

bool Lexer::skip_digits(std::size_t& at) {
  if (!is_digit(peek(at)) || at >= source_.size()) {
    fail(position(at), "Invalid number, expected digit but got: " + describe_char(at) + ".");
    return false;
  }
  while (is_digit(peek(at))) ++at;
  return true;
}

Token Lexer::lex_number() {
  const std::size_t begin = at_;
  std::size_t at = at_;
  bool floating = false;
  if (peek(at) == '-') ++at;
  if (peek(at) == '0') {
    ++at;
    if (is_digit(peek(at))) {
      return fail(position(at),
                  "Invalid number, unexpected digit after 0: " + describe_char(at) + ".");
    }
  } else if (!skip_digits(at)) {
    return {TokenKind::end, error_position_, {}};
  }
  if (peek(at) == '.') {
    floating = true;
    ++at;
    if (!skip_digits(at)) return {TokenKind::end, error_position_, {}};
  }
  if (peek(at) == 'e' || peek(at) == 'E') {
    floating = true;
    ++at;
    if (peek(at) == '+' || peek(at) == '-') ++at;
    if (!skip_digits(at)) return {TokenKind::end, error_position_, {}};
  }
  if (peek(at) == '.' || is_name_start(peek(at))) {
    return fail(position(at), "Invalid number, expected digit but got: " + describe_char(at) + ".");
  }
  at_ = at;
  return {floating ? TokenKind::floating : TokenKind::integer, position(begin),
          source_.substr(begin, at - begin)};
}

bool Lexer::decode_unicode_escape(std::size_t& at, std::string& out) {
  const auto invalid = [&](std::size_t length) {
    fail(position(at),
         "Invalid Unicode escape sequence: \"" + std::string(source_.substr(at, length)) + "\".");
    return false;
  };
  const auto read_four = [&](std::size_t from) -> std::int32_t {
    std::int32_t code = 0;
    for (std::size_t i = from; i < from + 4; ++i) {
      const int digit = i < source_.size() ? hex_digit(source_[i]) : -1;
      if (digit < 0) return -1;
      code = code * 16 + digit;
    }
    return code;
  };
  if (peek(at + 2) == '{') {
    std::uint32_t code = 0;
    for (std::size_t size = 3; size < 12; ++size) {
      const char c = peek(at + size);
      if (c == '}') {
        const bool scalar = code <= 0xD7FF || (code >= 0xE000 && code <= 0x10FFFF);
        if (size < 4 || !scalar) return invalid(size + 1);
        append_utf8(out, code);
        at += size + 1;
        return true;
      }
      const int digit = at + size < source_.size() ? hex_digit(c) : -1;
      code = (code << 4) | static_cast<std::uint32_t>(digit);
      if (digit < 0 || code > 0x7FFFFFFF) return invalid(size + 1);
    }
    return invalid(12);
  }
  const std::int32_t code = read_four(at + 2);
  if (code < 0) return invalid(6);
  if (code >= 0xD800 && code <= 0xDBFF && peek(at + 6) == '\\' && peek(at + 7) == 'u') {
    const std::int32_t low = read_four(at + 8);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      append_utf8(out, 0x10000U + ((static_cast<std::uint32_t>(code) - 0xD800U) << 10) +
                           (static_cast<std::uint32_t>(low) - 0xDC00U));
      at += 12;
      return true;
    }
  }
  if (code >= 0xD800 && code <= 0xDFFF) return invalid(6);
  append_utf8(out, static_cast<std::uint32_t>(code));
  at += 6;
  return true;
}

bool Lexer::decode_escape(std::size_t& at, std::string& out) {
  static constexpr std::string_view kCodes = "\"\\/bfnrt";
  static constexpr std::string_view kChars = "\"\\/\b\f\n\r\t";
  if (peek(at + 1) == 'u') return decode_unicode_escape(at, out);
  const auto which = at + 1 < source_.size() ? kCodes.find(source_[at + 1]) : kCodes.npos;
  if (which == kCodes.npos) {
    const std::size_t length = at + 1 < source_.size() ? 1 + sequence_length(at + 1) : 1;
    fail(position(at),
         "Invalid character escape sequence: \"" + std::string(source_.substr(at, length)) + "\".");
    return false;
  }
  out.push_back(kChars[which]);
  at += 2;
  return true;
}

Token Lexer::lex_string() {
  const std::size_t begin = at_;
  std::size_t at = begin + 1;
  std::size_t chunk = at;
  std::string decoded;
  bool escaped = false;
  for (;;) {
    const char c = peek(at);
    if (at >= source_.size() || c == '\n' || c == '\r') {
      return fail(position(at), "Unterminated string.");
    }
    if (c == '"') break;
    if (c == '\\') {
      decoded.append(source_.substr(chunk, at - chunk));
      escaped = true;
      if (!decode_escape(at, decoded)) return {TokenKind::end, error_position_, {}};
      chunk = at;
      continue;
    }
    const std::size_t length = sequence_length(at);
    if (length == 0) return fail(position(at), "Invalid UTF-8.");
    at += length;
  }
  std::string_view text = source_.substr(chunk, at - chunk);
  if (escaped) text = arena_.copy(decoded.append(text));
  at_ = at + 1;
  return {TokenKind::string, position(begin), text};
}

}  // namespace graphql::detail
