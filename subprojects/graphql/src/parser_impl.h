// SPDX-License-Identifier: MIT
#pragma once

// Recursive descent over the grammar. The first error is kept; from then on every token is the end,
// so that all loops run out.

#include "graphql/parser.h"
#include "lexer.h"
#include "patience.h"

#include <initializer_list>
#include <string>
#include <tuple>
#include <vector>

namespace graphql::detail {

class Parser {
 public:
  // The document has its source.
  Parser(const Limits& limits, Grammar grammar, ast::Document& document, const StopSignal& stop);

  bool parse();
  Error error() const;

 private:
  // Children of a node are collected on a stack per type and copied to the arena when complete.
  template <class T>
  class Children;

  bool ok() const { return !failed_; }
  void fail(ast::Position at, std::string message, std::string code = {});
  void unexpected(const Token& token);
  void advance();
  bool peek(TokenKind kind) const { return token_.kind == kind; }
  bool peek_keyword(std::string_view word) const {
    return token_.kind == TokenKind::name && token_.text == word;
  }
  bool skip(TokenKind kind);
  bool skip_keyword(std::string_view word);
  bool expect(TokenKind kind);
  bool expect_keyword(std::string_view word);
  ast::Name name();
  bool enter();
  void leave() { --nesting_; }
  // begin item+ end; nothing when optional and begin is missing.
  template <class T, class F>
  std::span<const T> many(TokenKind begin, TokenKind end, bool optional, F item);

  void definition();
  void executable_definition();
  void operation();
  void fragment();
  ast::Name fragment_name();
  std::span<const ast::VariableDef> variable_definitions();
  const ast::SelectionSet* selection_set();
  ast::Selection selection();
  ast::Selection field();
  ast::Selection fragment_selection();
  std::span<const ast::Argument> arguments(bool constant);
  std::span<const ast::Directive> directives(bool constant);
  ast::Value value(bool constant);
  ast::Value string_value();
  const ast::Type* type();

  const ast::Value* description();
  void type_system_definition(const ast::Value* description, bool extension, ast::Position at);
  void schema_definition(ast::TypeSystemDef& def);
  void object_definition(ast::TypeSystemDef& def);
  void union_definition(ast::TypeSystemDef& def);
  void directive_definition(ast::TypeSystemDef& def);
  void require_something(const ast::TypeSystemDef& def);
  std::span<const ast::Name> implements();
  std::span<const ast::Name> separated_names(TokenKind separator, bool locations);
  std::span<const ast::FieldDef> fields();
  std::span<const ast::InputValueDef> input_values(TokenKind begin, TokenKind end);
  std::span<const ast::EnumValueDef> enum_values();

  template <class T>
  std::vector<T>& stack() {
    return std::get<std::vector<T>>(stacks_);
  }

  std::string_view source_;
  const Limits& limits_;
  Grammar grammar_;
  ast::Document& document_;
  Patience patience_;
  Lexer lexer_;
  Token token_;
  std::size_t nesting_ = 0;
  std::size_t aliases_ = 0;
  std::size_t directives_ = 0;
  bool failed_ = false;
  Error error_;
  std::vector<ast::Operation> operations_;
  std::vector<ast::Fragment> fragments_;
  std::vector<ast::TypeSystemDef> type_system_;
  std::vector<ast::Definition> definitions_;
  std::tuple<std::vector<ast::Value>, std::vector<ast::ObjectField>, std::vector<ast::Argument>,
             std::vector<ast::Directive>, std::vector<ast::Selection>,
             std::vector<ast::VariableDef>, std::vector<ast::InputValueDef>,
             std::vector<ast::FieldDef>, std::vector<ast::EnumValueDef>,
             std::vector<ast::RootOperation>, std::vector<ast::Name>>
      stacks_;
};

template <class T>
class Parser::Children {
 public:
  explicit Children(Parser& parser)
      : parser_(parser), stack_(parser.stack<T>()), begin_(stack_.size()) {}
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  void add(const T& item) { stack_.push_back(item); }
  std::span<const T> finish() {
    const auto items = parser_.document_.arena.copy(std::span<const T>(stack_).subspan(begin_));
    stack_.resize(begin_);
    return items;
  }

 private:
  Parser& parser_;
  std::vector<T>& stack_;
  std::size_t begin_;
};

template <class T, class F>
std::span<const T> Parser::many(TokenKind begin, TokenKind end, bool optional, F item) {
  if (optional && !peek(begin)) return {};
  if (!enter()) return {};
  expect(begin);
  Children<T> items(*this);
  do {
    items.add(item());
  } while (ok() && !skip(end));
  leave();
  return items.finish();
}

}  // namespace graphql::detail
