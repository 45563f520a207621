// SPDX-License-Identifier: MIT

// The conflicts between fields, pair by pair: within a selection set, between it and the fragments
// it spreads, and between those. Pairs of fragments are compared once.

#include "overlap.h"

#include <algorithm>
#include <map>

namespace graphql::detail {
namespace {

struct ReportedField {
  const NamedType* parent;
  const ast::Selection* node;
  const FieldDef* def;
};

// What a selection set consists of, inline fragments expanded; in order of appearance.
struct Contents {
  std::vector<std::pair<std::string_view, std::vector<ReportedField>>> fields;
  std::unordered_map<std::string_view, std::size_t> index;
  std::vector<std::string_view> fragments;
};

struct Conflict {
  std::string reason;  // "they have differing arguments"
  std::string_view key;
  std::vector<const ast::Selection*> first;
  std::vector<const ast::Selection*> second;
};

using Conflicts = std::vector<Conflict>;

class Reporter {
 public:
  Reporter(const OverlapInput& input, std::size_t most)
      : schema_(input.schema),
        fragments_(input.fragments),
        limit_(input.comparisons),
        patience_(input.patience),
        most_(most) {}

  OverlapReport report;

  // Every selection set of the document, outer ones first.
  void visit(const ast::SelectionSet& set, const NamedType* parent) {
    Conflicts conflicts;
    within(conflicts, contents(set, parent));
    for (const Conflict& conflict : conflicts) {
      if (report.conflicts.size() < most_) add(conflict);
    }
    if (report.conflicts.size() >= most_) report.complete = false;
    for (const ast::Selection& selection : set.selections) {
      if (selection.set == nullptr || !report.complete) continue;
      visit(*selection.set, type_below(selection, parent));
    }
  }

 private:
  static constexpr std::size_t kMostDepth = 300;  // of recursion, where fragments are cyclic
  static constexpr std::size_t kMostReasonBytes = 8 * 1024;

  const NamedType* type_below(const ast::Selection& selection, const NamedType* parent) const {
    if (selection.kind == ast::Selection::Kind::inline_fragment) {
      if (selection.name.empty()) return parent;
      const NamedType* type = schema_.find_type(selection.name.text);
      return type != nullptr && type->is_composite() ? type : nullptr;
    }
    const NamedType* type = type_below_field(schema_, parent, selection.name.text);
    return type != nullptr && type->is_composite() ? type : nullptr;
  }

  void add(const Conflict& conflict) {
    OverlapConflict out;
    out.message = "Fields \"" + std::string(conflict.key) + "\" conflict because " +
                  conflict.reason +
                  ". Use different aliases on the fields to fetch both if this was intentional.";
    for (const ast::Selection* node : conflict.first) out.at.push_back(node->at);
    for (const ast::Selection* node : conflict.second) out.at.push_back(node->at);
    report.conflicts.push_back(std::move(out));
  }

  bool spend() {
    if (++spent_ > limit_ || patience_.over()) report.complete = false;
    return report.complete;
  }

  const Contents& contents(const ast::SelectionSet& set, const NamedType* parent) {
    const auto [entry, fresh] = contents_.try_emplace(&set);
    if (fresh) collect(entry->second, set, parent);
    return entry->second;
  }

  const Contents& contents(const ast::Fragment& fragment) {
    return contents(*fragment.set, schema_.find_type(fragment.on.text));
  }

  void collect(Contents& out, const ast::SelectionSet& set, const NamedType* parent) {
    for (const ast::Selection& selection : set.selections) {
      if (selection.kind == ast::Selection::Kind::field) {
        const auto [entry, fresh] = out.index.emplace(selection.key(), out.fields.size());
        if (fresh) out.fields.push_back({selection.key(), {}});
        out.fields[entry->second].second.push_back(
            {parent, &selection, declared_field(parent, selection.name.text)});
      } else if (selection.kind == ast::Selection::Kind::inline_fragment) {
        const NamedType* type =
            selection.name.empty() ? nullptr : schema_.find_type(selection.name.text);
        collect(out, *selection.set, type != nullptr ? type : parent);
      } else if (std::find(out.fragments.begin(), out.fragments.end(), selection.name.text) ==
                 out.fragments.end()) {
        out.fragments.push_back(selection.name.text);
      }
    }
  }

  const ast::Fragment* fragment(std::string_view name) const {
    const auto found = fragments_.find(name);
    return found != fragments_.end() ? found->second : nullptr;
  }

  // Has the pair been compared, at least as strictly? If not, it counts as such from now on.
  template <class Pair>
  static bool remember(std::map<Pair, bool>& pairs, Pair pair, bool exclusive) {
    const auto [entry, fresh] = pairs.emplace(pair, exclusive);
    if (fresh) return false;
    if (exclusive || !entry->second) return true;
    entry->second = false;
    return false;
  }

  bool compared(std::string_view a, std::string_view b, bool exclusive) {
    if (b < a) std::swap(a, b);
    return remember(fragment_pairs_, std::make_pair(a, b), exclusive);
  }

  void within(Conflicts& out, const Contents& set) {
    for (const auto& [key, fields] : set.fields) {
      for (std::size_t i = 0; i < fields.size(); ++i) {
        for (std::size_t j = i + 1; j < fields.size(); ++j) {
          if (out.size() >= most_) return;
          compare(out, false, key, fields[i], fields[j]);
        }
      }
    }
    for (std::size_t i = 0; i < set.fragments.size(); ++i) {
      between(out, false, set, set.fragments[i]);
      for (std::size_t j = i + 1; j < set.fragments.size(); ++j) {
        between(out, false, set.fragments[i], set.fragments[j]);
      }
    }
  }

