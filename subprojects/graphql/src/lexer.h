// SPDX-License-Identifier: MIT
#pragma once

// Text to tokens, one at a time. After an error every further token is the end.

#include "graphql/arena.h"
#include "graphql/ast.h"

#include <optional>
#include <string>
#include <string_view>

namespace graphql::detail {

enum class TokenKind : std::uint8_t {
  end,
  bang,
  dollar,
  ampersand,
  paren_open,
  paren_close,
  spread,
  colon,
  equals,
  at,
  bracket_open,
  bracket_close,
  brace_open,
  pipe,
  brace_close,
  name,
  integer,
  floating,
  string,
  block_string
};

// As error messages call it: `Name`, `"{"`.
std::string_view describe(TokenKind kind);

struct Token {
  TokenKind kind = TokenKind::end;
  ast::Position at = 0;
  std::string_view text;  // strings: decoded
};

std::string describe(const Token& token);

class Lexer {
 public:
  Lexer(std::string_view source, Arena& arena) : source_(source), arena_(arena) {}

  Token next();
  bool failed() const { return failed_; }
  const std::string& message() const { return message_; }
  ast::Position error_position() const { return error_position_; }

 private:
  Token fail(ast::Position at, std::string message);
  Token punctuator(TokenKind kind, std::size_t length);
  Token lex_name();
  Token lex_number();
  Token lex_string();
  Token lex_block_string();
  bool skip_digits(std::size_t& at);
  bool decode_escape(std::size_t& at, std::string& out);
  bool decode_unicode_escape(std::size_t& at, std::string& out);
  bool skip_ignored();
  // Length of the UTF-8 sequence at the position, 0 if it is none.
  std::size_t sequence_length(std::size_t at) const;
  std::string describe_char(std::size_t at) const;
  char peek(std::size_t at) const { return at < source_.size() ? source_[at] : '\0'; }

  std::string_view source_;
  Arena& arena_;
  std::size_t at_ = 0;
  bool failed_ = false;
  std::string message_;
  ast::Position error_position_ = 0;
};

}  // namespace graphql::detail
