// SPDX-License-Identifier: MIT
#pragma once

// Makes a Schema of its syntax tree: first all names, then what they consist of, then extensions.

#include "graphql/ast.h"
#include "graphql/schema.h"

#include <map>
#include <memory>
#include <string>

namespace graphql::detail {

// What the checks of schema_check.cc point at.
using DefinitionIndex = std::map<std::string, ast::Position, std::less<>>;

class SchemaBuilder {
 public:
  // Adds the definitions of one document, whose text need not outlive the call.
  void add(const ast::Document& document, bool built_in);
  // The finished schema, or all errors.
  Expected<std::shared_ptr<const Schema>, Errors> finish();

 private:
  using Def = ast::TypeSystemDef;

  void declare(const Def& def);
  void declare_directive(const Def& def);
  void declare_schema(const Def& def);
  void define(const Def& def);
  void define_directive(const Def& def);
  void define_fields(NamedType& type, const Def& def);
  void define_inputs(NamedType& type, const Def& def);
  void define_values(NamedType& type, const Def& def);
  void define_members(NamedType& type, const Def& def);
  void define_interfaces(NamedType& type, const Def& def);
  InputDef make_input(const ast::InputValueDef& input, const std::string& where);
  void set_roots(const Def& def);
  void use_default_roots();
  void collect_possible_types();
  // schema_directives.cc
  void check_directives(const ast::Document& document);
  void check_directives(std::span<const ast::Directive> directives, std::string_view location);
  void check_directive_args(const ast::Directive& directive, const DirectiveDef& def);
  std::optional<AppliedDeprecation> deprecation(std::span<const ast::Directive> directives);
  const Type* reference(const ast::Type& type);
  const Type* reference(std::string text, Type::Kind kind, const Type* of, const NamedType* named);
  NamedType* find(std::string_view name);
  void fail(ast::Position at, std::string message);

  std::shared_ptr<Schema> schema_ = std::make_shared<Schema>();
  std::map<std::string, NamedType*, std::less<>> by_name_;
  DefinitionIndex positions_;
  std::string_view source_;
  bool built_in_ = false;
  bool has_schema_definition_ = false;
  Errors errors_;
};

// The rules of a valid schema (specification 3), on a built one.
void check_schema(const Schema& schema, const DefinitionIndex& positions, std::string_view source,
                  Errors& errors);

}  // namespace graphql::detail
