// SPDX-License-Identifier: MIT

// Rules on values: ValuesOfCorrectType, UniqueInputFieldNames; and the variables inside them.

#include "literal.h"
#include "validation.h"

namespace graphql::detail {

using Kind = ast::Value::Kind;

void Validation::walk_value(const ast::Value& value, const Type* type, bool has_default) {
  collect_usages(value, type, has_default);
  check_unique_fields(value);
  check_value(value, type);
}

void Validation::collect_usages(const ast::Value& value, const Type* type, bool has_default) {
  if (value.kind == Kind::variable) {
    current_->usages.push_back({&value, type, has_default});
  } else if (value.kind == Kind::list) {
    const Type* item = type;
    if (type != nullptr && type->nullable().kind == Type::Kind::list) item = type->nullable().of;
    for (const ast::Value& each : value.items) {
      if (done()) return;
      collect_usages(each, item, false);
    }
  } else if (value.kind == Kind::object) {
    const NamedType* named = type != nullptr ? type->named : nullptr;
    for (const ast::ObjectField& field : value.fields) {
      const InputDef* def = named != nullptr ? named->find_input_field(field.name.text) : nullptr;
      collect_usages(field.value, def != nullptr ? def->type : nullptr,
                     def != nullptr && def->default_value.has_value());
    }
  }
}

void Validation::check_unique_fields(const ast::Value& value) {
  for (const ast::Value& item : value.items) check_unique_fields(item);
  if (value.kind != Kind::object) return;
  std::unordered_map<std::string_view, ast::Position> seen;
  for (const ast::ObjectField& field : value.fields) {
    check_unique_fields(field.value);
    const auto [first, fresh] = seen.emplace(field.name.text, field.name.at);
    if (fresh) continue;
    report("UniqueInputFieldNames",
           "There can be only one input field named \"" + std::string(field.name.text) + "\".",
           {first->second, field.name.at});
  }
}

void Validation::check_value(const ast::Value& value, const Type* type) {
  if (done() || type == nullptr || value.kind == Kind::variable) return;
  if (value.kind == Kind::null) {
    if (!type->is_non_null()) return;
    return report("ValuesOfCorrectType",
                  "Expected value of type \"" + type->to_string() + "\", found null.", {value.at});
  }
  const Type& nullable = type->nullable();
  if (value.kind == Kind::list && nullable.kind == Type::Kind::list) {
    for (const ast::Value& item : value.items) check_value(item, nullable.of);
    return;
  }
  if (value.kind == Kind::object && type->named->kind == TypeKind::input_object) {
    return check_object(value, *type, *type->named);
  }
  check_leaf_value(value, *type);
}

void Validation::check_object(const ast::Value& value, const Type&, const NamedType& named) {
  std::unordered_map<std::string_view, const ast::ObjectField*> given;
  for (const ast::ObjectField& field : value.fields) given.emplace(field.name.text, &field);
  for (const InputDef& def : named.input_fields) {
    if (!def.required() || given.contains(def.name)) continue;
    report("ValuesOfCorrectType",
           "Field \"" + named.name + "." + def.name + "\" of required type \"" +
               def.type->to_string() + "\" was not provided.",
           {value.at});
  }
  for (const ast::ObjectField& field : value.fields) {
    const InputDef* def = named.find_input_field(field.name.text);
    if (def == nullptr) {
      report("ValuesOfCorrectType",
             "Field \"" + std::string(field.name.text) + "\" is not defined by type \"" +
                 named.name + "\".",
             {field.name.at});
      continue;
    }
    check_value(field.value, def->type);
  }
}

void Validation::check_leaf_value(const ast::Value& value, const Type& type) {
  const std::string found = "found " + print_literal(value);
  if (!type.named->is_leaf()) {
    return report("ValuesOfCorrectType",
                  "Expected value of type \"" + type.to_string() + "\", " + found + ".",
                  {value.at});
  }
  const auto coerced = inputs_.leaf(*type.named, value, {});
  if (coerced) return;
  const bool own = type.named->built_in || type.named->kind == TypeKind::enumeration;
  report("ValuesOfCorrectType",
         own ? coerced.error().message
             : "Expected value of type \"" + type.named->name + "\", " + found + "; " +
                   coerced.error().message,
         {value.at});
}

}  // namespace graphql::detail
