// SPDX-License-Identifier: MIT
#include "graphql/validate.h"

#include "validation.h"

#include <algorithm>

namespace graphql {

Errors validate(const Schema& schema, const ast::Document& document, const Limits& limits,
                const StopSignal& stop) {
  const detail::InputTypes inputs(schema, Coercion{}, {});
  if (auto exceeded = detail::check_expanded_limits(document, limits)) return {*exceeded};
  return detail::validate_document(schema, document, {limits, inputs, true, stop});
}

namespace detail {

Errors validate_document(const Schema& schema, const ast::Document& document,
                         const ValidationRules& rules) {
  return Validation(schema, document, rules).run();
}

Validation::Validation(const Schema& schema, const ast::Document& document,
                       const ValidationRules& rules)
    : schema_(schema),
      document_(document),
      limits_(rules.limits),
      inputs_(rules.inputs),
      introspection_(rules.introspection),
      locator_(document.source),
      patience_(rules.stop) {
  for (const ast::Fragment& fragment : document.fragments) {
    fragments_[fragment.name.text] = &fragment;
  }
  typename_field_.name = "__typename";
  typename_field_.type = schema.find_reference("String!");
  schema_field_.name = "__schema";
  schema_field_.type = schema.find_reference("__Schema!");
  type_field_.name = "__type";
  type_field_.type = schema.find_reference("__Type");
  type_field_.args.emplace_back();
  type_field_.args.back().name = "name";
  type_field_.args.back().type = schema.find_reference("String!");
}

void Validation::report(std::string_view rule, std::string message, std::vector<ast::Position> at) {
  if (full()) return;
  Error error;
  if (errors_.size() == limits_.validation_errors) {
    error.message = "Too many validation errors, error limit reached. Validation aborted.";
    error.code = "LIMIT_VALIDATION_ERRORS";
  } else {
    error.message = std::move(message);
    error.code = "GRAPHQL_VALIDATION_FAILED";
    error.rule = rule;
    if (at.size() > limits_.error_locations) at.resize(limits_.error_locations);
    for (const ast::Position each : at) error.locations.push_back(locator_.locate(each));
  }
  errors_.push_back(std::move(error));
}

Errors Validation::run() {
  check_definitions();
  check_operation_names();
  check_fragment_names();
  for (const ast::Operation& operation : document_.operations) walk_operation(operation);
  for (const ast::Fragment& fragment : document_.fragments) walk_fragment(fragment);
  check_fragments_used();
  check_cycles();
  for (const ast::Operation& operation : document_.operations) {
    if (done()) break;
    check_subscription(operation);
    check_variables(operation);
  }
  if (!done()) check_overlaps();
  return std::move(errors_);
}

const NamedType* Validation::known_type(const ast::Name& name) {
  const NamedType* type = schema_.find_type(name.text);
  if (type == nullptr) {
    report("KnownTypeNames", "Unknown type \"" + std::string(name.text) + "\".", {name.at});
  }
  return type;
}

void Validation::walk_operation(const ast::Operation& operation) {
  current_ = &references_[&operation];
  const NamedType* root = schema_.root(operation.kind);
  const std::string_view location = operation.kind == OperationKind::query      ? "QUERY"
                                    : operation.kind == OperationKind::mutation ? "MUTATION"
                                                                                : "SUBSCRIPTION";
  walk_variables(operation);
  walk_directives(operation.directives, location);
  walk_set(*operation.set, root);
}

void Validation::walk_fragment(const ast::Fragment& fragment) {
  current_ = &references_[&fragment];
  const NamedType* type = known_type(fragment.on);
  if (type != nullptr && !type->is_composite()) {
    report("FragmentsOnCompositeTypes",
           "Fragment \"" + std::string(fragment.name.text) +
               "\" cannot condition on non composite type \"" + type->name + "\".",
           {fragment.on.at});
    type = nullptr;
  }
  walk_directives(fragment.directives, "FRAGMENT_DEFINITION");
  walk_set(*fragment.set, type);
}

void Validation::walk_set(const ast::SelectionSet& set, const NamedType* parent) {
  for (const ast::Selection& selection : set.selections) {
    if (done()) return;
    switch (selection.kind) {
      case ast::Selection::Kind::field:
        walk_field(selection, parent);
        break;
      case ast::Selection::Kind::spread:
        walk_spread(selection, parent);
        break;
      case ast::Selection::Kind::inline_fragment:
        walk_inline(selection, parent);
        break;
    }
  }
}

const FieldDef* Validation::find_field(const NamedType& parent, std::string_view name) const {
  if (name == "__typename") return parent.is_composite() ? &typename_field_ : nullptr;
  if (&parent == schema_.query() && name == "__schema") return &schema_field_;
  if (&parent == schema_.query() && name == "__type") return &type_field_;
  return parent.find_field(name);
}

void Validation::walk_field(const ast::Selection& field, const NamedType* parent) {
  const std::string name(field.name.text);
  const FieldDef* def = parent != nullptr ? find_field(*parent, field.name.text) : nullptr;
  if (parent != nullptr && def == nullptr) {
    report("FieldsOnCorrectType",
           "Cannot query field \"" + name + "\" on type \"" + parent->name + "\".", {field.at});
  }
  if (name == "__schema" || name == "__type") check_introspection(field);
  if (!field.args.empty()) {
    walk_arguments(field.args, def != nullptr ? &def->args : nullptr,
                   def != nullptr ? "on field \"" + parent->name + "." + name + "\"." : "");
  }
  walk_directives(field.directives, "FIELD");
  if (def != nullptr) {
    check_leaf(field, *def->type);
    if (!def->args.empty()) {
      check_required(field.args, def->args, "Field \"" + name + "\"", field.at);
    }
  }
  if (field.set == nullptr) return;
  const NamedType* below = def != nullptr ? def->type->named : nullptr;
  walk_set(*field.set, below != nullptr && below->is_composite() ? below : nullptr);
}

void Validation::check_leaf(const ast::Selection& field, const Type& type) {
  const std::string name(field.name.text);
  if (type.named->is_leaf() && field.set != nullptr) {
    report("ScalarLeafs",
           "Field \"" + name + "\" must not have a selection since type \"" + type.to_string() +
               "\" has no subfields.",
           {field.set->at});
  } else if (!type.named->is_leaf() && field.set == nullptr) {
    report("ScalarLeafs",
           "Field \"" + name + "\" of type \"" + type.to_string() +
               "\" must have a selection of subfields. Did you mean \"" + name + " { ... }\"?",
           {field.at});
  }
}

void Validation::walk_spread(const ast::Selection& spread, const NamedType* parent) {
  current_->spreads.push_back(&spread);
  walk_directives(spread.directives, "FRAGMENT_SPREAD");
  const auto fragment = fragments_.find(spread.name.text);
  if (fragment == fragments_.end()) {
    return report("KnownFragmentNames",
                  "Unknown fragment \"" + std::string(spread.name.text) + "\".", {spread.name.at});
  }
  const NamedType* type = schema_.find_type(fragment->second->on.text);
  if (type == nullptr || parent == nullptr) return;
  check_spread(*type, *parent, "Fragment \"" + std::string(spread.name.text) + "\"", spread.at);
}

void Validation::walk_inline(const ast::Selection& fragment, const NamedType* parent) {
  walk_directives(fragment.directives, "INLINE_FRAGMENT");
  const NamedType* type = parent;
  if (!fragment.name.empty()) {
    type = known_type(fragment.name);
    if (type != nullptr && !type->is_composite()) {
      report("FragmentsOnCompositeTypes",
             "Fragment cannot condition on non composite type \"" + type->name + "\".",
             {fragment.name.at});
      type = nullptr;
    } else if (type != nullptr && parent != nullptr) {
      check_spread(*type, *parent, "Fragment", fragment.at);
    }
  }
  walk_set(*fragment.set, type);
}

void Validation::check_spread(const NamedType& fragment, const NamedType& parent,
                              const std::string& subject, ast::Position at) {
  if (!fragment.is_composite() || fragment.overlaps(parent)) return;
  report("PossibleFragmentSpreads",
         subject + " cannot be spread here as objects of type \"" + parent.name +
             "\" can never be of type \"" + fragment.name + "\".",
         {at});
}

void Validation::walk_directives(std::span<const ast::Directive> directives,
                                 std::string_view location) {
  if (directives.empty()) return;
  std::unordered_map<std::string_view, const ast::Directive*> seen;
  for (const ast::Directive& directive : directives) {
    if (done()) return;
    const std::string name = "@" + std::string(directive.name.text);
    const DirectiveDef* def = schema_.find_directive(directive.name.text);
    if (def == nullptr) {
      report("KnownDirectives", "Unknown directive \"" + name + "\".", {directive.at});
    } else if (!def->allowed_at(location)) {
      report("KnownDirectives",
             "Directive \"" + name + "\" may not be used on " + std::string(location) + ".",
             {directive.at});
    }
    walk_arguments(directive.args, def != nullptr ? &def->args : nullptr,
                   "on directive \"" + name + "\".");
    if (def == nullptr) continue;
    check_required(directive.args, def->args, "Directive \"" + name + "\"", directive.at);
    if (def->repeatable) continue;
    const auto [first, fresh] = seen.emplace(directive.name.text, &directive);
    if (fresh) continue;
    report("UniqueDirectivesPerLocation",
           "The directive \"" + name + "\" can only be used once at this location.",
           {first->second->at, directive.at});
  }
}

namespace {

bool all_differ(std::span<const ast::Argument> args) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (args[i].name.text == args[j].name.text) return false;
    }
  }
  return true;
}

}  // namespace

