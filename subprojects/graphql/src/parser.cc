// SPDX-License-Identifier: MIT
#include "graphql/parser.h"

#include "parser_impl.h"

namespace graphql {

Expected<ast::Document, Error> parse_document(std::string_view text, const Limits& limits,
                                              Grammar grammar, const StopSignal& stop) {
  ast::Document document;
  document.source = text;
  detail::Parser parser(limits, grammar, document, stop);
  if (!parser.parse()) return parser.error();
  return document;
}

namespace detail {

Parser::Parser(const Limits& limits, Grammar grammar, ast::Document& document,
               const StopSignal& stop)
    : source_(document.source),
      limits_(limits),
      grammar_(grammar),
      document_(document),
      patience_(stop),
      lexer_(document.source, document.arena) {}

bool Parser::parse() {
  if (source_.size() > limits_.source_bytes) {
    fail(0, "Document has more than " + std::to_string(limits_.source_bytes) + " bytes.",
         "LIMIT_SOURCE_BYTES");
    error_.locations.clear();
    return false;
  }
  advance();
  do {
    definition();
  } while (ok() && !peek(TokenKind::end));
  if (operations_.size() > limits_.operations) {
    fail(operations_.back().at,
         "Document has more than " + std::to_string(limits_.operations) + " operations.",
         "LIMIT_OPERATIONS");
  }
  if (fragments_.size() > limits_.fragments) {
    fail(fragments_.back().at,
         "Document has more than " + std::to_string(limits_.fragments) + " fragments.",
         "LIMIT_FRAGMENTS");
  }
  Arena& arena = document_.arena;
  document_.operations = arena.copy(std::span<const ast::Operation>(operations_));
  document_.fragments = arena.copy(std::span<const ast::Fragment>(fragments_));
  document_.type_system = arena.copy(std::span<const ast::TypeSystemDef>(type_system_));
  document_.definitions = arena.copy(std::span<const ast::Definition>(definitions_));
  return ok();
}

Error Parser::error() const { return error_; }

void Parser::fail(ast::Position at, std::string message, std::string code) {
  if (failed_) return;
  failed_ = true;
  const bool syntax = code.empty();
  error_.message = syntax ? "Syntax Error: " + message : std::move(message);
  error_.code = syntax ? "GRAPHQL_PARSE_FAILED" : std::move(code);
  error_.locations = {ast::locate(source_, at)};
  token_ = {TokenKind::end, at, {}};
}

void Parser::unexpected(const Token& token) {
  fail(token.at, "Unexpected " + describe(token) + ".");
}

void Parser::advance() {
  if (failed_) return;
  token_ = lexer_.next();
  if (lexer_.failed()) {
    fail(lexer_.error_position(), lexer_.message());
  } else if (++document_.tokens > limits_.tokens) {
    fail(token_.at, "Document has more than " + std::to_string(limits_.tokens) + " tokens.",
         "LIMIT_TOKENS");
  } else if (patience_.over()) {
    fail(token_.at, "Stopped.");
  }
}

bool Parser::skip(TokenKind kind) {
  if (token_.kind != kind) return false;
  advance();
  return true;
}

bool Parser::skip_keyword(std::string_view word) {
  if (!peek_keyword(word)) return false;
  advance();
  return true;
}

bool Parser::expect(TokenKind kind) {
  if (token_.kind == kind && ok()) {
    advance();
    return true;
  }
  fail(token_.at, "Expected " + std::string(describe(kind)) + ", found " + describe(token_) + ".");
  return false;
}

bool Parser::expect_keyword(std::string_view word) {
  if (skip_keyword(word)) return true;
  fail(token_.at, "Expected \"" + std::string(word) + "\", found " + describe(token_) + ".");
  return false;
}

ast::Name Parser::name() {
  const ast::Name name{token_.text, token_.at};
  return expect(TokenKind::name) ? name : ast::Name{{}, token_.at};
}

bool Parser::enter() {
  if (++nesting_ <= limits_.nesting) return true;
  fail(token_.at, "Document is nested deeper than " + std::to_string(limits_.nesting) + " levels.",
       "LIMIT_NESTING");
  --nesting_;
  return false;
}

void Parser::definition() {
  if (peek(TokenKind::brace_open)) return executable_definition();
  const ast::Position at = token_.at;
  const bool described = peek(TokenKind::string) || peek(TokenKind::block_string);
  if (described && grammar_ == Grammar::executable) return unexpected(token_);
  const ast::Value* text = described ? description() : nullptr;
  if (!peek(TokenKind::name)) return unexpected(token_);
  for (const std::string_view word :
       {"schema", "scalar", "type", "interface", "union", "enum", "input", "directive"}) {
    if (token_.text == word) return type_system_definition(text, false, at);
  }
  if (described) {
    return fail(at, "Unexpected description, descriptions are supported only on type definitions.");
  }
  if (token_.text == "extend") {
    advance();
    return type_system_definition(nullptr, true, at);
  }
  executable_definition();
}

void Parser::executable_definition() {
  if (peek(TokenKind::brace_open) || peek_keyword("query") || peek_keyword("mutation") ||
      peek_keyword("subscription")) {
    return operation();
  }
  if (peek_keyword("fragment")) return fragment();
  unexpected(token_);
}

void Parser::operation() {
  ast::Operation operation;
  operation.at = token_.at;
  if (!peek(TokenKind::brace_open)) {
    if (token_.text == "mutation") operation.kind = OperationKind::mutation;
    if (token_.text == "subscription") operation.kind = OperationKind::subscription;
    advance();
    if (peek(TokenKind::name)) operation.name = name();
    operation.variables = variable_definitions();
    operation.directives = directives(false);
  }
  operation.set = selection_set();
  definitions_.push_back(
      {ast::Definition::Kind::operation, static_cast<std::uint32_t>(operations_.size())});
  operations_.push_back(operation);
}

ast::Name Parser::fragment_name() {
  if (peek_keyword("on")) unexpected(token_);
  return name();
}

void Parser::fragment() {
  ast::Fragment fragment;
  fragment.at = token_.at;
  expect_keyword("fragment");
  fragment.name = fragment_name();
  expect_keyword("on");
  fragment.on = name();
  fragment.directives = directives(false);
  fragment.set = selection_set();
  definitions_.push_back(
      {ast::Definition::Kind::fragment, static_cast<std::uint32_t>(fragments_.size())});
  fragments_.push_back(fragment);
}

std::span<const ast::VariableDef> Parser::variable_definitions() {
  const auto items =
      many<ast::VariableDef>(TokenKind::paren_open, TokenKind::paren_close, true, [this] {
        ast::VariableDef def;
        def.at = token_.at;
        expect(TokenKind::dollar);
        def.name = name();
        expect(TokenKind::colon);
        def.type = type();
        if (skip(TokenKind::equals)) def.default_value = document_.arena.make(value(true));
        def.directives = directives(true);
        return def;
      });
  if (items.size() > limits_.variables) {
    fail(items.back().at,
         "Operation has more than " + std::to_string(limits_.variables) + " variables.",
         "LIMIT_VARIABLES");
  }
  return items;
}

const ast::SelectionSet* Parser::selection_set() {
  ast::SelectionSet set;
  set.at = token_.at;
  set.selections = many<ast::Selection>(TokenKind::brace_open, TokenKind::brace_close, false,
                                        [this] { return selection(); });
  return document_.arena.make(set);
}

ast::Selection Parser::selection() {
  return peek(TokenKind::spread) ? fragment_selection() : field();
}

ast::Selection Parser::field() {
  ast::Selection field;
  field.at = token_.at;
  field.name = name();
  if (skip(TokenKind::colon)) {
    field.alias = field.name;
    field.name = name();
    if (++aliases_ > limits_.aliases) {
      fail(field.at, "Document has more than " + std::to_string(limits_.aliases) + " aliases.",
           "LIMIT_ALIASES");
    }
  }
  field.args = arguments(false);
  field.directives = directives(false);
  if (peek(TokenKind::brace_open)) field.set = selection_set();
  return field;
}

ast::Selection Parser::fragment_selection() {
  ast::Selection selection;
  selection.at = token_.at;
  expect(TokenKind::spread);
  const bool condition = skip_keyword("on");
  if (!condition && peek(TokenKind::name)) {
    selection.kind = ast::Selection::Kind::spread;
    selection.name = fragment_name();
    selection.directives = directives(false);
    return selection;
  }
  selection.kind = ast::Selection::Kind::inline_fragment;
  if (condition) selection.name = name();
  selection.directives = directives(false);
  selection.set = selection_set();
  return selection;
}

std::span<const ast::Argument> Parser::arguments(bool constant) {
  return many<ast::Argument>(TokenKind::paren_open, TokenKind::paren_close, true, [&] {
    ast::Argument argument;
    argument.name = name();
    expect(TokenKind::colon);
    argument.value = value(constant);
    return argument;
  });
}

std::span<const ast::Directive> Parser::directives(bool constant) {
  if (!peek(TokenKind::at)) return {};
  Children<ast::Directive> items(*this);
  while (peek(TokenKind::at) && ok()) {
    ast::Directive directive;
    directive.at = token_.at;
    advance();
    directive.name = name();
    directive.args = arguments(constant);
    items.add(directive);
    if (++directives_ > limits_.directives) {
      fail(directive.at,
           "Document has more than " + std::to_string(limits_.directives) + " directives.",
           "LIMIT_DIRECTIVES");
    }
  }
  return items.finish();
}

ast::Value Parser::string_value() {
  ast::Value value;
  value.kind = ast::Value::Kind::string;
  value.block = peek(TokenKind::block_string);
  value.at = token_.at;
  value.text = token_.text;
  advance();
  return value;
}

}  // namespace detail
}  // namespace graphql
