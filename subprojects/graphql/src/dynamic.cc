// SPDX-License-Identifier: MIT

// Values as results: checked against the schema while they are written.

#include "execute.h"
#include "literal.h"

namespace graphql::detail {
namespace {

Failure cannot(const NamedType& type, std::string_view what, const Value& value) {
  return {type.name + " cannot represent " + std::string(what) + ": " + inspect_value(value), {}};
}

}  // namespace

std::optional<Failure> write_dynamic_leaf(const NamedType& type, const ScalarBinding* binding,
                                          const Coercion& coercion, const Value& value,
                                          Writer& writer);

bool Frame::dynamic(const Type& type, const Value& value) {
  if (value.is_null()) return null(type);
  const Type& nullable = type.nullable();
  if (nullable.kind == Type::Kind::list) {
    if (!value.is_list()) {
      return fail(type, {"Expected Iterable, but did not find one for field \"" +
                             field_.parent->name + "." + field_.def->name + "\".",
                         {}});
    }
    if (composite() && nullable.of->nullable().kind == Type::Kind::named) {
      std::vector<ObjectRef> objects;
      for (const Value& item : value.list()) {
        objects.push_back(item.is_null() ? ObjectRef{}
                                         : ObjectRef{&item, token_of<Value>(), type_name(item)});
      }
      return this->objects(type, objects);
    }
    List list(*this, type);
    for (const Value& item : value.list()) {
      if (!list.next() || !dynamic(list.item_type(), item)) return list.finish(false);
    }
    return list.finish(true);
  }
  const NamedType& named = *nullable.named;
  if (named.is_composite()) return object(type, {&value, token_of<Value>(), type_name(value)});
  std::string& buffer = execution_.buffer();
  const std::size_t mark = buffer.size();
  const EngineState& engine = execution_.engine();
  const auto failure = write_dynamic_leaf(named, engine.leaf_types[named.index],
                                          engine.options.coercion, value, execution_.writer());
  if (!failure) return true;
  buffer.resize(mark);
  return fail(type, *failure);
}

std::string_view Frame::type_name(const Value& value) const {
  if (!field_.def->type->named->is_abstract()) return {};
  const Value& name = value["__typename"];
  return name.is_string() ? std::string_view(name.string()) : "?";
}

std::optional<Failure> write_dynamic_leaf(const NamedType& type, const ScalarBinding* binding,
                                          const Coercion& coercion, const Value& value,
                                          Writer& writer) {
  const auto delegate = [&](const auto& typed) -> std::optional<Failure> {
    return binding->writers.at(token_of<decltype(typed)>())(&typed, writer);
  };
  if (binding != nullptr) {
    const auto own = binding->writers.find(token_of<Value>());
    if (own != binding->writers.end()) return own->second(&value, writer);
  }
  if (type.kind == TypeKind::enumeration) {
    const bool known =
        (value.is_string() || value.is_word()) && type.find_enum_value(value.string()) != nullptr;
    if (!known) {
      return Failure{"Enum \"" + type.name + "\" cannot represent value: " + inspect_value(value),
                     {}};
    }
    writer.string(value.string());
    return std::nullopt;
  }
  if (!type.built_in) {
    writer.value(value);
    return std::nullopt;
  }
  using Kind = Value::Kind;
  const Kind kind = value.kind();
  if (type.name == "Boolean") {
    if (kind == Kind::boolean) return delegate(value.boolean());
    if (kind == Kind::integer || kind == Kind::number) return delegate(value.number() != 0);
    return cannot(type, "a non boolean value", value);
  }
  if (type.name == "String") {
    if (kind == Kind::string || kind == Kind::word) return delegate(value.string());
    if (kind == Kind::boolean) return delegate(std::string(value.boolean() ? "true" : "false"));
    if (kind == Kind::integer || kind == Kind::number) return delegate(print_value(value));
    return cannot(type, "value", value);
  }
  if (type.name == "ID") {
    if (kind == Kind::string || kind == Kind::word) return delegate(value.string());
    if (kind == Kind::integer && coercion.id_as_number) return delegate(value.integer());
    if (kind == Kind::integer || kind == Kind::number) return delegate(print_value(value));
    return cannot(type, "value", value);
  }
  const bool whole = type.name == "Int";
  Value number = value;
  if (kind == Kind::boolean) number = Value(std::int64_t{value.boolean() ? 1 : 0});
  if (kind == Kind::string) {
    auto parsed = parse_json(value.string());
    if (parsed && (parsed->is_integer() || parsed->is_number())) number = *parsed;
  }
  if (number.is_integer()) return delegate(number.integer());
  if (!number.is_number()) {
    return cannot(type, whole ? "non-integer value" : "non numeric value", value);
  }
  if (!whole) return delegate(number.number());
  constexpr double kExact = 9007199254740992.0;
  if (number.number() != static_cast<double>(static_cast<std::int64_t>(
                             std::abs(number.number()) < kExact ? number.number() : 0.5))) {
    return cannot(type, "non-integer value", value);
  }
  return delegate(static_cast<std::int64_t>(number.number()));
}

}  // namespace graphql::detail
