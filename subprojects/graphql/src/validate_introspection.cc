// SPDX-License-Identifier: MIT

// Introspection: may be switched off, and must not go round in circles through the lists of a type.

#include "validation.h"

#include <algorithm>

namespace graphql::detail {

void Validation::check_introspection(const ast::Selection& field) {
  constexpr std::size_t kMostLists = 3;
  if (!introspection_) {
    return report("NoSchemaIntrospection",
                  "GraphQL introspection has been disabled, but the requested query contained the "
                  "field \"" +
                      std::string(field.name.text) + "\".",
                  {field.at});
  }
  if (type_lists(field) < kMostLists) return;
  report("MaxIntrospectionDepth", "Maximum introspection depth exceeded", {field.at});
}

// How many lists of types or fields lie inside each other, at most.
std::size_t Validation::type_lists(const ast::Selection& selection) {
  if (selection.kind == ast::Selection::Kind::spread) {
    const auto [known, fresh] = type_lists_.emplace(selection.name.text, 0);
    const auto fragment = fragments_.find(selection.name.text);
    if (!fresh || fragment == fragments_.end()) return known->second;
    const std::size_t lists = type_lists(*fragment->second->set);
    type_lists_[selection.name.text] = lists;
    return lists;
  }
  const std::string_view name = selection.name.text;
  const bool list = selection.kind == ast::Selection::Kind::field &&
                    (name == "fields" || name == "interfaces" || name == "possibleTypes" ||
                     name == "inputFields");
  const std::size_t below = selection.set != nullptr ? type_lists(*selection.set) : 0;
  return below + (list ? 1 : 0);
}

std::size_t Validation::type_lists(const ast::SelectionSet& set) {
  std::size_t most = 0;
  for (const ast::Selection& selection : set.selections) {
    most = std::max(most, type_lists(selection));
  }
  return most;
}

}  // namespace graphql::detail
