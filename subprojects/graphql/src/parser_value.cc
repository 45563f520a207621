// SPDX-License-Identifier: MIT

// The value and type parts of the grammar.

#include "parser_impl.h"

namespace graphql::detail {

ast::Value Parser::value(bool constant) {
  using Kind = ast::Value::Kind;
  ast::Value value;
  value.at = token_.at;
  value.text = token_.text;
  switch (token_.kind) {
    case TokenKind::bracket_open: {
      value.kind = Kind::list;
      if (!enter()) return value;
      advance();
      Children<ast::Value> items(*this);
      while (ok() && !skip(TokenKind::bracket_close)) items.add(this->value(constant));
      value.items = items.finish();
      leave();
      return value;
    }
    case TokenKind::brace_open: {
      value.kind = Kind::object;
      if (!enter()) return value;
      advance();
      Children<ast::ObjectField> fields(*this);
      while (ok() && !skip(TokenKind::brace_close)) {
        ast::ObjectField field;
        field.name = name();
        expect(TokenKind::colon);
        field.value = this->value(constant);
        fields.add(field);
      }
      value.fields = fields.finish();
      leave();
      return value;
    }
    case TokenKind::integer:
      value.kind = Kind::integer;
      break;
    case TokenKind::floating:
      value.kind = Kind::floating;
      break;
    case TokenKind::string:
    case TokenKind::block_string:
      return string_value();
    case TokenKind::name:
      value.kind = Kind::word;
      if (token_.text == "true" || token_.text == "false") value.kind = Kind::boolean;
      if (token_.text == "null") value.kind = Kind::null;
      break;
    case TokenKind::dollar:
      if (constant) {
        const Token dollar = token_;
        advance();
        if (peek(TokenKind::name)) {
          fail(dollar.at,
               "Unexpected variable \"$" + std::string(token_.text) + "\" in constant value.");
        } else {
          unexpected(dollar);
        }
        return value;
      }
      advance();
      value.kind = Kind::variable;
      value.text = name().text;
      return value;
    default:
      unexpected(token_);
      return value;
  }
  advance();
  return value;
}

const ast::Type* Parser::type() {
  ast::Type type;
  type.at = token_.at;
  if (peek(TokenKind::bracket_open)) {
    if (!enter()) return document_.arena.make(type);
    advance();
    type.kind = ast::Type::Kind::list;
    type.of = this->type();
    type.name = type.of->name;
    expect(TokenKind::bracket_close);
    leave();
  } else {
    type.name = name();
  }
  if (!skip(TokenKind::bang)) return document_.arena.make(type);
  ast::Type outer;
  outer.kind = ast::Type::Kind::non_null;
  outer.at = type.at;
  outer.name = type.name;
  outer.of = document_.arena.make(type);
  return document_.arena.make(outer);
}

}  // namespace graphql::detail
