// SPDX-License-Identifier: MIT

// Rules on whole definitions: executable, unique and lone names, fragments used and without cycles,
// subscriptions with one field.

#include "validation.h"

#include <map>

namespace graphql::detail {

void Validation::check_definitions() {
  for (const ast::TypeSystemDef& def : document_.type_system) {
    const bool schema = def.kind == ast::TypeSystemDef::Kind::schema;
    const std::string name = schema ? "schema" : "\"" + std::string(def.name.text) + "\"";
    report("ExecutableDefinitions", "The " + name + " definition is not executable.", {def.at});
  }
}

void Validation::check_operation_names() {
  std::unordered_map<std::string_view, ast::Position> seen;
  for (const ast::Operation& operation : document_.operations) {
    if (operation.name.empty()) {
      if (document_.operations.size() > 1) {
        report("LoneAnonymousOperation",
               "This anonymous operation must be the only defined operation.", {operation.at});
      }
      continue;
    }
    const auto [first, fresh] = seen.emplace(operation.name.text, operation.name.at);
    if (fresh) continue;
    report("UniqueOperationNames",
           "There can be only one operation named \"" + std::string(operation.name.text) + "\".",
           {first->second, operation.name.at});
  }
}

void Validation::check_fragment_names() {
  std::unordered_map<std::string_view, ast::Position> seen;
  for (const ast::Fragment& fragment : document_.fragments) {
    const auto [first, fresh] = seen.emplace(fragment.name.text, fragment.name.at);
    if (fresh) continue;
    report("UniqueFragmentNames",
           "There can be only one fragment named \"" + std::string(fragment.name.text) + "\".",
           {first->second, fragment.name.at});
  }
}

void Validation::check_fragments_used() {
  std::unordered_set<std::string_view> used;
  std::vector<const References*> open;
  for (const ast::Operation& operation : document_.operations) {
    open.push_back(&references_[&operation]);
  }
  while (!open.empty()) {
    const References* references = open.back();
    open.pop_back();
    for (const ast::Selection* spread : references->spreads) {
      const auto fragment = fragments_.find(spread->name.text);
      if (fragment == fragments_.end() || !used.insert(spread->name.text).second) continue;
      open.push_back(&references_[fragment->second]);
    }
  }
  for (const ast::Fragment& fragment : document_.fragments) {
    if (used.contains(fragment.name.text)) continue;
    report("NoUnusedFragments",
           "Fragment \"" + std::string(fragment.name.text) + "\" is never used.", {fragment.at});
  }
}

void Validation::check_cycles() {
  for (const ast::Fragment& fragment : document_.fragments) find_cycles(fragment);
}

namespace {

// The order that decides where a cycle is said to begin: spreads of a selection set before those of
// the sets inside it, of which the last comes first.
std::vector<const ast::Selection*> spreads_of(const ast::Fragment& fragment) {
  std::vector<const ast::Selection*> spreads;
  std::vector<const ast::SelectionSet*> open{fragment.set};
  while (!open.empty()) {
    const ast::SelectionSet* set = open.back();
    open.pop_back();
    for (const ast::Selection& selection : set->selections) {
      if (selection.kind == ast::Selection::Kind::spread) {
        spreads.push_back(&selection);
      } else if (selection.set != nullptr) {
        open.push_back(selection.set);
      }
    }
  }
  return spreads;
}

}  // namespace

// Depth first; a spread of a fragment on the current path closes a cycle. Each fragment is searched
// once, its depth is bounded by Limits::fragments.
void Validation::find_cycles(const ast::Fragment& fragment) {
  if (!searched_.insert(fragment.name.text).second) return;
  path_index_[fragment.name.text] = path_.size();
  for (const ast::Selection* spread : spreads_of(fragment)) {
    if (done()) break;
    const auto target = fragments_.find(spread->name.text);
    if (target == fragments_.end()) continue;
    path_.push_back(spread);
    const auto on_path = path_index_.find(spread->name.text);
    if (on_path == path_index_.end()) {
      find_cycles(*target->second);
    } else {
      cyclic_ = true;
      std::vector<ast::Position> at;
      std::string via;
      for (std::size_t i = on_path->second; i < path_.size(); ++i) {
        at.push_back(path_[i]->at);
        if (i + 1 == path_.size()) break;
        via.append(via.empty() ? " via \"" : ", \"").append(path_[i]->name.text).append("\"");
      }
      report("NoFragmentCycles",
             "Cannot spread fragment \"" + std::string(spread->name.text) + "\" within itself" +
                 via + ".",
             std::move(at));
    }
    path_.pop_back();
  }
  path_index_.erase(fragment.name.text);
}

namespace {

// Root fields of a subscription by key, fragments expanded, conditions taken as true.
struct RootFields {
  const Schema& schema;
  const Fragments& fragments;
  const NamedType& root;
  std::unordered_set<std::string_view> visited;
  std::vector<std::pair<std::string_view, std::vector<const ast::Selection*>>> fields;

  bool applies(std::string_view name) const {
    const NamedType* type = schema.find_type(name);
    return type != nullptr && type->is_possible(root);
  }

  void collect(const ast::SelectionSet& set) {
    for (const ast::Selection& selection : set.selections) {
      if (selection.kind == ast::Selection::Kind::field) {
        add(selection);
      } else if (selection.kind == ast::Selection::Kind::inline_fragment) {
        if (selection.name.empty() || applies(selection.name.text)) collect(*selection.set);
      } else if (visited.insert(selection.name.text).second) {
        const auto fragment = fragments.find(selection.name.text);
        if (fragment != fragments.end() && applies(fragment->second->on.text)) {
          collect(*fragment->second->set);
        }
      }
    }
  }

  void add(const ast::Selection& field) {
    for (auto& [key, nodes] : fields) {
      if (key == field.key()) return nodes.push_back(&field);
    }
    fields.push_back({field.key(), {&field}});
  }
};

}  // namespace

void Validation::check_subscription(const ast::Operation& operation) {
  if (operation.kind != OperationKind::subscription || schema_.subscription() == nullptr) return;
  RootFields roots{schema_, fragments_, *schema_.subscription(), {}, {}};
  roots.collect(*operation.set);
  const std::string subject = operation.name.empty()
                                  ? "Anonymous Subscription"
                                  : "Subscription \"" + std::string(operation.name.text) + "\"";
  if (roots.fields.size() > 1) {
    std::vector<ast::Position> at;
    for (std::size_t i = 1; i < roots.fields.size(); ++i) {
      for (const ast::Selection* node : roots.fields[i].second) at.push_back(node->at);
    }
    report("SingleFieldSubscriptions", subject + " must select only one top level field.",
           std::move(at));
  }
  for (const auto& [key, nodes] : roots.fields) {
    if (!nodes.front()->name.text.starts_with("__")) continue;
    std::vector<ast::Position> at;
    for (const ast::Selection* node : nodes) at.push_back(node->at);
    report("SingleFieldSubscriptions",
           subject + " must not select an introspection top level field.", std::move(at));
  }
}

}  // namespace graphql::detail
