// SPDX-License-Identifier: MIT
#include "graphql/value.h"

#include "graphql/context.h"

namespace graphql {
namespace {

const Value kNull;

}  // namespace

const Value* Value::find(std::string_view name) const {
  const auto* members = std::get_if<Object>(&data_);
  if (members == nullptr) return nullptr;
  for (const Member& member : *members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

const Value& Value::operator[](std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr ? *value : kNull;
}

const Value& Args::operator[](std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr ? *value : kNull;
}

}  // namespace graphql
