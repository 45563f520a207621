// SPDX-License-Identifier: MIT
#include "schema_build.h"

#include "graphql/parser.h"
#include "literal.h"
#include "prelude.h"

#include <algorithm>

namespace graphql {

Expected<std::shared_ptr<const Schema>, Errors> Schema::parse(std::string_view sdl) {
  Limits limits;  // a schema is the host's own text
  limits.source_bytes = 64 * 1024 * 1024;
  limits.tokens = limits.source_bytes;
  limits.directives = limits.source_bytes;
  auto document = parse_document(sdl, limits, Grammar::type_system);
  if (!document) return Errors{document.error()};
  auto prelude = parse_document(detail::kPrelude, limits, Grammar::type_system);
  if (!prelude) return Errors{prelude.error()};
  detail::SchemaBuilder builder;
  builder.add(*prelude, true);
  builder.add(*document, false);
  return builder.finish();
}

namespace detail {
namespace {

using DefKind = ast::TypeSystemDef::Kind;

TypeKind type_kind(DefKind kind) {
  switch (kind) {
    case DefKind::object:
      return TypeKind::object;
    case DefKind::interface:
      return TypeKind::interface;
    case DefKind::union_type:
      return TypeKind::union_type;
    case DefKind::enumeration:
      return TypeKind::enumeration;
    case DefKind::input:
      return TypeKind::input_object;
    default:
      return TypeKind::scalar;
  }
}

std::string_view word_of(DefKind kind) {
  static constexpr std::string_view kWords[] = {"schema", "scalar", "object",       "interface",
                                                "union",  "enum",   "input object", "directive"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::optional<std::string> text_of(const ast::Value* description) {
  if (description == nullptr) return std::nullopt;
  return std::string(description->text);
}

}  // namespace

Error SchemaBuilder::error(ast::Position at, std::string message) const {
  return {std::move(message), "GRAPHQL_SCHEMA_INVALID", {ast::locate(source_, at)}, {}, {}};
}

void SchemaBuilder::fail(ast::Position at, std::string message) {
  errors_.push_back(error(at, std::move(message)));
}

void SchemaBuilder::fault(ast::Position at, std::string message) {
  faults_.push_back(error(at, std::move(message)));
}

NamedType* SchemaBuilder::find(std::string_view name) {
  const auto found = by_name_.find(name);
  return found != by_name_.end() ? found->second : nullptr;
}

void SchemaBuilder::add(const ast::Document& document, bool built_in) {
  source_ = document.source;
  built_in_ = built_in;
  for (const ast::Definition& definition : document.definitions) {
    if (definition.kind == ast::Definition::Kind::type_system) continue;
    fail(0, "A schema document cannot contain operations or fragments.");
  }
  for (const Def& def : document.type_system) {
    if (!def.extension) declare(def);
  }
  for (const bool extension : {false, true}) {
    for (const Def& def : document.type_system) {
      if (def.extension == extension) define(def);
    }
  }
  if (built_in) {  // the type of the field __schema, which no type declares
    const NamedType* meta = find("__Schema");
    reference("__Schema!", Type::Kind::non_null, meta->reference, meta);
    return;
  }
  use_default_roots();
  drop_unused_scalars();
  collect_possible_types();
  check_directives(document);
  check_directive_cycles(document);
  if (errors_.empty()) check_schema(*schema_, positions_, source_, faults_);
}

Expected<std::shared_ptr<const Schema>, Errors> SchemaBuilder::finish() {
  if (!errors_.empty()) return std::move(errors_);
  if (!faults_.empty()) return std::move(faults_);
  const auto last = [](const auto* item) { return !item->built_in; };
  std::stable_partition(schema_->types_.begin(), schema_->types_.end(), last);
  std::stable_partition(schema_->directives_.begin(), schema_->directives_.end(), last);
  return std::shared_ptr<const Schema>(std::move(schema_));
}

void SchemaBuilder::declare(const Def& def) {
  if (def.kind == DefKind::schema) return declare_schema(def);
  if (def.kind == DefKind::directive) return declare_directive(def);
  if (NamedType* known = find(def.name.text); known != nullptr) {
    const bool scalar =
        known->built_in && known->kind == TypeKind::scalar && def.kind == DefKind::scalar;
    if (scalar) return void(named_scalars_.insert(known));  // a document may name those
    return fail(def.name.at, "There can be only one type named \"" + known->name + "\".");
  }
  auto type = std::make_unique<NamedType>();
  type->kind = type_kind(def.kind);
  type->name = def.name.text;
  type->description = text_of(def.description);
  type->built_in = built_in_;
  type->index = static_cast<std::uint32_t>(schema_->owned_types_.size());
  by_name_[type->name] = type.get();
  positions_[type->name] = def.name.at;
  schema_->type_index_[type->name] = type.get();
  schema_->types_.push_back(type.get());
  type->reference = reference(type->name, Type::Kind::named, nullptr, type.get());
  schema_->owned_types_.push_back(std::move(type));
}

void SchemaBuilder::declare_schema(const Def& def) {
  if (has_schema_definition_) return fail(def.at, "Must provide only one schema definition.");
  has_schema_definition_ = true;
  schema_->description_ = text_of(def.description);
}

void SchemaBuilder::declare_directive(const Def& def) {
  const std::string name = "@" + std::string(def.name.text);
  if (built_in_ || positions_.emplace(name, def.name.at).second) return;
  fail(def.name.at, "There can be only one directive named \"" + name + "\".");
}

void SchemaBuilder::define(const Def& def) {
  if (def.kind == DefKind::schema) return set_roots(def);
  if (def.kind == DefKind::directive) return define_directive(def);
  NamedType nowhere;  // takes what belongs to no type, so that all mistakes are found
  nowhere.name = def.name.text;
  nowhere.kind = type_kind(def.kind);
  NamedType* type = find(def.name.text);
  const bool foreign = type != nullptr && type->built_in && !built_in_;
  if (foreign && def.extension && !named_scalars_.contains(type)) type = nullptr;
  if (type == nullptr) {
    fail(def.name.at, "Cannot extend type \"" + nowhere.name + "\" because it is not defined.");
  } else if (def.extension && type->kind != nowhere.kind) {
    fail(def.name.at,
         "Cannot extend non-" + std::string(word_of(def.kind)) + " type \"" + nowhere.name + "\".");
  }
  if (type == nullptr) type = &nowhere;
  define_interfaces(*type, def);
  define_fields(*type, def);
  define_inputs(*type, def);
  define_values(*type, def);
  define_members(*type, def);
  for (const ast::Directive& directive : def.directives) {
    if (directive.name.text != "specifiedBy" || type->built_in) continue;
    for (const ast::Argument& arg : directive.args) {
      if (arg.name.text == "url") type->specified_by_url = std::string(arg.value.text);
    }
  }
}

void SchemaBuilder::define_directive(const Def& def) {
  auto directive = std::make_unique<DirectiveDef>();
  directive->name = def.name.text;
  directive->description = text_of(def.description);
  directive->repeatable = def.repeatable;
  directive->built_in = built_in_;
  for (const ast::Name& location : def.members) directive->locations.emplace_back(location.text);
  const std::string where = "@" + directive->name;
  for (const ast::InputValueDef& input : def.inputs) {
    InputDef arg = make_input(input, where);
    if (directive->find_arg(arg.name) == nullptr) {
      directive->args.push_back(std::move(arg));
    } else {
      fail(input.name.at,
           "Argument \"" + where + "(" + arg.name + ":)\" can only be defined once.");
    }
  }
  // A document may give a built-in one its own form.
  std::erase_if(schema_->directives_, [&](const DirectiveDef* other) {
    if (other->name != directive->name) return false;
    directive->built_in = directive->built_in || other->built_in;
    return true;
  });
  schema_->directives_.push_back(directive.get());
  schema_->owned_directives_.push_back(std::move(directive));
}

void SchemaBuilder::define_fields(NamedType& type, const Def& def) {
  for (const ast::FieldDef& node : def.fields) {
    const std::string where = type.name + "." + std::string(node.name.text);
    FieldDef field;
    field.name = node.name.text;
    field.description = text_of(node.description);
    field.type = reference(*node.type);
    if (field.type == nullptr) field.type = schema_->find_reference("String");  // told
    field.deprecated = deprecation(node.directives);
    field.index = static_cast<std::uint32_t>(type.fields.size());
    for (const ast::InputValueDef& input : node.args) {
      InputDef arg = make_input(input, where);
      if (field.find_arg(arg.name) == nullptr) {
        field.args.push_back(std::move(arg));
      } else {
        fail(input.name.at,
             "Argument \"" + where + "(" + arg.name + ":)\" can only be defined once.");
      }
    }
    if (type.find_field(field.name) != nullptr) {
      fail(node.name.at, "Field \"" + where + "\" can only be defined once.");
      continue;
    }
    positions_[where] = node.name.at;
    type.fields.push_back(std::move(field));
    type.member_index.clear();
    for (const FieldDef& each : type.fields) type.member_index[each.name] = each.index;
  }
}

InputDef SchemaBuilder::make_input(const ast::InputValueDef& input, const std::string& where) {
  InputDef def;
  def.name = input.name.text;
  def.description = text_of(input.description);
  def.type = reference(*input.type);
  if (input.default_value != nullptr) def.default_value = literal_value(*input.default_value);
  def.deprecated = deprecation(input.directives);
  positions_[where + "(" + def.name + ":)"] = input.name.at;
  if (def.type == nullptr) def.type = schema_->find_reference("String");  // told
  return def;
}

void SchemaBuilder::define_inputs(NamedType& type, const Def& def) {
  for (const ast::InputValueDef& node : def.inputs) {
    InputDef input = make_input(node, type.name);
    if (type.find_input_field(input.name) != nullptr) {
      fail(node.name.at,
           "Field \"" + type.name + "." + input.name + "\" can only be defined once.");
      continue;
    }
    type.input_fields.push_back(std::move(input));
    type.member_index.clear();
    for (std::uint32_t i = 0; i < type.input_fields.size(); ++i) {
      type.member_index[type.input_fields[i].name] = i;
    }
  }
}

void SchemaBuilder::define_values(NamedType& type, const Def& def) {
  for (const ast::EnumValueDef& node : def.values) {
    if (type.find_enum_value(node.name.text) != nullptr) {
      fail(node.name.at, "Enum value \"" + type.name + "." + std::string(node.name.text) +
                             "\" can only be defined once.");
      continue;
    }
    positions_[type.name + "." + std::string(node.name.text)] = node.name.at;
    type.enum_values.push_back(
        {std::string(node.name.text), text_of(node.description), deprecation(node.directives)});
    type.member_index.clear();
    for (std::uint32_t i = 0; i < type.enum_values.size(); ++i) {
      type.member_index[type.enum_values[i].name] = i;
    }
  }
}

void SchemaBuilder::define_members(NamedType& type, const Def& def) {
  for (const ast::Name& name : def.members) {
    const NamedType* member = find(name.text);
    if (member == nullptr) {
      fail(name.at, "Unknown type \"" + std::string(name.text) + "\".");
    } else if (member->kind != TypeKind::object) {
      fault(name.at, "Union type " + type.name +
                         " can only include Object types, it cannot include " + member->name + ".");
      type.possible_types.push_back(member);
    } else if (std::find(type.possible_types.begin(), type.possible_types.end(), member) !=
               type.possible_types.end()) {
      fault(name.at,
            "Union type " + type.name + " can only include type " + member->name + " once.");
    } else {
      type.possible_types.push_back(member);
    }
  }
}

void SchemaBuilder::define_interfaces(NamedType& type, const Def& def) {
  for (const ast::Name& name : def.interfaces) {
    const NamedType* interface = find(name.text);
    if (interface == nullptr) {
      fail(name.at, "Unknown type \"" + std::string(name.text) + "\".");
    } else if (interface->kind != TypeKind::interface) {
      fault(name.at, "Type " + type.name +
                         " must only implement Interface types, it cannot implement " +
                         interface->name + ".");
    } else if (interface == &type) {
      fault(name.at, "Type " + type.name +
                         " cannot implement itself because it would create a circular reference.");
      type.interfaces.push_back(interface);
    } else if (std::find(type.interfaces.begin(), type.interfaces.end(), interface) !=
               type.interfaces.end()) {
      fault(name.at, "Type " + type.name + " can only implement " + interface->name + " once.");
    } else {
      type.interfaces.push_back(interface);
    }
  }
}

std::optional<AppliedDeprecation> SchemaBuilder::deprecation(
    std::span<const ast::Directive> directives) {
  for (const ast::Directive& directive : directives) {
    if (directive.name.text != "deprecated") continue;
    AppliedDeprecation applied{"No longer supported"};
    for (const ast::Argument& arg : directive.args) {
      if (arg.name.text != "reason") continue;
      if (arg.value.kind == ast::Value::Kind::null) return std::nullopt;  // as the reference has it
      applied.reason = std::string(arg.value.text);
    }
    return applied;
  }
  return std::nullopt;
}

const Type* SchemaBuilder::reference(std::string text, Type::Kind kind, const Type* of,
                                     const NamedType* named) {
  auto& slot = schema_->references_[std::move(text)];
  if (!slot) slot = std::make_unique<Type>(Type{kind, of, named});
  return slot.get();
}

const Type* SchemaBuilder::reference(const ast::Type& type) {
  if (type.kind == ast::Type::Kind::named) {
    const NamedType* named = find(type.name.text);
    if (named == nullptr) {
      fail(type.name.at, "Unknown type \"" + std::string(type.name.text) + "\".");
      return nullptr;
    }
    return reference(named->name, Type::Kind::named, nullptr, named);
  }
  const Type* of = reference(*type.of);
  if (of == nullptr) return nullptr;
  if (type.kind == ast::Type::Kind::list) {
    return reference("[" + of->to_string() + "]", Type::Kind::list, of, of->named);
  }
  return reference(of->to_string() + "!", Type::Kind::non_null, of, of->named);
}

}  // namespace detail
}  // namespace graphql
