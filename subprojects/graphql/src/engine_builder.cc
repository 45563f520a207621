// SPDX-License-Identifier: MIT
#include "engine_builder.h"

namespace graphql {

using detail::BoundField;
using detail::FieldBinding;
using detail::Shape;
using detail::TypeBinding;

EngineBuilder::EngineBuilder(std::shared_ptr<const Schema> schema, Binder binder, Options options)
    : binder_(std::move(binder)) {
  state_->schema = std::move(schema);
  state_->options = options;
  state_->cache.set_limits(options.cached_documents, options.cached_bytes);
}

void EngineBuilder::fail(std::string message) {
  Error error;
  error.message = std::move(message);
  error.code = "BINDING";
  errors_.push_back(std::move(error));
}

Expected<std::unique_ptr<detail::EngineState>, Errors> EngineBuilder::build() {
  for (std::string& mistake : binder_.mistakes_) fail(std::move(mistake));
  check_surplus();
  detail::bind_introspection(binder_);
  state_->types = std::move(binder_.types_);
  state_->scalars = std::move(binder_.scalars_);
  add_scalars();
  add_inputs();
  add_types();
  add_meta_fields();
  add_list_sizes();
  add_sources();
  if (!errors_.empty()) return std::move(errors_);
  return std::move(state_);
}

void EngineBuilder::check_surplus() {
  for (const auto& [name, binding] : binder_.types_) {
    const NamedType* type = state_->schema->find_type(name);
    if (type == nullptr || type->kind != TypeKind::object || type->built_in) {
      fail(name + ": is bound, but the schema has no such object type");
      continue;
    }
    for (const auto& [field, unused] : binding.fields) {
      if (type->find_field(field) == nullptr) {
        fail(name + "." + field + ": is bound, but the schema has no such field");
      }
    }
  }
  for (const auto& [name, binding] : binder_.scalars_) {
    const NamedType* type = state_->schema->find_type(name);
    if (type == nullptr || !type->is_leaf()) {
      fail(name + ": is bound, but the schema has no such scalar or enum");
    }
  }
}

void EngineBuilder::add_scalars() {
  state_->leaf_types.resize(state_->schema->types().size());
  for (const NamedType* type : state_->schema->types()) {
    if (!type->is_leaf()) continue;
    detail::ScalarBinding& binding = state_->scalars[type->name];
    if (type->kind == TypeKind::enumeration) {
      detail::add_enum(*type, binding);
    } else if (type->built_in) {
      detail::add_built_in_scalar(*type, state_->options, binding);
    }
    state_->leaf_types[type->index] = &binding;
  }
}

void EngineBuilder::add_inputs() {
  std::unordered_map<const NamedType*, detail::ParseLeaf> parsers;
  for (const auto& [name, binding] : state_->scalars) {
    if (binding.parse) parsers[state_->schema->find_type(name)] = binding.parse;
  }
  state_->inputs = std::make_unique<detail::InputTypes>(*state_->schema, state_->options.coercion,
                                                        std::move(parsers));
  for (const Error& error : state_->inputs->bad_defaults()) errors_.push_back(error);
}

void EngineBuilder::add_types() {
  const auto& types = state_->schema->types();
  state_->tokens.resize(types.size());
  state_->fields.resize(types.size());
  for (const NamedType* type : types) {
    if (type->kind != TypeKind::object) continue;
    if (!state_->types.contains(type->name)) {
      if (!binder_.dynamic_) {
        fail(type->name + ": no C++ type is bound");
        continue;
      }
      add_dynamic(*type);
    }
    state_->tokens[type->index] = state_->types[type->name].token;
  }
  for (const NamedType* type : types) {
    if (type->kind != TypeKind::object) continue;
    const auto binding = state_->types.find(type->name);
    if (binding != state_->types.end()) add_fields(*type, binding->second);
  }
}

void EngineBuilder::add_dynamic(const NamedType& type) {
  TypeBinding& binding = state_->types[type.name];
  binding.token = token_of<Value>();
  for (const FieldDef& field : type.fields) {
    binding.fields[field.name] = detail::bind_direct<Value>(
        [name = field.name](const Value& parent) -> const Value& { return parent[name]; });
  }
}

void EngineBuilder::add_fields(const NamedType& type, const TypeBinding& binding) {
  auto& fields = state_->fields[type.index];
  fields.resize(type.fields.size());
  for (const FieldDef& field : type.fields) {
    const std::string where = type.name + "." + field.name;
    const auto bound = binding.fields.find(field.name);
    if (bound == binding.fields.end()) {
      fail(where + ": no resolver is bound");
      continue;
    }
    fields[field.index] = bind(where, *field.type, bound->second);
  }
}

BoundField EngineBuilder::bind(const std::string& where, const Type& type,
                               const FieldBinding& binding) {
  BoundField bound;
  bound.binding = &binding;
  check_shape(where, type, *binding.shape, bound);
  return bound;
}

void EngineBuilder::check_shape(const std::string& where, const Type& type, const Shape& shape,
                                BoundField& bound) {
  if (shape.kind == Shape::Kind::dynamic) return;
  const Type& nullable = type.nullable();
  const bool list = nullable.kind == Type::Kind::list;
  if (list != (shape.kind == Shape::Kind::list)) {
    return fail(
        where + ": " + type.to_string() +
        (list ? " is a list, but the C++ type " : " is no list, but the C++ type ") +
        (list ? std::string(shape.token != nullptr ? shape.token->name : "bound") + " is none"
              : "is one"));
  }
  if (list) return check_shape(where, *nullable.of, *shape.item, bound);
  const NamedType& named = *nullable.named;
  if (!named.is_leaf()) return check_object(where, named, shape);
  if (shape.kind != Shape::Kind::single) {
    return fail(where + ": " + named.name + " is a scalar, but the C++ type is an object");
  }
  const auto& writers = state_->leaf_types[named.index]->writers;
  const auto writer = writers.find(shape.token);
  if (writer == writers.end()) {
    return fail(where + ": " + named.name + " has no output for the C++ type " +
                std::string(shape.token->name));
  }
  bound.leaf = &writer->second;
  const auto& list_writers = state_->leaf_types[named.index]->list_writers;
  const auto whole = list_writers.find(shape.token);
  if (whole != list_writers.end()) bound.leaves = &whole->second;
  const auto& plain = state_->leaf_types[named.index]->plain;
  const bool whole_field = bound.binding->shape == &shape;  // no list around it
  if (const auto form = plain.find(shape.token);
      form != plain.end() && whole_field && bound.binding->find_member != nullptr) {
    bound.plain = form->second;
  }
}

void EngineBuilder::check_object(const std::string& where, const NamedType& named,
                                 const Shape& shape) {
  if (shape.kind == Shape::Kind::any_object) return;
  if (shape.kind == Shape::Kind::variant) {
    for (const Shape* each : shape.cases) check_object(where, named, *each);
    return;
  }
  if (shape.kind == Shape::Kind::single) {
    if (state_->tokens[named.index] == shape.token && shape.token != nullptr) return;
    for (const NamedType* type : named.possible_types) {
      if (state_->tokens[type->index] == shape.token) return;
    }
  }
  fail(where + ": the C++ type " +
       std::string(shape.token != nullptr ? shape.token->name : "of the list") +
       " is not what is bound to " + named.name);
}

void EngineBuilder::add_meta_fields() {
  const Schema& schema = *state_->schema;
  state_->meta = detail::introspection_root(schema);
  state_->typename_def.name = "__typename";
  state_->typename_def.type = schema.find_reference("String!");
  state_->meta_schema_def.name = "__schema";
  state_->meta_schema_def.type = schema.find_reference("__Schema!");
  state_->meta_type_def.name = "__type";
  state_->meta_type_def.type = schema.find_reference("__Type");
  InputDef name;
  name.name = "name";
  name.type = schema.find_reference("String!");
  state_->meta_type_def.args.push_back(name);
  state_->meta_schema =
      bind("__schema", *state_->meta_schema_def.type, state_->meta.fields["__schema"]);
  state_->meta_type = bind("__type", *state_->meta_type_def.type, state_->meta.fields["__type"]);
}

void EngineBuilder::add_list_sizes() {
  for (auto& [name, size] : binder_.list_sizes_) {
    const auto dot = name.find('.');
    const NamedType* type = state_->schema->find_type(name.substr(0, dot));
    const FieldDef* field = type != nullptr ? type->find_field(name.substr(dot + 1)) : nullptr;
    if (field == nullptr) {
      fail(name + ": has a list size, but the schema has no such field");
    } else if (!size.argument.empty() &&
               field->find_arg(size.argument.substr(0, size.argument.find('.'))) == nullptr) {
      fail(name + ": list size names the unknown argument " + size.argument);
    } else {
      state_->list_sizes[field] = std::move(size);
    }
  }
}

// A subscription type with a class of its own has a source behind each field.
void EngineBuilder::add_sources() {
  const NamedType* type = state_->schema->root(OperationKind::subscription);
  for (const auto& [name, source] : binder_.sources_) {
    if (type == nullptr || type->find_field(name) == nullptr) {
      fail("source " + name + ": is bound, but the schema has no such subscription");
    }
  }
  if (type != nullptr && state_->tokens[type->index] != token_of<Value>()) {
    for (const FieldDef& field : type->fields) {
      if (!binder_.sources_.contains(field.name)) {
        fail(type->name + "." + field.name + ": no source is bound");
      }
    }
  }
  state_->sources = std::move(binder_.sources_);
}

}  // namespace graphql
