// SPDX-License-Identifier: MIT
#include "graphql/schema.h"

#include "graphql/ast.h"

#include <algorithm>

namespace graphql {
namespace {

template <class Items>
auto find_named(const Items& items, std::string_view name) -> decltype(&items[0]) {
  for (const auto& item : items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

template <class Items>
auto find_indexed(const NamedType& type, const Items& items, std::string_view name)
    -> decltype(&items[0]) {
  const auto found = type.member_index.find(name);
  if (found == type.member_index.end() || found->second >= items.size()) return nullptr;
  return &items[found->second];
}

}  // namespace

std::string Type::to_string() const {
  switch (kind) {
    case Kind::list:
      return "[" + of->to_string() + "]";
    case Kind::non_null:
      return of->to_string() + "!";
    case Kind::named:
      break;
  }
  return named->name;
}

const InputDef* FieldDef::find_arg(std::string_view arg) const { return find_named(args, arg); }
const InputDef* DirectiveDef::find_arg(std::string_view arg) const { return find_named(args, arg); }

bool DirectiveDef::allowed_at(std::string_view location) const {
  return std::find(locations.begin(), locations.end(), location) != locations.end();
}

const FieldDef* NamedType::find_field(std::string_view field) const {
  return find_indexed(*this, fields, field);
}
const InputDef* NamedType::find_input_field(std::string_view field) const {
  return find_indexed(*this, input_fields, field);
}
const EnumValueDef* NamedType::find_enum_value(std::string_view value) const {
  return find_indexed(*this, enum_values, value);
}

bool NamedType::includes(const NamedType& type) const {
  return is_possible(type) ||
         std::find(type.interfaces.begin(), type.interfaces.end(), this) != type.interfaces.end();
}

bool NamedType::overlaps(const NamedType& other) const {
  if (this == &other) return true;
  if (!is_abstract()) return other.is_possible(*this);
  if (!other.is_abstract()) return is_possible(other);
  const std::size_t words = std::min(possible_bits.size(), other.possible_bits.size());
  for (std::size_t i = 0; i < words; ++i) {
    if ((possible_bits[i] & other.possible_bits[i]) != 0) return true;
  }
  return false;
}

Schema::Schema() = default;
Schema::~Schema() = default;

const NamedType* Schema::root(OperationKind kind) const {
  switch (kind) {
    case OperationKind::query:
      return query_;
    case OperationKind::mutation:
      return mutation_;
    case OperationKind::subscription:
      return subscription_;
  }
  return nullptr;
}

const NamedType* Schema::find_type(std::string_view name) const {
  const auto found = type_index_.find(name);
  return found != type_index_.end() ? found->second : nullptr;
}

const DirectiveDef* Schema::find_directive(std::string_view name) const {
  for (const DirectiveDef* directive : directives_) {
    if (directive->name == name) return directive;
  }
  return nullptr;
}

const Type* Schema::find_reference(std::string_view text) const {
  const auto found = references_.find(std::string(text));
  return found != references_.end() ? found->second.get() : nullptr;
}

}  // namespace graphql
