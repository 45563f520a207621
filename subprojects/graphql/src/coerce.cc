// SPDX-License-Identifier: MIT
#include "coerce.h"

#include "literal.h"
#include "locator.h"
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

// What is wrong with variables, up to a number: each costs about what the whole value does.
class InputProblems {
 public:
  InputProblems(const ast::Document& document, std::size_t most, const StopSignal& stop)
      : most_(most), locator_(document.source), patience_(stop) {}

  Errors errors;

  // Nothing further is worth looking at.
  bool done() { return errors.size() > most_ || patience_.over(); }

  void begin(const ast::VariableDef& variable) { variable_ = &variable; }

  void add(std::string message) {
    if (errors.size() > most_) return;
    if (errors.size() == most_) {
      errors.push_back(
          {"Too many errors processing variables, error limit reached. Execution aborted.",
           "LIMIT_VARIABLE_ERRORS",
           {},
           {},
           {}});
      return;
    }
    errors.push_back(
        {"Variable \"$" + std::string(variable_->name.text) + "\" " + std::move(message),
         "BAD_USER_INPUT",
         {locator_.locate(variable_->at)},
         {},
         {}});
  }

  void add(const InputPath* path, const Value& value, const std::string& message) {
    if (errors.size() > most_) return;
    const std::string at =
        path == nullptr ? "" : " at \"" + std::string(variable_->name.text) + path->text() + "\"";
    add("got invalid value " + inspect_value(value) + at + "; " + message);
  }

 private:
  std::size_t most_;
  Locator locator_;
  Patience patience_;
  const ast::VariableDef* variable_ = nullptr;
};

std::string InputPath::text() const {
  const std::string own =
      name.empty() ? "[" + std::to_string(index) + "]" : "." + std::string(name);
  return parent != nullptr ? parent->text() + own : own;
}

Value InputTypes::coerce(const Value& value, const Type& type, const InputPath* path,
                         InputProblems& problems) const {
  if (type.is_non_null() && value.is_null()) {
    problems.add(path, value,
                 "Expected non-nullable type \"" + type.to_string() + "\" not to be null.");
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
    for (std::size_t i = 0; i < value.list().size() && !problems.done(); ++i) {
      const InputPath step{path, {}, i};
      items.push_back(coerce(value.list()[i], *nullable.of, &step, problems));
    }
    return Value(std::move(items));
  }
  if (nullable.named->kind == TypeKind::input_object) {
    return coerce_object(value, *nullable.named, path, problems);
  }
  auto coerced = leaf(*nullable.named, value, false);
  if (coerced) return std::move(*coerced);
  problems.add(path, value, coerced.error().message);
  return {};
}

Value InputTypes::coerce_object(const Value& value, const NamedType& type, const InputPath* path,
                                InputProblems& problems) const {
  if (!value.is_object()) {
    problems.add(path, value, "Expected type \"" + type.name + "\" to be an object.");
    return {};
  }
  Value::Object members;
  for (const InputDef& field : type.input_fields) {
    const Value* given = value.find(field.name);
    if (given != nullptr) {
      const InputPath step{path, field.name, 0};
      members.push_back({field.name, coerce(*given, *field.type, &step, problems)});
    } else if (const Value* fallback = default_of(field)) {
      members.push_back({field.name, *fallback});
    } else if (field.required()) {
      problems.add(path, value,
                   "Field \"" + field.name + "\" of required type \"" + field.type->to_string() +
                       "\" was not provided.");
    }
  }
  for (const Value::Member& member : value.object()) {
    if (problems.done()) break;
    if (type.find_input_field(member.name) != nullptr) continue;
    problems.add(path, value,
                 "Field \"" + member.name + "\" is not defined by type \"" + type.name + "\".");
  }
  return Value(std::move(members));
}

namespace {

using GivenValues = std::unordered_map<std::string_view, const Value*>;

// The value of each variable of the operation, null pointers for those not given. One look at each
// member: there may be many more of them than variables.
GivenValues values_of(const ast::Operation& operation, const Value& given) {
  GivenValues values;
  for (const ast::VariableDef& def : operation.variables) values[def.name.text] = nullptr;
  if (values.empty() || !given.is_object()) return values;
  for (const Value::Member& member : given.object()) {
    const auto found = values.find(member.name);
    if (found != values.end()) found->second = &member.value;
  }
  return values;
}

}  // namespace

Expected<Value::Object, Errors> InputTypes::variables(const ast::Document& document,
                                                      const ast::Operation& operation,
                                                      const Value& given, std::size_t most_errors,
                                                      const StopSignal& stop) const {
  Value::Object coerced;
  InputProblems problems(document, most_errors, stop);
  const auto values = values_of(operation, given);
  for (const ast::VariableDef& def : operation.variables) {
    if (problems.done()) break;
    problems.begin(def);
    const std::string name(def.name.text);
    const Value* value = values.at(def.name.text);
    const bool non_null = def.type->kind == ast::Type::Kind::non_null;
    const OwnedType type(schema_, *def.type);
    if (value == nullptr) {
      if (def.default_value != nullptr) {
        auto fallback = literal(*def.default_value, type.get(), {});
        if (fallback) coerced.push_back({name, std::move(*fallback)});
      } else if (non_null) {
        problems.add("of required type \"" + type.get().to_string() + "\" was not provided.");
      }
    } else if (value->is_null() && non_null) {
      problems.add("of non-null type \"" + type.get().to_string() + "\" must not be null.");
    } else {
      coerced.push_back({name, coerce(*value, type.get(), nullptr, problems)});
    }
  }
  if (!problems.errors.empty()) return std::move(problems.errors);
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
