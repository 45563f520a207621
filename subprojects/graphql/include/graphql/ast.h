// SPDX-License-Identifier: MIT
#pragma once

// The syntax tree of a document. Nodes live in the document's arena and view its source text; all
// are trivially destructible. Positions are byte offsets into the source; ast::locate() makes lines
// and columns of them.

#include "graphql/arena.h"
#include "graphql/error.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace graphql {
enum class OperationKind { query, mutation, subscription };
}

namespace graphql::ast {

using Position = std::uint32_t;

struct Name {
  std::string_view text;
  Position at = 0;
  bool empty() const { return text.empty(); }
};

struct ObjectField;

struct Value {
  enum class Kind { variable, integer, floating, string, boolean, null, word, list, object };
  Kind kind = Kind::null;
  bool block = false;  // of a string
  Position at = 0;
  std::string_view text;  // variable: its name; string: decoded; else as written
  std::span<const Value> items;
  std::span<const ObjectField> fields;
};

struct ObjectField {
  Name name;
  Value value;
};

struct Argument {
  Name name;
  Value value;
};

struct Directive {
  Name name;
  Position at = 0;  // of the "@"
  std::span<const Argument> args;
};

struct Type {
  enum class Kind { named, list, non_null };
  Kind kind = Kind::named;
  Position at = 0;
  Name name;  // the innermost name
  const Type* of = nullptr;
};

struct Selection;

struct SelectionSet {
  Position at = 0;
  std::span<const Selection> selections;
};

struct Selection {
  enum class Kind { field, spread, inline_fragment };
  Kind kind = Kind::field;
  Position at = 0;
  Name alias;  // of a field; empty: none
  Name name;   // of a field or spread; of an inline fragment: the type condition, may be empty
  std::span<const Argument> args;
  std::span<const Directive> directives;
  const SelectionSet* set = nullptr;

  std::string_view key() const { return alias.empty() ? name.text : alias.text; }
};

struct VariableDef {
  Name name;
  Position at = 0;  // of the "$"
  const Type* type = nullptr;
  const Value* default_value = nullptr;
  std::span<const Directive> directives;
};

struct Operation {
  OperationKind kind = OperationKind::query;
  Position at = 0;
  Name name;
  std::span<const VariableDef> variables;
  std::span<const Directive> directives;
  const SelectionSet* set = nullptr;
};

struct Fragment {
  Position at = 0;
  Name name;
  Name on;
  std::span<const Directive> directives;
  const SelectionSet* set = nullptr;
};

// ---- type system -------------------------------------------------------------------------------

struct InputValueDef {
  Position at = 0;
  const Value* description = nullptr;
  Name name;
  const Type* type = nullptr;
  const Value* default_value = nullptr;
  std::span<const Directive> directives;
};

struct FieldDef {
  Position at = 0;
  const Value* description = nullptr;
  Name name;
  std::span<const InputValueDef> args;
  const Type* type = nullptr;
  std::span<const Directive> directives;
};

struct EnumValueDef {
  Position at = 0;
  const Value* description = nullptr;
  Name name;
  std::span<const Directive> directives;
};

struct RootOperation {
  OperationKind kind = OperationKind::query;
  Position at = 0;
  Name type;
};

struct TypeSystemDef {
  enum class Kind { schema, scalar, object, interface, union_type, enumeration, input, directive };
  Kind kind = Kind::schema;
  bool extension = false;
  bool repeatable = false;  // of a directive
  Position at = 0;
  const Value* description = nullptr;
  Name name;
  std::span<const Directive> directives;
  std::span<const Name> interfaces;
  std::span<const FieldDef> fields;
  std::span<const Name> members;  // of a union; the locations of a directive
  std::span<const EnumValueDef> values;
  std::span<const InputValueDef> inputs;  // of an input; the arguments of a directive
  std::span<const RootOperation> roots;
};

// A definition in the order of the text.
struct Definition {
  enum class Kind { operation, fragment, type_system };
  Kind kind = Kind::operation;
  std::uint32_t index = 0;  // into the span of its kind
};

struct Document {
  std::string_view source;  // not owned
  std::span<const Operation> operations;
  std::span<const Fragment> fragments;
  std::span<const TypeSystemDef> type_system;
  std::span<const Definition> definitions;
  std::size_t tokens = 0;
  Arena arena;
};

Location locate(std::string_view source, Position at);

}  // namespace graphql::ast
