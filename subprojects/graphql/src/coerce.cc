// SPDX-License-Identifier: MIT
#include "coerce.h"

#include "literal.h"
#include "owned_type.h"

namespace graphql::detail {
namespace {

const Value* find_variable(const Value::Object& variables, std::string_view name) {
  for (const Value::Member& member : variables) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

}  // namespace

InputTypes::InputTypes(const Schema& schema, const Coercion& coercion,
                       std::unordered_map<const NamedType*, ParseLeaf> parsers)
    : schema_(schema), coercion_(coercion), parsers_(std::move(parsers)) {
  // Twice: a default of an input object may need the defaults of its fields, in any order.
  for (const bool report : {false, true}) {
    bad_defaults_.clear();
    for (const NamedType* type : schema.types()) {
      for (const InputDef& input : type->input_fields) add_default(input, type->name);
      for (const FieldDef& field : type->fields) {
        for (const InputDef& arg : field.args) add_default(arg, type->name + "." + field.name);
      }
    }
    for (const DirectiveDef* directive : schema.directives()) {
      for (const InputDef& arg : directive->args) add_default(arg, "@" + directive->name);
    }
    if (report) break;
  }
}

namespace {

// A default as it stands in the schema is a literal: strings are no enum words.
bool fits_as_literal(const InputTypes& types, const Value& value, const Type& type, Value& out) {
  if (value.is_null()) {
    out = Value();
    return !type.is_non_null();
  }
  const Type& nullable = type.nullable();
  if (nullable.kind == Type::Kind::list) {
    Value::List items;
    if (!value.is_list())
      return fits_as_literal(types, value, *nullable.of, items.emplace_back()) &&
             (out = Value(std::move(items)), true);
    for (const Value& item : value.list()) {
      if (!fits_as_literal(types, item, *nullable.of, items.emplace_back())) return false;
    }
    out = Value(std::move(items));
    return true;
  }
  if (nullable.named->is_leaf()) {
    auto coerced = types.leaf(*nullable.named, value, true);
    if (coerced) out = std::move(*coerced);
    return coerced.has_value();
  }
  if (!value.is_object()) return false;
  for (const Value::Member& member : value.object()) {
    if (nullable.named->find_input_field(member.name) == nullptr) return false;
  }
  Value::Object members;
  for (const InputDef& field : nullable.named->input_fields) {
    const Value* given = value.find(field.name);
    if (given == nullptr) {
      const Value* fallback = types.default_of(field);
      if (fallback != nullptr) members.push_back({field.name, *fallback});
      if (fallback == nullptr && field.required()) return false;
      continue;
    }
    Value& member = members.emplace_back(Value::Member{field.name, {}}).value;
    if (!fits_as_literal(types, *given, *field.type, member)) return false;
  }
  out = Value(std::move(members));
  return true;
}

}  // namespace

void InputTypes::add_default(const InputDef& input, const std::string& where) {
  if (!input.default_value) return;
  Value coerced;
  if (fits_as_literal(*this, *input.default_value, *input.type, coerced)) {
    defaults_[&input] = std::move(coerced);
    return;
  }
  bad_defaults_.push_back({where + "(" + input.name + ":): default value " +
                               print_value(*input.default_value) + " does not fit " +
                               input.type->to_string(),
                           "GRAPHQL_SCHEMA_INVALID",
                           {},
                           {},
                           {}});
}

const Value* InputTypes::default_of(const InputDef& input) const {
  if (!input.default_value) return nullptr;
  const auto found = defaults_.find(&input);
  return found != defaults_.end() ? &found->second : nullptr;
}

Value InputTypes::coerce(const Value& value, const Type& type, const std::string& path,
                         std::vector<Problem>& problems) const {
  if (type.is_non_null() && value.is_null()) {
    problems.push_back({path, inspect_value(value),
                        "Expected non-nullable type \"" + type.to_string() + "\" not to be null."});
    return {};
  }
  if (value.is_null()) return {};
  const Type& nullable = type.nullable();
  if (nullable.kind == Type::Kind::list) {
    Value::List items;
    if (!value.is_list()) {
      items.push_back(coerce(value, *nullable.of, path, problems));
      return Value(std::move(items));
    }
    items.reserve(value.list().size());
    for (std::size_t i = 0; i < value.list().size(); ++i) {
      items.push_back(
          coerce(value.list()[i], *nullable.of, path + "[" + std::to_string(i) + "]", problems));
    }
    return Value(std::move(items));
  }
  if (nullable.named->kind == TypeKind::input_object) {
    return coerce_object(value, *nullable.named, path, problems);
  }
  auto coerced = leaf(*nullable.named, value, false);
  if (coerced) return std::move(*coerced);
  problems.push_back({path, inspect_value(value), coerced.error().message});
  return {};
}

Value InputTypes::coerce_object(const Value& value, const NamedType& type, const std::string& path,
                                std::vector<Problem>& problems) const {
  if (!value.is_object()) {
    problems.push_back(
        {path, inspect_value(value), "Expected type \"" + type.name + "\" to be an object."});
    return {};
  }
  Value::Object members;
  for (const InputDef& field : type.input_fields) {
    const Value* given = value.find(field.name);
    if (given != nullptr) {
      members.push_back(
          {field.name, coerce(*given, *field.type, path + "." + field.name, problems)});
    } else if (const Value* fallback = default_of(field)) {
      members.push_back({field.name, *fallback});
    } else if (field.required()) {
      problems.push_back({path, inspect_value(value),
                          "Field \"" + field.name + "\" of required type \"" +
                              field.type->to_string() + "\" was not provided."});
    }
  }
  for (const Value::Member& member : value.object()) {
    if (type.find_input_field(member.name) != nullptr) continue;
    problems.push_back(
        {path, inspect_value(value),
         "Field \"" + member.name + "\" is not defined by type \"" + type.name + "\"."});
  }
  return Value(std::move(members));
}

Expected<Value::Object, Errors> InputTypes::variables(const ast::Document& document,
                                                      const ast::Operation& operation,
                                                      const Value& given) const {
  constexpr std::size_t kMostErrors = 50;
  Value::Object coerced;
  Errors errors;
  const auto fail = [&](ast::Position at, std::string message) {
    if (errors.size() >= kMostErrors) return;
    errors.push_back(
        {std::move(message), "BAD_USER_INPUT", {ast::locate(document.source, at)}, {}, {}});
  };
  for (const ast::VariableDef& def : operation.variables) {
    const std::string name(def.name.text);
    const Value* value = given.find(name);
    const bool non_null = def.type->kind == ast::Type::Kind::non_null;
    const OwnedType type(schema_, *def.type);
    if (value == nullptr) {
      if (def.default_value != nullptr) {
        auto fallback = literal(*def.default_value, type.get(), {});
        if (fallback) coerced.push_back({name, std::move(*fallback)});
      } else if (non_null) {
        fail(def.at, "Variable \"$" + name + "\" of required type \"" + type.get().to_string() +
                         "\" was not provided.");
      }
      continue;
    }
    if (value->is_null() && non_null) {
      fail(def.at, "Variable \"$" + name + "\" of non-null type \"" + type.get().to_string() +
                       "\" must not be null.");
      continue;
    }
    std::vector<Problem> problems;
    coerced.push_back({name, coerce(*value, type.get(), {}, problems)});
    for (const Problem& problem : problems) {
      const std::string at = problem.path.empty() ? "" : " at \"" + name + problem.path + "\"";
      fail(def.at, "Variable \"$" + name + "\" got invalid value " + problem.value + at + "; " +
                       problem.message);
    }
  }
  if (!errors.empty()) return errors;
  return coerced;
}

std::optional<Value> InputTypes::literal(const ast::Value& literal, const Type& type,
                                         const Value::Object& variables) const {
  if (literal.kind == ast::Value::Kind::variable) {
    const Value* value = find_variable(variables, literal.text);
    if (value == nullptr || (value->is_null() && type.is_non_null())) return std::nullopt;
    return *value;
  }
  if (literal.kind == ast::Value::Kind::null) {
    if (type.is_non_null()) return std::nullopt;
    return Value();
  }
  const Type& nullable = type.nullable();
  if (nullable.kind == Type::Kind::list) {
    Value::List items;
    const auto add = [&](const ast::Value& node) {
      const bool missing =
          node.kind == ast::Value::Kind::variable && find_variable(variables, node.text) == nullptr;
      if (missing && !nullable.of->is_non_null()) return items.emplace_back(), true;
      auto item = this->literal(node, *nullable.of, variables);
      if (item) items.push_back(std::move(*item));
      return item.has_value();
    };
    if (literal.kind != ast::Value::Kind::list) {
      if (!add(literal)) return std::nullopt;
    } else {
      for (const ast::Value& node : literal.items) {
        if (!add(node)) return std::nullopt;
      }
    }
    return Value(std::move(items));
  }
  if (nullable.named->kind == TypeKind::input_object) {
    return object_literal(literal, *nullable.named, variables);
  }
  auto value = leaf(*nullable.named, literal, variables);
  if (!value) return std::nullopt;
  return std::move(*value);
}

std::optional<Value> InputTypes::object_literal(const ast::Value& literal, const NamedType& type,
                                                const Value::Object& variables) const {
  if (literal.kind != ast::Value::Kind::object) return std::nullopt;
  Value::Object members;
  for (const InputDef& def : type.input_fields) {
    const ast::Value* node = nullptr;
    for (const ast::ObjectField& field : literal.fields) {
      if (field.name.text == def.name) node = &field.value;
    }
    const bool missing = node == nullptr || (node->kind == ast::Value::Kind::variable &&
                                             find_variable(variables, node->text) == nullptr);
    if (missing) {
      const Value* fallback = default_of(def);
      if (fallback != nullptr) {
        members.push_back({def.name, *fallback});
      } else if (def.type->is_non_null()) {
        return std::nullopt;
      }
      continue;
    }
    auto value = this->literal(*node, *def.type, variables);
    if (!value) return std::nullopt;
    members.push_back({def.name, std::move(*value)});
  }
  return Value(std::move(members));
}

Expected<Args, ArgumentFailure> InputTypes::arguments(const std::vector<InputDef>& defs,
                                                      std::span<const ast::Argument> given,
                                                      ast::Position field,
                                                      const Value::Object& variables) const {
  Value::Object values;
  for (const InputDef& def : defs) {
    const ast::Value* node = nullptr;
    for (const ast::Argument& argument : given) {
      if (argument.name.text == def.name) node = &argument.value;
    }
    const bool variable = node != nullptr && node->kind == ast::Value::Kind::variable;
    const Value* provided = variable ? find_variable(variables, node->text) : nullptr;
    if (node == nullptr || (variable && provided == nullptr)) {
      if (const Value* fallback = default_of(def)) {
        values.push_back({def.name, *fallback});
      } else if (def.type->is_non_null()) {
        const std::string what =
            "Argument \"" + def.name + "\" of required type \"" + def.type->to_string() + "\" was ";
        if (node == nullptr) return ArgumentFailure{what + "not provided.", field};
        return ArgumentFailure{what + "provided the variable \"$" + std::string(node->text) +
                                   "\" which was not provided a runtime value.",
                               node->at};
      }
      continue;
    }
    const bool null = node->kind == ast::Value::Kind::null || (variable && provided->is_null());
    if (null && def.type->is_non_null()) {
      return ArgumentFailure{"Argument \"" + def.name + "\" of non-null type \"" +
                                 def.type->to_string() + "\" must not be null.",
                             node->at};
    }
    auto value = literal(*node, *def.type, variables);
    if (!value) {
      return ArgumentFailure{
          "Argument \"" + def.name + "\" has invalid value " + print_literal(*node) + ".",
          node->at};
    }
    values.push_back({def.name, std::move(*value)});
  }
  return Args(std::move(values));
}

}  // namespace graphql::detail
