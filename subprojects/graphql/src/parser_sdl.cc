// SPDX-License-Identifier: MIT

// The type system part of the grammar.

#include "parser_impl.h"

namespace graphql::detail {
namespace {

using DefKind = ast::TypeSystemDef::Kind;

constexpr std::string_view kDirectiveLocations[] = {"QUERY",
                                                    "MUTATION",
                                                    "SUBSCRIPTION",
                                                    "FIELD",
                                                    "FRAGMENT_DEFINITION",
                                                    "FRAGMENT_SPREAD",
                                                    "INLINE_FRAGMENT",
                                                    "VARIABLE_DEFINITION",
                                                    "SCHEMA",
                                                    "SCALAR",
                                                    "OBJECT",
                                                    "FIELD_DEFINITION",
                                                    "ARGUMENT_DEFINITION",
                                                    "INTERFACE",
                                                    "UNION",
                                                    "ENUM",
                                                    "ENUM_VALUE",
                                                    "INPUT_OBJECT",
                                                    "INPUT_FIELD_DEFINITION"};

}  // namespace

const ast::Value* Parser::description() {
  if (!peek(TokenKind::string) && !peek(TokenKind::block_string)) return nullptr;
  return document_.arena.make(string_value());
}

void Parser::type_system_definition(const ast::Value* description, bool extension,
                                    ast::Position at) {
  static constexpr std::string_view kWords[] = {"schema", "scalar", "type",  "interface",
                                                "union",  "enum",   "input", "directive"};
  ast::TypeSystemDef def;
  def.description = description;
  def.extension = extension;
  def.at = at;
  std::size_t word = 0;
  while (word < std::size(kWords) && !peek_keyword(kWords[word])) ++word;
  if (word == std::size(kWords) || (extension && kWords[word] == "directive")) {
    return unexpected(token_);
  }
  def.kind = static_cast<DefKind>(word);
  advance();
  switch (def.kind) {
    case DefKind::schema:
      schema_definition(def);
      break;
    case DefKind::directive:
      directive_definition(def);
      break;
    case DefKind::object:
    case DefKind::interface:
      object_definition(def);
      break;
    case DefKind::union_type:
      union_definition(def);
      break;
    case DefKind::scalar:
      def.name = name();
      def.directives = directives(true);
      break;
    case DefKind::enumeration:
      def.name = name();
      def.directives = directives(true);
      def.values = enum_values();
      break;
    case DefKind::input:
      def.name = name();
      def.directives = directives(true);
      def.inputs = input_values(TokenKind::brace_open, TokenKind::brace_close);
      break;
  }
  if (extension) require_something(def);
  definitions_.push_back(
      {ast::Definition::Kind::type_system, static_cast<std::uint32_t>(type_system_.size())});
  type_system_.push_back(def);
}

void Parser::require_something(const ast::TypeSystemDef& def) {
  if (def.directives.empty() && def.interfaces.empty() && def.fields.empty() &&
      def.members.empty() && def.values.empty() && def.inputs.empty() && def.roots.empty()) {
    unexpected(token_);
  }
}

void Parser::schema_definition(ast::TypeSystemDef& def) {
  def.directives = directives(true);
  def.roots = many<ast::RootOperation>(
      TokenKind::brace_open, TokenKind::brace_close, def.extension, [this] {
        ast::RootOperation root;
        root.at = token_.at;
        if (peek_keyword("mutation")) {
          root.kind = OperationKind::mutation;
        } else if (peek_keyword("subscription")) {
          root.kind = OperationKind::subscription;
        } else if (peek(TokenKind::name) && !peek_keyword("query")) {
          unexpected(token_);
        }
        expect(TokenKind::name);
        expect(TokenKind::colon);
        root.type = name();
        return root;
      });
}

void Parser::object_definition(ast::TypeSystemDef& def) {
  def.name = name();
  def.interfaces = implements();
  def.directives = directives(true);
  def.fields = fields();
}

std::span<const ast::Name> Parser::implements() {
  if (!skip_keyword("implements")) return {};
  return separated_names(TokenKind::ampersand, false);
}

std::span<const ast::Name> Parser::separated_names(TokenKind separator, bool locations) {
  skip(separator);
  Children<ast::Name> names(*this);
  do {
    const Token token = token_;
    names.add(name());
    if (locations && ok()) {
      bool known = false;
      for (const std::string_view location : kDirectiveLocations) known |= location == token.text;
      if (!known) unexpected(token);
    }
  } while (ok() && skip(separator));
  return names.finish();
}

std::span<const ast::FieldDef> Parser::fields() {
  return many<ast::FieldDef>(TokenKind::brace_open, TokenKind::brace_close, true, [this] {
    ast::FieldDef field;
    field.at = token_.at;
    field.description = description();
    field.name = name();
    field.args = input_values(TokenKind::paren_open, TokenKind::paren_close);
    expect(TokenKind::colon);
    field.type = type();
    field.directives = directives(true);
    return field;
  });
}

std::span<const ast::InputValueDef> Parser::input_values(TokenKind begin, TokenKind end) {
  return many<ast::InputValueDef>(begin, end, true, [this] {
    ast::InputValueDef input;
    input.at = token_.at;
    input.description = description();
    input.name = name();
    expect(TokenKind::colon);
    input.type = type();
    if (skip(TokenKind::equals)) input.default_value = document_.arena.make(value(true));
    input.directives = directives(true);
    return input;
  });
}

void Parser::union_definition(ast::TypeSystemDef& def) {
  def.name = name();
  def.directives = directives(true);
  if (skip(TokenKind::equals)) def.members = separated_names(TokenKind::pipe, false);
}

std::span<const ast::EnumValueDef> Parser::enum_values() {
  return many<ast::EnumValueDef>(TokenKind::brace_open, TokenKind::brace_close, true, [this] {
    ast::EnumValueDef value;
    value.at = token_.at;
    value.description = description();
    if (peek_keyword("true") || peek_keyword("false") || peek_keyword("null")) {
      fail(token_.at, "Name \"" + std::string(token_.text) +
                          "\" is reserved and cannot be used for an enum value.");
    }
    value.name = name();
    value.directives = directives(true);
    return value;
  });
}

void Parser::directive_definition(ast::TypeSystemDef& def) {
  expect(TokenKind::at);
  def.name = name();
  def.inputs = input_values(TokenKind::paren_open, TokenKind::paren_close);
  def.repeatable = skip_keyword("repeatable");
  expect_keyword("on");
  def.members = separated_names(TokenKind::pipe, true);
}

}  // namespace graphql::detail
