// SPDX-License-Identifier: MIT
#pragma once

// What an Engine knows: schema and bindings joined by index.

#include "coerce.h"
#include "document_cache.h"
#include "graphql/engine.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace graphql::detail {

// A field of an object type with everything that execution needs.
struct BoundField {
  const FieldBinding* binding = nullptr;
  PlainLeaf plain = PlainLeaf::no;      // with a member pointer as binding: writes it directly
  const WriteLeaf* leaf = nullptr;      // of the binding's C++ type; null for objects and Value
  const WriteLeaves* leaves = nullptr;  // of lists of it, where they are written at once
};

struct EngineState {
  std::shared_ptr<const Schema> schema;
  Options options;
  std::map<std::string, TypeBinding, std::less<>> types;
  std::map<std::string, ScalarBinding, std::less<>> scalars;
  std::map<const FieldDef*, ListSize> list_sizes;
  std::map<std::string, SourceBinding, std::less<>> sources;  // by field of the subscription type
  std::unique_ptr<InputTypes> inputs;
  // By NamedType::index and FieldDef::index.
  std::vector<std::vector<BoundField>> fields;
  std::vector<TypeToken> tokens;                 // of object types
  std::vector<const ScalarBinding*> leaf_types;  // of scalars and enums
  // __schema, __type: fields of the query root that no type declares.
  TypeBinding meta;
  BoundField meta_schema;
  BoundField meta_type;
  FieldDef meta_schema_def;
  FieldDef meta_type_def;
  FieldDef typename_def;
  mutable DocumentCache cache;

  const BoundField& bound(const NamedType& type, const FieldDef& field) const {
    return fields[type.index][field.index];
  }
};

}  // namespace graphql::detail