void Validation::walk_arguments(std::span<const ast::Argument> args,
                                const std::vector<InputDef>* defs,
                                const std::string& unknown_message) {
  std::unordered_map<std::string_view, std::vector<ast::Position>> places;
  const bool few = args.size() <= 8 && all_differ(args);
  for (const ast::Argument& arg : args) {
    if (done()) return;
    const InputDef* def = nullptr;
    if (defs != nullptr) {
      for (const InputDef& each : *defs) {
        if (each.name == arg.name.text) def = &each;
      }
      if (def == nullptr) {
        report("KnownArgumentNames",
               "Unknown argument \"" + std::string(arg.name.text) + "\" " + unknown_message,
               {arg.name.at});
      }
    }
    walk_value(arg.value, def != nullptr ? def->type : nullptr,
               def != nullptr && def->default_value.has_value());
    if (!few) places[arg.name.text].push_back(arg.name.at);
  }
  for (auto& [name, at] : places) {
    if (at.size() < 2) continue;
    report("UniqueArgumentNames",
           "There can be only one argument named \"" + std::string(name) + "\".", std::move(at));
  }
}

void Validation::check_required(std::span<const ast::Argument> args,
                                const std::vector<InputDef>& defs, const std::string& what,
                                ast::Position at) {
  for (const InputDef& def : defs) {
    if (!def.required()) continue;
    const bool given = std::any_of(args.begin(), args.end(), [&](const ast::Argument& arg) {
      return arg.name.text == def.name;
    });
    if (given) continue;
    report("ProvidedRequiredArguments",
           what + " argument \"" + def.name + "\" of type \"" + def.type->to_string() +
               "\" is required, but it was not provided.",
           {at});
  }
}

}  // namespace detail
}  // namespace graphql
