// SPDX-License-Identifier: MIT
#pragma once

// Makes a Schema of its syntax tree: first all names, then what they consist of, then extensions.

#include "graphql/ast.h"
#include "graphql/schema.h"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace graphql::detail {

class InputTypes;

// What the checks of schema_check.cc point at.
using DefinitionIndex = std::map<std::string, ast::Position, std::less<>>;

class SchemaBuilder {
 public:
  SchemaBuilder();
  ~SchemaBuilder();
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
  // schema_roots.cc
  void set_roots(const Def& def);
  void set_root(OperationKind kind, const NamedType& type);
  void use_default_roots();
  void drop_unused_scalars();
  void collect_possible_types();
  // schema_directives.cc
  void check_directives(const ast::Document& document);
  using Names = std::set<std::string_view>;
  void check_directives(std::span<const ast::Directive> directives, std::string_view location);
  void check_directives(std::span<const ast::Directive> directives, std::string_view location,
                        Names& seen);
  void check_directive_cycles(const ast::Document& document);
  void check_directive_args(const ast::Directive& directive, const DirectiveDef& def);
  std::optional<AppliedDeprecation> deprecation(std::span<const ast::Directive> directives);
  const Type* reference(const ast::Type& type);
  const Type* reference(std::string text, Type::Kind kind, const Type* of, const NamedType* named);
  NamedType* find(std::string_view name);
  Error error(ast::Position at, std::string message) const;
  void fail(ast::Position at, std::string message);
  void fault(ast::Position at, std::string message);

  std::shared_ptr<Schema> schema_ = std::make_shared<Schema>();
  std::map<std::string, NamedType*, std::less<>> by_name_;
  DefinitionIndex positions_;
  std::string_view source_;
  bool built_in_ = false;
  std::set<const NamedType*> named_scalars_;  // built-in ones that the document declares
  bool has_schema_definition_ = false;
  std::map<OperationKind, ast::Position> roots_;
  std::unique_ptr<InputTypes> inputs_;  // when the text makes sense
  Errors errors_;                       // the text does not make sense
  Errors faults_;  // it does, but the schema is not valid; told when there are none of the former
};

// The rules of a valid schema (specification 3), on a built one.
void check_schema(const Schema& schema, const DefinitionIndex& positions, std::string_view source,
                  Errors& errors);

}  // namespace graphql::detail
