// SPDX-License-Identifier: MIT
#include "overlap.h"

#include "literal.h"

#include <algorithm>
#include <map>

namespace graphql::detail {

namespace {

// A field's name and its arguments in order of their names.
std::string signature_text(const ast::Selection& field) {
  std::vector<const ast::Argument*> args;
  for (const ast::Argument& arg : field.args) args.push_back(&arg);
  std::sort(args.begin(), args.end(), [](const ast::Argument* a, const ast::Argument* b) {
    return a->name.text < b->name.text;
  });
  std::string text(field.name.text);
  for (const ast::Argument* arg : args) {
    text.append("\n").append(arg->name.text).append(":").append(print_sorted_literal(arg->value));
  }
  return text;
}

}  // namespace

std::size_t Signatures::of(const ast::Selection& field) {
  const auto [entry, fresh] = numbers_.emplace(&field, 0);
  if (fresh) entry->second = texts_.emplace(signature_text(field), texts_.size()).first->second;
  return entry->second;
}

bool types_conflict(const Type& a, const Type& b) {
  if (a.kind != b.kind) return true;
  if (a.kind != Type::Kind::named) return types_conflict(*a.of, *b.of);
  return (a.named->is_leaf() || b.named->is_leaf()) && a.named != b.named;
}

const FieldDef* declared_field(const NamedType* parent, std::string_view name) {
  const bool has_fields = parent != nullptr &&
                          (parent->kind == TypeKind::object || parent->kind == TypeKind::interface);
  return has_fields ? parent->find_field(name) : nullptr;
}

const NamedType* type_below_field(const Schema& schema, const NamedType* parent,
                                  std::string_view name) {
  if (parent == schema.query() && name == "__schema") return schema.find_type("__Schema");
  if (parent == schema.query() && name == "__type") return schema.find_type("__Type");
  const FieldDef* def = declared_field(parent, name);
  return def != nullptr ? def->type->named : nullptr;
}

namespace {

struct TypedSet {
  const ast::SelectionSet* set;
  const NamedType* parent;
  auto operator<=>(const TypedSet&) const = default;
};

struct Field {
  const ast::Selection* node;
  const NamedType* parent;
  const FieldDef* def;
};

class Search {
 public:
  explicit Search(const OverlapInput& input)
      : schema_(input.schema),
        fragments_(input.fragments),
        limit_(input.comparisons),
        patience_(input.patience) {}

  void run(const ast::SelectionSet& set, const NamedType* parent) {
    if (all_differ(set)) return run_below(set, parent);
    check(Pass::shape, {{&set, parent}});
    check(Pass::names, {{&set, parent}});
  }
  OverlapSearch result;

 private:
  enum class Pass { shape, names };

  bool done() const { return result.verdict != OverlapVerdict::fine; }

  // As most selection sets are: fields only, each with a key of its own. Nothing is merged.
  static bool all_differ(const ast::SelectionSet& set) {
    constexpr std::size_t kMost = 32;
    const auto selections = set.selections;
    if (selections.size() > kMost) return false;
    for (std::size_t i = 0; i < selections.size(); ++i) {
      if (selections[i].kind != ast::Selection::Kind::field) return false;
      for (std::size_t j = 0; j < i; ++j) {
        if (selections[i].key() == selections[j].key()) return false;
      }
    }
    return true;
  }

  void run_below(const ast::SelectionSet& set, const NamedType* parent) {
    spend(set.selections.size());
    for (const ast::Selection& field : set.selections) {
      if (done()) return;
      if (field.set != nullptr) {
        run(*field.set, type_below_field(schema_, parent, field.name.text));
      }
    }
  }

  void spend(std::size_t work) {
    spent_ += work;
    if (done()) return;
    if (spent_ > limit_ || patience_.over()) result.verdict = OverlapVerdict::too_much;
  }

  void fail(const Field& a, const Field& b) {
    if (done()) return;
    result = {OverlapVerdict::conflict, std::string(a.node->key()), {a.node->at, b.node->at}};
  }

  // Each set of selection sets is looked at once in each pass.
  bool is_new(Pass pass, std::vector<TypedSet>& sets) {
    std::sort(sets.begin(), sets.end());
    sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
    std::string key(1, pass == Pass::shape ? 's' : 'n');
    key.append(reinterpret_cast<const char*>(sets.data()), sets.size() * sizeof(TypedSet));
    return seen_.insert(std::move(key)).second;
  }

  void check(Pass pass, std::vector<TypedSet> sets) {
    spend(sets.size());
    if (done() || !is_new(pass, sets)) return;
    std::vector<Field> fields;
    std::unordered_set<std::string_view> visited;
    for (const TypedSet& each : sets) collect(*each.set, each.parent, fields, visited);
    std::unordered_map<std::string_view, std::vector<Field>> groups;
    for (const Field& field : fields) groups[field.node->key()].push_back(field);
    for (const auto& [key, group] : groups) {
      if (done()) return;
      if (pass == Pass::shape) {
        check_shape(group);
      } else {
        check_names(group);
      }
    }
  }

