// SPDX-License-Identifier: MIT
#include "graphql/context.h"

#include "execute.h"

#include <algorithm>
#include <stdexcept>

namespace graphql {
namespace {

using detail::Execution;
using detail::PlanField;

std::vector<const NamedType*> object_types(const NamedType& type) {
  if (type.kind == TypeKind::object) return {&type};
  return type.possible_types;
}

bool selects_below(const Execution& execution, const PlanField& field, std::string_view path) {
  const auto dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  for (const NamedType* type : object_types(*field.def->type->named)) {
    for (const PlanField& below : execution.plan().below(field, *type).fields) {
      if (below.nodes.front()->name.text != name) continue;
      if (dot == path.npos) return true;
      if (!below.is_typename && selects_below(execution, below, path.substr(dot + 1))) return true;
    }
  }
  return false;
}

}  // namespace

bool Context::selects(std::string_view path) const {
  return selects_below(*execution_, *field_, path);
}

std::vector<std::string_view> Context::selected() const {
  std::vector<std::string_view> names;
  for (const NamedType* type : object_types(*field_->def->type->named)) {
    for (const PlanField& below : execution_->plan().below(*field_, *type).fields) {
      const std::string_view name = below.nodes.front()->name.text;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

std::string_view Context::field_name() const { return field_->def->name; }
std::string_view Context::parent_type() const { return field_->parent->name; }
const StopSignal& Context::stop() const { return execution_->request().stop; }

void* Context::host_pointer(TypeToken token) const {
  const Request& request = execution_->request();
  if (request.host_token != token) {
    throw std::logic_error("host context is not of type " + std::string(token->name));
  }
  return request.host;
}

}  // namespace graphql
