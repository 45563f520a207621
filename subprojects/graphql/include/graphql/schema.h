// SPDX-License-Identifier: MIT
#pragma once

// A GraphQL schema, made from SDL text, checked, immutable. Shared by any number of threads.

#include "graphql/error.h"
#include "graphql/limits.h"
#include "graphql/value.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace graphql {

struct NamedType;
enum class OperationKind;

// A reference to a type as a field or argument declares it: T, [T], T!. Owned by the schema; equal
// references are the same object.
struct Type {
  enum class Kind { named, list, non_null };
  Kind kind = Kind::named;
  const Type* of = nullptr;          // inside list and non_null
  const NamedType* named = nullptr;  // the innermost type, never null

  bool is_non_null() const { return kind == Kind::non_null; }
  // Without the outermost "!".
  const Type& nullable() const { return is_non_null() ? *of : *this; }
  std::string to_string() const;
};

struct AppliedDeprecation {
  std::string reason;
};

// An argument of a field or directive, or a field of an input object.
struct InputDef {
  std::string name;
  std::optional<std::string> description;
  const Type* type = nullptr;
  std::optional<Value> default_value;  // as written, not coerced
  std::optional<AppliedDeprecation> deprecated;

  bool required() const { return type->is_non_null() && !default_value; }
};

struct FieldDef {
  std::string name;
  std::optional<std::string> description;
  std::vector<InputDef> args;
  const Type* type = nullptr;
  std::optional<AppliedDeprecation> deprecated;
  std::uint32_t index = 0;  // among the fields of its type

  const InputDef* find_arg(std::string_view name) const;
};

struct EnumValueDef {
  std::string name;
  std::optional<std::string> description;
  std::optional<AppliedDeprecation> deprecated;
};

enum class TypeKind { scalar, object, interface, union_type, enumeration, input_object };

struct NamedType {
  TypeKind kind = TypeKind::scalar;
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> specified_by_url;  // of a scalar
  std::vector<FieldDef> fields;                 // of object, interface
  std::vector<const NamedType*> interfaces;     // of object, interface
  // Of a union: its members. Of an interface: the objects that implement it.
  std::vector<const NamedType*> possible_types;
  std::vector<EnumValueDef> enum_values;
  std::vector<InputDef> input_fields;
  const Type* reference = nullptr;  // to this type, unwrapped
  bool built_in = false;
  std::uint32_t index = 0;  // among all types of the schema
  std::unordered_map<std::string_view, std::uint32_t>
      member_index;  // fields, input fields or values

  bool is_leaf() const { return kind == TypeKind::scalar || kind == TypeKind::enumeration; }
  bool is_composite() const { return !is_leaf() && kind != TypeKind::input_object; }
  bool is_abstract() const { return kind == TypeKind::interface || kind == TypeKind::union_type; }
  bool is_input() const { return is_leaf() || kind == TypeKind::input_object; }
  bool is_output() const { return kind != TypeKind::input_object; }
  const FieldDef* find_field(std::string_view name) const;
  const InputDef* find_input_field(std::string_view name) const;
  const EnumValueDef* find_enum_value(std::string_view name) const;
  // Is the object type this type, a member of this union, an implementation of this interface?
  bool is_possible(const NamedType& object) const {
    const std::size_t word = object.index / 64;
    return this == &object ||
           (word < possible_bits.size() && (possible_bits[word] >> (object.index % 64) & 1U) != 0);
  }
  // As is_possible, also for interfaces that implement this interface.
  bool includes(const NamedType& type) const;
  // Is there an object type that is possible for both?
  bool overlaps(const NamedType& other) const;
  std::vector<std::uint64_t> possible_bits;  // of possible_types, by index
};

struct DirectiveDef {
  std::string name;
  std::optional<std::string> description;
  std::vector<InputDef> args;
  std::vector<std::string> locations;
  bool repeatable = false;
  bool built_in = false;

  const InputDef* find_arg(std::string_view name) const;
  bool allowed_at(std::string_view location) const;
};

namespace detail {
class SchemaBuilder;
}

class Schema {
 public:
  // Errors have locations in the text. The built-in scalars, directives and the introspection types
  // are added.
  static Expected<std::shared_ptr<const Schema>, Errors> parse(std::string_view sdl);

  const NamedType* find_type(std::string_view name) const;
  const DirectiveDef* find_directive(std::string_view name) const;
  const NamedType* query() const { return query_; }
  const NamedType* mutation() const { return mutation_; }
  const NamedType* subscription() const { return subscription_; }
  // The root type of a kind of operation; null when there is none.
  const NamedType* root(OperationKind kind) const;
  const std::optional<std::string>& description() const { return description_; }
  // In the order of the text, built-in ones last.
  const std::vector<const NamedType*>& types() const { return types_; }
  const std::vector<const DirectiveDef*>& directives() const { return directives_; }
  // The type reference of a name, and its wrappings, where the schema uses them; else null.
  const Type* find_reference(std::string_view text) const;
  // SDL of everything but the built-in definitions.
  std::string print() const;

  // Use parse().
  Schema();
  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

 private:
  friend class detail::SchemaBuilder;

  std::vector<std::unique_ptr<NamedType>> owned_types_;
  std::vector<std::unique_ptr<DirectiveDef>> owned_directives_;
  std::unordered_map<std::string, std::unique_ptr<Type>> references_;
  std::unordered_map<std::string_view, const NamedType*> type_index_;
  std::vector<const NamedType*> types_;
  std::vector<const DirectiveDef*> directives_;
  const NamedType* query_ = nullptr;
  const NamedType* mutation_ = nullptr;
  const NamedType* subscription_ = nullptr;
  std::optional<std::string> description_;
};

}  // namespace graphql