  void collect(const ast::SelectionSet& set, const NamedType* parent, std::vector<Field>& fields,
               std::unordered_set<std::string_view>& visited) {
    spend(set.selections.size());
    if (done()) return;
    for (const ast::Selection& selection : set.selections) {
      if (selection.kind == ast::Selection::Kind::field) {
        fields.push_back({&selection, parent, declared_field(parent, selection.name.text)});
      } else if (selection.kind == ast::Selection::Kind::inline_fragment) {
        const NamedType* type =
            selection.name.empty() ? nullptr : schema_.find_type(selection.name.text);
        collect(*selection.set, type != nullptr ? type : parent, fields, visited);
      } else if (visited.insert(selection.name.text).second) {
        const auto fragment = fragments_.find(selection.name.text);
        if (fragment == fragments_.end()) continue;
        collect(*fragment->second->set, schema_.find_type(fragment->second->on.text), fields,
                visited);
      }
    }
  }

  void check_below(Pass pass, const std::vector<Field>& group) {
    std::vector<TypedSet> sets;
    for (const Field& field : group) {
      if (field.node->set == nullptr) continue;
      sets.push_back(
          {field.node->set, type_below_field(schema_, field.parent, field.node->name.text)});
    }
    if (!sets.empty()) check(pass, std::move(sets));
  }

  void check_shape(const std::vector<Field>& group) {
    const Field* first = nullptr;
    for (const Field& field : group) {
      if (field.def == nullptr) continue;
      if (first == nullptr) first = &field;
      if (types_conflict(*first->def->type, *field.def->type)) return fail(*first, field);
    }
    check_below(Pass::shape, group);
  }

  // Fields of different object types never meet; all others do.
  void check_names(const std::vector<Field>& group) {
    std::map<const NamedType*, std::vector<Field>> by_object;
    std::vector<Field> anywhere;
    for (const Field& field : group) {
      const bool object = field.parent != nullptr && field.parent->kind == TypeKind::object;
      (object ? by_object[field.parent] : anywhere).push_back(field);
    }
    if (by_object.empty()) return check_same(anywhere);
    for (auto& [type, fields] : by_object) {
      spend(anywhere.size());
      if (done()) return;
      fields.insert(fields.end(), anywhere.begin(), anywhere.end());
      check_same(fields);
    }
  }

  void check_same(const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      if (signatures_.of(*field.node) != signatures_.of(*fields.front().node)) {
        return fail(fields.front(), field);
      }
    }
    check_below(Pass::names, fields);
  }

  const Schema& schema_;
  const Fragments& fragments_;
  std::size_t limit_;
  Patience& patience_;
  std::size_t spent_ = 0;
  std::unordered_set<std::string> seen_;
  Signatures signatures_;
};

}  // namespace

OverlapSearch find_overlap(const OverlapInput& input) {
  Search search(input);
  for (const ast::Operation& operation : input.document.operations) {
    search.run(*operation.set, input.schema.root(operation.kind));
  }
  for (const ast::Fragment& fragment : input.document.fragments) {
    search.run(*fragment.set, input.schema.find_type(fragment.on.text));
  }
  return search.result;
}

void Validation::check_overlaps() {
  constexpr std::string_view kRule = "OverlappingFieldsCanBeMerged";
  OverlapInput input{schema_, document_, fragments_, limits_.field_comparisons, patience_};
  OverlapSearch search{OverlapVerdict::conflict, {}, {}};
  if (!cyclic_) search = find_overlap(input);
  if (search.verdict == OverlapVerdict::fine || patience_.over()) return;
  if (search.verdict == OverlapVerdict::too_much) {
    Error error;
    error.message = "Checking which fields can be merged takes more than " +
                    std::to_string(limits_.field_comparisons) + " comparisons.";
    error.code = "LIMIT_FIELD_COMPARISONS";
    errors_.insert(errors_.begin(), std::move(error));
    return;
  }
  input.comparisons /= 10;
  OverlapReport found = report_overlaps(input, limits_.validation_errors + 1 - errors_.size());
  for (OverlapConflict& conflict : found.conflicts) {
    report(kRule, std::move(conflict.message), std::move(conflict.at));
  }
  if (!found.conflicts.empty() || search.at.empty()) return;
  report(kRule,
         "Fields \"" + search.key +
             "\" conflict. Use different aliases on the fields to fetch both if this was "
             "intentional.",
         search.at);
}

}  // namespace graphql::detail
