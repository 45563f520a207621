// SPDX-License-Identifier: MIT
#pragma once

// Input coercion (specification 3, 6.1.2, 6.4.1): variables, arguments and literals to what
// resolvers see. Immutable after construction; any number of threads.

#include "graphql/ast.h"
#include "graphql/context.h"
#include "graphql/options.h"
#include "graphql/schema.h"
#include "patience.h"

#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace graphql::detail {

using ParseLeaf = std::function<Expected<Value>(const Value& input)>;

// Why an argument has no value, and where in the text.
struct ArgumentFailure {
  std::string message;
  ast::Position at = 0;
};

// A value on its way into a leaf type.
struct LeafInput {
  const Value& value;
  bool literal = false;
  const ast::Value* written = nullptr;  // the literal, if it stands in a document
};

// A step of the way to a value inside a variable: a member's name or, without one, an index.
struct InputPath {
  const InputPath* parent;
  std::string_view name;
  std::size_t index;

  std::string text() const;
};

class InputProblems;

class InputTypes {
 public:
  // The parsers replace the built-in rules for their types.
  InputTypes(const Schema& schema, const Coercion& coercion,
             std::unordered_map<const NamedType*, ParseLeaf> parsers);

  // Defaults of the schema that do not fit their types.
  const Errors& bad_defaults() const { return bad_defaults_; }

  // A scalar or enum. Not null.
  Expected<Value> leaf(const NamedType& type, const Value& input, bool literal) const;
  // The same for a literal of a document, which messages show as it is written.
  Expected<Value> leaf(const NamedType& type, const ast::Value& literal,
                       const Value::Object& variables) const;

  // After the stop signal, what was coerced by then.
  Expected<Value::Object, Errors> variables(const ast::Document& document,
                                            const ast::Operation& operation, const Value& given,
                                            std::size_t most_errors, const StopSignal& stop) const;

  Expected<Args, ArgumentFailure> arguments(const std::vector<InputDef>& defs,
                                            std::span<const ast::Argument> given,
                                            ast::Position field,
                                            const Value::Object& variables) const;

  // Nothing when the literal does not fit; validation has said why.
  std::optional<Value> literal(const ast::Value& literal, const Type& type,
                               const Value::Object& variables) const;

  // Null pointer when the input has no default.
  const Value* default_of(const InputDef& input) const;

 private:
  Value coerce(const Value& value, const Type& type, const InputPath* path,
               InputProblems& problems) const;
  Value coerce_object(const Value& value, const NamedType& type, const InputPath* path,
                      InputProblems& problems) const;
  std::optional<Value> object_literal(const ast::Value& literal, const NamedType& type,
                                      const Value::Object& variables) const;
  Expected<Value> checked(const NamedType& type, const LeafInput& input) const;
  void add_default(const InputDef& input, const std::string& where);

  const Schema& schema_;
  Coercion coercion_;
  std::unordered_map<const NamedType*, ParseLeaf> parsers_;
  std::unordered_map<const InputDef*, Value> defaults_;
  Errors bad_defaults_;
};

}  // namespace graphql::detail
