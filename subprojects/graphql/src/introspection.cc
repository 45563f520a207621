// SPDX-License-Identifier: MIT

// The introspection system (specification 4) as ordinary bindings on the schema's own structures.

#include "engine_builder.h"
#include "literal.h"

namespace graphql::detail {
namespace {

std::string_view kind_name(const Type& type) {
  if (type.kind == Type::Kind::list) return "LIST";
  if (type.kind == Type::Kind::non_null) return "NON_NULL";
  switch (type.named->kind) {
    case TypeKind::scalar:
      return "SCALAR";
    case TypeKind::object:
      return "OBJECT";
    case TypeKind::interface:
      return "INTERFACE";
    case TypeKind::union_type:
      return "UNION";
    case TypeKind::enumeration:
      return "ENUM";
    case TypeKind::input_object:
      return "INPUT_OBJECT";
  }
  return "SCALAR";
}

const NamedType* named(const Type& type) {
  return type.kind == Type::Kind::named ? type.named : nullptr;
}

template <class Item>
std::vector<const Item*> visible(const std::vector<Item>& items, const Args& args) {
  const bool deprecated = args.get_or<bool>("includeDeprecated", false);
  std::vector<const Item*> shown;
  for (const Item& item : items) {
    if (deprecated || !item.deprecated) shown.push_back(&item);
  }
  return shown;
}

template <class Item>
using MaybeList = std::optional<std::vector<const Item*>>;

using Types = std::optional<std::vector<const Type*>>;

std::vector<const Type*> references(const std::vector<const NamedType*>& types) {
  std::vector<const Type*> found;
  found.reserve(types.size());
  for (const NamedType* type : types) found.push_back(type->reference);
  return found;
}

const Type* reference(const NamedType* type) { return type != nullptr ? type->reference : nullptr; }

template <class Item>
std::optional<std::string_view> reason(const Item& item) {
  if (!item.deprecated) return std::nullopt;
  return item.deprecated->reason;
}

void bind_type(Binder& binder) {
  binder.type<Type>("__Type")
      .field("kind", kind_name)
      .field("name",
             [](const Type& type) -> std::optional<std::string_view> {
               if (named(type) == nullptr) return std::nullopt;
               return type.named->name;
             })
      .field("description",
             [](const Type& type) -> std::optional<std::string_view> {
               if (named(type) == nullptr || !type.named->description) return std::nullopt;
               return *type.named->description;
             })
      .field("specifiedByURL",
             [](const Type& type) -> std::optional<std::string_view> {
               if (named(type) == nullptr || !type.named->specified_by_url) return std::nullopt;
               return *type.named->specified_by_url;
             })
      .field("fields",
             [](const Type& type, const Args& args) -> MaybeList<FieldDef> {
               const NamedType* self = named(type);
               if (self == nullptr ||
                   (self->kind != TypeKind::object && self->kind != TypeKind::interface)) {
                 return std::nullopt;
               }
               return visible(self->fields, args);
             })
      .field("interfaces",
             [](const Type& type) -> Types {
               const NamedType* self = named(type);
               if (self == nullptr ||
                   (self->kind != TypeKind::object && self->kind != TypeKind::interface)) {
                 return std::nullopt;
               }
               return references(self->interfaces);
             })
      .field("possibleTypes",
             [](const Type& type) -> Types {
               const NamedType* self = named(type);
               if (self == nullptr || !self->is_abstract()) return std::nullopt;
               return references(self->possible_types);
             })
      .field("enumValues",
             [](const Type& type, const Args& args) -> MaybeList<EnumValueDef> {
               const NamedType* self = named(type);
               if (self == nullptr || self->kind != TypeKind::enumeration) return std::nullopt;
               return visible(self->enum_values, args);
             })
      .field("inputFields",
             [](const Type& type, const Args& args) -> MaybeList<InputDef> {
               const NamedType* self = named(type);
               if (self == nullptr || self->kind != TypeKind::input_object) return std::nullopt;
               return visible(self->input_fields, args);
             })
      .field("ofType", [](const Type& type) { return type.of; });
}

void bind_members(Binder& binder) {
  binder.type<FieldDef>("__Field")
      .field("name", &FieldDef::name)
      .field("description", &FieldDef::description)
      .field("args",
             [](const FieldDef& field, const Args& args) { return visible(field.args, args); })
      .field("type", &FieldDef::type)
      .field("isDeprecated", [](const FieldDef& field) { return field.deprecated.has_value(); })
      .field("deprecationReason", reason<FieldDef>);
  binder.type<InputDef>("__InputValue")
      .field("name", &InputDef::name)
      .field("description", &InputDef::description)
      .field("type", &InputDef::type)
      .field("defaultValue",
             [](const InputDef& input) -> std::optional<std::string> {
               if (!input.default_value) return std::nullopt;
               return print_value(*input.default_value);
             })
      .field("isDeprecated", [](const InputDef& input) { return input.deprecated.has_value(); })
      .field("deprecationReason", reason<InputDef>);
  binder.type<EnumValueDef>("__EnumValue")
      .field("name", &EnumValueDef::name)
      .field("description", &EnumValueDef::description)
      .field("isDeprecated", [](const EnumValueDef& value) { return value.deprecated.has_value(); })
      .field("deprecationReason", reason<EnumValueDef>);
  binder.type<DirectiveDef>("__Directive")
      .field("name", &DirectiveDef::name)
      .field("description", &DirectiveDef::description)
      .field("isRepeatable", &DirectiveDef::repeatable)
      .field("locations", &DirectiveDef::locations)
      .field("args", [](const DirectiveDef& directive, const Args& args) {
        return visible(directive.args, args);
      });
}

}  // namespace

void bind_introspection(Binder& binder) {
  binder.type<Schema>("__Schema")
      .field("description", &Schema::description)
      .field("types", [](const Schema& schema) { return references(schema.types()); })
      .field("queryType", [](const Schema& schema) { return reference(schema.query()); })
      .field("mutationType", [](const Schema& schema) { return reference(schema.mutation()); })
      .field("subscriptionType",
             [](const Schema& schema) { return reference(schema.subscription()); })
      .field("directives", &Schema::directives);
  bind_type(binder);
  bind_members(binder);
}

TypeBinding introspection_root(const Schema& schema) {
  TypeBinding binding;
  // The parent is the host's query root, of a class not known here; it is not looked at.
  binding.fields["__schema"] = bind_direct<char>([&schema](const char&) { return &schema; });
  binding.fields["__type"] = bind_direct<char>([&schema](const char&, const Args& args) {
    return reference(schema.find_type(args.get<std::string_view>("name")));
  });
  return binding;
}

}  // namespace graphql::detail
