// SPDX-License-Identifier: MIT

// Rules on variables: input types, unique, defined, used, in allowed positions.

#include "owned_type.h"
#include "validation.h"

#include <deque>
#include <map>

namespace graphql::detail {

bool is_subtype(const Type& sub, const Type& super) {
  if (&sub == &super) return true;
  if (super.is_non_null()) return sub.is_non_null() && is_subtype(*sub.of, *super.of);
  if (sub.is_non_null()) return is_subtype(*sub.of, super);
  if (super.kind == Type::Kind::list || sub.kind == Type::Kind::list) {
    return super.kind == sub.kind && is_subtype(*sub.of, *super.of);
  }
  return sub.named == super.named ||
         (super.named->is_abstract() && super.named->includes(*sub.named));
}

void Validation::walk_variables(const ast::Operation& operation) {
  std::map<std::string_view, std::vector<ast::Position>> places;
  for (const ast::VariableDef& def : operation.variables) {
    if (done()) return;
    places[def.name.text].push_back(def.name.at);
    const NamedType* named = known_type(def.type->name);
    walk_directives(def.directives, "VARIABLE_DEFINITION");
    if (named == nullptr) continue;
    const OwnedType type(schema_, *def.type);
    if (!named->is_input()) {
      report("VariablesAreInputTypes",
             "Variable \"$" + std::string(def.name.text) + "\" cannot be non-input type \"" +
                 type.get().to_string() + "\".",
             {def.type->at});
      continue;
    }
    if (def.default_value == nullptr) continue;
    check_unique_fields(*def.default_value);
    check_value(*def.default_value, type.find());
  }
  for (auto& [name, at] : places) {
    if (at.size() < 2) continue;
    report("UniqueVariableNames",
           "There can be only one variable named \"$" + std::string(name) + "\".", std::move(at));
  }
}

std::vector<const Validation::References*> Validation::reachable(
    const ast::Operation& operation) const {
  std::vector<const References*> found{&references_.at(&operation)};
  std::unordered_set<const ast::Fragment*> seen;
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const ast::Selection* spread : found[i]->spreads) {
      const auto fragment = fragments_.find(spread->name.text);
      if (fragment == fragments_.end() || !seen.insert(fragment->second).second) continue;
      found.push_back(&references_.at(fragment->second));
    }
  }
  return found;
}

namespace {

// Does a variable of that type and default fit a place of that type (specification 5.8.5)?
bool allowed(const Type& variable, const ast::Value* variable_default, const Type& place,
             bool place_has_default) {
  if (place.is_non_null() && !variable.is_non_null()) {
    const bool has_default =
        variable_default != nullptr && variable_default->kind != ast::Value::Kind::null;
    return (has_default || place_has_default) && is_subtype(variable, *place.of);
  }
  return is_subtype(variable, place);
}

std::string subject(const ast::Value& variable) {
  return "Variable \"$" + std::string(variable.text) + "\"";
}

}  // namespace

void Validation::check_variables(const ast::Operation& operation) {
  struct Variable {
    const ast::VariableDef* def;
    std::unique_ptr<OwnedType> type;
    bool used = false;
  };
  std::unordered_map<std::string_view, Variable> variables;
  for (const ast::VariableDef& def : operation.variables) {
    variables[def.name.text] = {&def, std::make_unique<OwnedType>(schema_, *def.type), false};
  }
  const std::string in_operation =
      operation.name.empty() ? "" : " operation \"" + std::string(operation.name.text) + "\"";
  for (const References* references : reachable(operation)) {
    for (const Usage& usage : references->usages) {
      if (done()) return;
      const auto found = variables.find(usage.node->text);
      if (found == variables.end()) {
        report("NoUndefinedVariables",
               subject(*usage.node) + " is not defined" +
                   (in_operation.empty() ? "" : " by" + in_operation) + ".",
               {usage.node->at, operation.at});
        continue;
      }
      Variable& variable = found->second;
      variable.used = true;
      const Type* type = variable.type->find();
      if (type == nullptr || usage.type == nullptr) continue;
      if (allowed(*type, variable.def->default_value, *usage.type, usage.has_default)) continue;
      report("VariablesInAllowedPosition",
             subject(*usage.node) + " of type \"" + type->to_string() +
                 "\" used in position expecting type \"" + usage.type->to_string() + "\".",
             {variable.def->at, usage.node->at});
    }
  }
  for (const ast::VariableDef& def : operation.variables) {
    if (variables[def.name.text].used) continue;
    report("NoUnusedVariables",
           "Variable \"$" + std::string(def.name.text) + "\" is never used" +
               (in_operation.empty() ? "" : " in" + in_operation) + ".",
           {def.at});
  }
}

}  // namespace graphql::detail
