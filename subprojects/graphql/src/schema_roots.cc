// SPDX-License-Identifier: MIT

// What a schema has as a whole: its roots, its built-in scalars, the possible types of its abstract
// ones.

#include "schema_build.h"

namespace graphql::detail {
namespace {

struct Root {
  std::string_view word, title;
};

constexpr Root kRoots[] = {
    {"query", "Query"}, {"mutation", "Mutation"}, {"subscription", "Subscription"}};

}  // namespace

void SchemaBuilder::set_roots(const Def& def) {
  for (const ast::RootOperation& root : def.roots) {
    const NamedType* type = find(root.type.text);
    if (type == nullptr) {
      fail(root.type.at, "Unknown type \"" + std::string(root.type.text) + "\".");
    }
    const auto kind = static_cast<std::size_t>(root.kind);
    if (!roots_.emplace(root.kind, root.type.at).second) {
      fail(root.at, "There can be only one " + std::string(kRoots[kind].word) + " type in schema.");
    } else if (type != nullptr) {
      set_root(root.kind, *type);
    }
  }
}

void SchemaBuilder::set_root(OperationKind kind, const NamedType& type) {
  const NamedType** slots[] = {&schema_->query_, &schema_->mutation_, &schema_->subscription_};
  const auto index = static_cast<std::size_t>(kind);
  *slots[index] = &type;
  if (type.kind == TypeKind::object) return;
  fault(roots_.at(kind), std::string(kRoots[index].title) + " root type must be Object type" +
                             (kind == OperationKind::query ? "" : " if provided") +
                             ", it cannot be " + type.name + ".");
}

void SchemaBuilder::use_default_roots() {
  for (std::size_t i = 0; i < std::size(kRoots) && !has_schema_definition_; ++i) {
    const auto kind = static_cast<OperationKind>(i);
    const NamedType* type = find(kRoots[i].title);
    if (type == nullptr || !roots_.emplace(kind, positions_[type->name]).second) continue;
    set_root(kind, *type);
  }
  if (schema_->query_ == nullptr) fault(0, "Query root type must be provided.");
}

// A built-in scalar that nothing refers to does not exist (specification 3.5).
void SchemaBuilder::drop_unused_scalars() {
  std::set<const NamedType*> used = named_scalars_;
  const auto use = [&](const std::vector<InputDef>& inputs) {
    for (const InputDef& input : inputs) used.insert(input.type->named);
  };
  for (const auto& type : schema_->owned_types_) {
    use(type->input_fields);
    // Also where a scalar may not stand: check_schema() says so.
    used.insert(type->interfaces.begin(), type->interfaces.end());
    used.insert(type->possible_types.begin(), type->possible_types.end());
    for (const FieldDef& field : type->fields) {
      used.insert(field.type->named);
      use(field.args);
    }
  }
  for (const DirectiveDef* directive : schema_->directives_) use(directive->args);
  const auto unused = [&](const NamedType* type) {
    return type->built_in && type->kind == TypeKind::scalar && !used.contains(type);
  };
  std::erase_if(schema_->types_, unused);
  std::erase_if(schema_->type_index_, [&](const auto& entry) { return unused(entry.second); });
  std::erase_if(schema_->references_,
                [&](const auto& entry) { return unused(entry.second->named); });
  std::erase_if(by_name_, [&](const auto& entry) { return unused(entry.second); });
  std::erase_if(schema_->owned_types_, [&](const auto& type) { return unused(type.get()); });
  std::uint32_t index = 0;
  for (const auto& type : schema_->owned_types_) type->index = index++;
}

void SchemaBuilder::collect_possible_types() {
  for (const auto& type : schema_->owned_types_) {
    if (type->kind != TypeKind::object) continue;
    for (const NamedType* interface : type->interfaces) {
      find(interface->name)->possible_types.push_back(type.get());
    }
  }
  for (const auto& type : schema_->owned_types_) {
    if (!type->is_abstract()) continue;
    type->possible_bits.resize(schema_->owned_types_.size() / 64 + 1);
    for (const NamedType* object : type->possible_types) {
      type->possible_bits[object->index / 64] |= std::uint64_t{1} << (object->index % 64);
    }
  }
}

}  // namespace graphql::detail
