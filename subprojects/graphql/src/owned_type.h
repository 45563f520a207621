// SPDX-License-Identifier: MIT
#pragma once

// The type reference of a variable definition: its wrapping need not occur in the schema.

#include "graphql/ast.h"
#include "graphql/schema.h"

#include <deque>

namespace graphql::detail {

class OwnedType {
 public:
  OwnedType(const Schema& schema, const ast::Type& node) {
    const NamedType* named = schema.find_type(node.name.text);
    if (named != nullptr) type_ = &build(node, named);
  }
  OwnedType(const OwnedType&) = delete;
  OwnedType& operator=(const OwnedType&) = delete;

  // Null when the name is unknown.
  const Type* find() const { return type_; }
  const Type& get() const { return *type_; }

 private:
  const Type& build(const ast::Type& node, const NamedType* named) {
    Type type{static_cast<Type::Kind>(node.kind), nullptr, named};
    if (node.of != nullptr) type.of = &build(*node.of, named);
    return parts_.emplace_back(type);
  }

  std::deque<Type> parts_;
  const Type* type_ = nullptr;
};

}  // namespace graphql::detail