  void between(Conflicts& out, bool exclusive, const Contents& a, const Contents& b) {
    for (const auto& [key, fields] : a.fields) {
      const auto found = b.index.find(key);
      if (found == b.index.end()) continue;
      for (const ReportedField& first : fields) {
        for (const ReportedField& second : b.fields[found->second].second) {
          compare(out, exclusive, key, first, second);
        }
      }
    }
  }

  void between(Conflicts& out, bool exclusive, const Contents& set, std::string_view name) {
    const ast::Fragment* other = fragment(name);
    if (other == nullptr || !spend() || depth_ >= kMostDepth) return;
    if (remember(set_pairs_, std::make_pair(&set, name), exclusive)) return;
    const Contents& contents_of_other = contents(*other);
    if (&contents_of_other == &set) return;
    ++depth_;
    between(out, exclusive, set, contents_of_other);
    for (const std::string_view referenced : contents_of_other.fragments) {
      between(out, exclusive, set, referenced);
    }
    --depth_;
  }

  void between(Conflicts& out, bool exclusive, std::string_view a, std::string_view b) {
    if (a == b || !spend() || depth_ >= kMostDepth || compared(a, b, exclusive)) return;
    const ast::Fragment* first = fragment(a);
    const ast::Fragment* second = fragment(b);
    if (first == nullptr || second == nullptr) return;
    ++depth_;
    between(out, exclusive, contents(*first), contents(*second));
    for (const std::string_view name : contents(*second).fragments)
      between(out, exclusive, a, name);
    for (const std::string_view name : contents(*first).fragments) between(out, exclusive, name, b);
    --depth_;
  }

  void below(Conflicts& out, bool exclusive, const Contents& a, const Contents& b) {
    between(out, exclusive, a, b);
    for (const std::string_view name : b.fragments) between(out, exclusive, a, name);
    for (const std::string_view name : a.fragments) between(out, exclusive, b, name);
    for (const std::string_view first : a.fragments) {
      for (const std::string_view second : b.fragments) between(out, exclusive, first, second);
    }
  }

  static bool is_object(const NamedType* type) {
    return type != nullptr && type->kind == TypeKind::object;
  }

  void compare(Conflicts& out, bool parents_exclusive, std::string_view key, const ReportedField& a,
               const ReportedField& b) {
    if (!spend() || depth_ >= kMostDepth) return;
    const bool exclusive =
        parents_exclusive || (a.parent != b.parent && is_object(a.parent) && is_object(b.parent));
    const auto fail = [&](std::string reason) {
      out.push_back({std::move(reason), key, {a.node}, {b.node}});
    };
    if (!exclusive) {
      if (a.node->name.text != b.node->name.text) {
        return fail("\"" + std::string(a.node->name.text) + "\" and \"" +
                    std::string(b.node->name.text) + "\" are different fields");
      }
      if (signatures_.of(*a.node) != signatures_.of(*b.node)) {
        return fail("they have differing arguments");
      }
    }
    if (a.def != nullptr && b.def != nullptr && types_conflict(*a.def->type, *b.def->type)) {
      return fail("they return conflicting types \"" + a.def->type->to_string() + "\" and \"" +
                  b.def->type->to_string() + "\"");
    }
    if (a.node->set == nullptr || b.node->set == nullptr) return;
    const NamedType* type_a = a.def != nullptr ? a.def->type->named : nullptr;
    const NamedType* type_b = b.def != nullptr ? b.def->type->named : nullptr;
    Conflicts inner;
    ++depth_;
    below(inner, exclusive, contents(*a.node->set, type_a), contents(*b.node->set, type_b));
    --depth_;
    if (!inner.empty()) out.push_back(merge(key, a, b, inner));
  }

  static Conflict merge(std::string_view key, const ReportedField& a, const ReportedField& b,
                        const Conflicts& inner) {
    Conflict merged{{}, key, {a.node}, {b.node}};
    for (const Conflict& each : inner) {
      if (merged.reason.size() > kMostReasonBytes) break;
      merged.reason.append(merged.reason.empty() ? "subfields \"" : " and subfields \"")
          .append(each.key)
          .append("\" conflict because ")
          .append(each.reason);
      merged.first.insert(merged.first.end(), each.first.begin(), each.first.end());
      merged.second.insert(merged.second.end(), each.second.begin(), each.second.end());
    }
    return merged;
  }

  const Schema& schema_;
  const Fragments& fragments_;
  std::size_t limit_;
  Patience& patience_;
  std::size_t most_;
  Signatures signatures_;
  std::size_t spent_ = 0;
  std::size_t depth_ = 0;
  std::unordered_map<const ast::SelectionSet*, Contents> contents_;
  std::map<std::pair<const Contents*, std::string_view>, bool> set_pairs_;
  std::map<std::pair<std::string_view, std::string_view>, bool> fragment_pairs_;
};

}  // namespace

OverlapReport report_overlaps(const OverlapInput& input, std::size_t most) {
  const Schema& schema = input.schema;
  const ast::Document& document = input.document;
  Reporter reporter(input, most);
  for (const ast::Definition& definition : document.definitions) {
    if (definition.kind == ast::Definition::Kind::operation) {
      const ast::Operation& operation = document.operations[definition.index];
      const NamedType* root = schema.root(operation.kind);
      reporter.visit(*operation.set, root);
    } else if (definition.kind == ast::Definition::Kind::fragment) {
      const ast::Fragment& fragment = document.fragments[definition.index];
      const NamedType* type = schema.find_type(fragment.on.text);
      reporter.visit(*fragment.set, type != nullptr && type->is_composite() ? type : nullptr);
    }
  }
  return std::move(reporter.report);
}

}  // namespace graphql::detail
