// SPDX-License-Identifier: MIT
#pragma once

// One pass over a document that applies every rule; what a rule needs to know of the whole document
// is collected on the way and judged at the end. One file per group of rules.

#include "coerce.h"
#include "graphql/ast.h"
#include "graphql/limits.h"
#include "graphql/schema.h"
#include "locator.h"
#include "patience.h"

#include <initializer_list>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace graphql::detail {

// Document-wide limits that need fragments expanded: depth, root fields. Nothing when all is well.
std::optional<Error> check_expanded_limits(const ast::Document& document, const Limits& limits);

struct ValidationRules {
  const Limits& limits;
  const InputTypes& inputs;
  bool introspection;  // false: __schema and __type are errors
  const StopSignal& stop;
};

// After the stop signal, what was found by then.
Errors validate_document(const Schema& schema, const ast::Document& document,
                         const ValidationRules& rules);

using Fragments = std::unordered_map<std::string_view, const ast::Fragment*>;

// May a value of type sub stand where super is expected?
bool is_subtype(const Type& sub, const Type& super);

class Validation {
 public:
  Validation(const Schema& schema, const ast::Document& document, const ValidationRules& rules);

  Errors run();

 private:
  // A variable inside an operation or fragment, and what is expected there.
  struct Usage {
    const ast::Value* node;
    const Type* type;  // null: unknown
    bool has_default;  // of the place
  };
  // What one operation or fragment refers to.
  struct References {
    std::vector<Usage> usages;
    std::vector<const ast::Selection*> spreads;
  };

  void report(std::string_view rule, std::string message, std::vector<ast::Position> at);
  bool full() const { return errors_.size() > limits_.validation_errors; }
  // Asked in every loop whose work may grow beyond the document.
  bool done() { return full() || patience_.over(); }

  // validate.cc: the walk, and rules on fields, fragments and directives.
  void walk_operation(const ast::Operation& operation);
  void walk_fragment(const ast::Fragment& fragment);
  void walk_set(const ast::SelectionSet& set, const NamedType* parent);
  void walk_field(const ast::Selection& field, const NamedType* parent);
  void walk_spread(const ast::Selection& spread, const NamedType* parent);
  void walk_inline(const ast::Selection& fragment, const NamedType* parent);
  void walk_directives(std::span<const ast::Directive> directives, std::string_view location);
  void walk_arguments(std::span<const ast::Argument> args, const std::vector<InputDef>* defs,
                      const std::string& unknown_message);
  void check_leaf(const ast::Selection& field, const Type& type);
  void check_required(std::span<const ast::Argument> args, const std::vector<InputDef>& defs,
                      const std::string& what, ast::Position at);
  void check_spread(const NamedType& fragment, const NamedType& parent, const std::string& subject,
                    ast::Position at);
  const NamedType* known_type(const ast::Name& name);
  const FieldDef* find_field(const NamedType& parent, std::string_view name) const;

  // validate_values.cc
  void walk_value(const ast::Value& value, const Type* type, bool has_default);
  void collect_usages(const ast::Value& value, const Type* type, bool has_default);
  void check_value(const ast::Value& value, const Type* type);
  void check_object(const ast::Value& value, const Type& type, const NamedType& named);
  void check_leaf_value(const ast::Value& value, const Type& type);
  void check_unique_fields(const ast::Value& value);

  // validate_operations.cc
  void check_definitions();
  void check_operation_names();
  void check_fragment_names();
  void check_fragments_used();
  void check_cycles();
  void find_cycles(const ast::Fragment& fragment);
  void check_subscription(const ast::Operation& operation);

  // validate_variables.cc
  void walk_variables(const ast::Operation& operation);
  void check_variables(const ast::Operation& operation);
  std::vector<const References*> reachable(const ast::Operation& operation) const;

  // validate_introspection.cc
  void check_introspection(const ast::Selection& field);
  std::size_t type_lists(const ast::Selection& selection);
  std::size_t type_lists(const ast::SelectionSet& set);

  // overlap.cc
  void check_overlaps();

  const Schema& schema_;
  const ast::Document& document_;
  const Limits& limits_;
  const InputTypes& inputs_;
  const bool introspection_;
  Errors errors_;
  Locator locator_;
  Patience patience_;
  std::unordered_map<std::string_view, std::size_t> type_lists_;  // by fragment
  Fragments fragments_;
  References* current_ = nullptr;
  std::unordered_map<const void*, References> references_;  // by operation or fragment
  FieldDef typename_field_;
  FieldDef schema_field_;
  FieldDef type_field_;
  // Of the search for cycles.
  std::unordered_set<std::string_view> searched_;
  std::unordered_map<std::string_view, std::size_t> path_index_;
  std::vector<const ast::Selection*> path_;
  bool cyclic_ = false;
};

}  // namespace graphql::detail
