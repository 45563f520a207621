// SPDX-License-Identifier: MIT
#include "cost.h"

#include "conditions.h"

#include <algorithm>
#include <unordered_map>

namespace graphql::detail {
namespace {

class Counter {
 public:
  Counter(const EngineState& engine, const ast::Document& document, const Value::Object& variables,
          Patience& patience)
      : engine_(engine),
        variables_(variables),
        patience_(patience),
        most_(engine.options.limits.complexity + 1) {
    for (const ast::Fragment& fragment : document.fragments) {
      fragments_.emplace(fragment.name.text, &fragment);
    }
  }

  std::size_t count(const ast::SelectionSet& set, const NamedType* parent) {
    std::size_t sum = 0;
    for (const ast::Selection& selection : set.selections) {
      if (patience_.over()) return most_;
      if (!selection.directives.empty()) {
        constant_ = false;
        if (!is_included(selection, variables_)) continue;
      }
      sum = std::min(sum + count(selection, parent), most_);
    }
    return sum;
  }

  bool constant() const { return constant_; }

 private:
  std::size_t count(const ast::Selection& selection, const NamedType* parent) {
    if (selection.kind == ast::Selection::Kind::field) return count_field(selection, parent);
    if (selection.kind == ast::Selection::Kind::inline_fragment) {
      const NamedType* type =
          selection.name.empty() ? parent : engine_.schema->find_type(selection.name.text);
      return count(*selection.set, type);
    }
    const auto [known, fresh] = costs_.emplace(selection.name.text, 0);
    if (fresh) {
      const ast::Fragment& fragment = *fragments_.at(selection.name.text);
      const std::size_t cost = count(*fragment.set, engine_.schema->find_type(fragment.on.text));
      costs_[selection.name.text] = cost;
      return cost;
    }
    return known->second;
  }

  std::size_t count_field(const ast::Selection& field, const NamedType* parent) {
    if (field.set == nullptr) return 1;
    const FieldDef* def = parent->find_field(field.name.text);
    const NamedType* below = def != nullptr ? def->type->named : meta_type(field.name.text);
    const std::size_t inside = count(*field.set, below);
    const std::size_t size = def != nullptr ? list_size(*def, field) : 1;
    if (size == 0 || inside == 0) return 1;
    return inside > most_ / size ? most_ : 1 + inside * size;
  }

  const NamedType* meta_type(std::string_view field) const {
    return engine_.schema->find_type(field == "__schema" ? "__Schema" : "__Type");
  }

  std::size_t list_size(const FieldDef& def, const ast::Selection& field) {
    const auto found = engine_.list_sizes.find(&def);
    if (found == engine_.list_sizes.end()) return 1;
    const ListSize& size = found->second;
    if (size.argument.empty()) return size.fallback;
    constant_ = false;
    if (patience_.over_now()) return 1;
    const auto args = engine_.inputs->arguments(def.args, field.args, field.at, variables_);
    if (!args) return 1;
    std::string_view path = size.argument;
    const Value* value = args->find(path.substr(0, path.find('.')));
    while (value != nullptr && path.find('.') != path.npos) {
      path.remove_prefix(path.find('.') + 1);
      value = value->find(path.substr(0, path.find('.')));
    }
    if (value != nullptr && value->is_list()) return value->list().size();
    if (value == nullptr || !value->is_integer()) return size.fallback;
    return value->integer() < 0 ? size.most : static_cast<std::size_t>(value->integer());
  }

  const EngineState& engine_;
  const Value::Object& variables_;
  Patience& patience_;
  std::size_t most_;
  bool constant_ = true;
  std::unordered_map<std::string_view, const ast::Fragment*> fragments_;
  std::unordered_map<std::string_view, std::size_t> costs_;
};

}  // namespace

Cost operation_cost(const EngineState& engine, const ast::Document& document,
                    const ast::Operation& operation, const Value::Object& variables,
                    Patience& patience) {
  Counter counter(engine, document, variables, patience);
  Cost cost;
  cost.fields = counter.count(*operation.set, engine.schema->root(operation.kind));
  cost.constant = counter.constant() && !patience.over();
  return cost;
}

}  // namespace graphql::detail
