// SPDX-License-Identifier: MIT

// Limits that need fragments expanded. Each fragment is measured once; cycles, which validation
// refuses, count as if they ended.

#include "validation.h"

#include <algorithm>

namespace graphql::detail {
namespace {

class Measure {
 public:
  Measure(const ast::Document& document, std::size_t most_nesting) : most_nesting_(most_nesting) {
    for (const ast::Fragment& fragment : document.fragments) {
      fragments_.emplace(fragment.name.text, Known{&fragment, {}, false});
    }
  }

  struct Extent {
    std::size_t depth = 0;    // levels of fields
    std::size_t fields = 0;   // on the first level
    std::size_t nesting = 0;  // levels of selection sets
  };

  Extent of(const ast::SelectionSet& set) { return of(set, 1); }
  Extent of(const ast::Fragment& fragment) { return of_fragment(fragment.name.text, 0); }
  // Somewhere the nesting is too deep; what lies below was not measured.
  bool too_deep() const { return too_deep_; }

 private:
  struct Known {
    const ast::Fragment* fragment;
    Extent extent;
    bool measured;
  };
  static constexpr std::size_t kMany = 1'000'000'000;

  Extent of(const ast::SelectionSet& set, std::size_t level) {
    Extent extent;
    if (level > most_nesting_) too_deep_ = true;
    if (too_deep_) return extent;
    for (const ast::Selection& selection : set.selections) {
      const Extent each = of(selection, level);
      extent.depth = std::max(extent.depth, each.depth);
      extent.fields = std::min(extent.fields + each.fields, kMany);
      extent.nesting = std::max(extent.nesting, each.nesting);
    }
    ++extent.nesting;
    return extent;
  }

  Extent of(const ast::Selection& selection, std::size_t level) {
    if (selection.kind == ast::Selection::Kind::spread) {
      return of_fragment(selection.name.text, level);
    }
    Extent below;
    if (selection.set != nullptr) below = of(*selection.set, level + 1);
    if (selection.kind == ast::Selection::Kind::inline_fragment) return below;
    return {1 + below.depth, 1, below.nesting};
  }

  Extent of_fragment(std::string_view name, std::size_t level) {
    const auto found = fragments_.find(name);
    if (found == fragments_.end()) return {};
    Known& known = found->second;
    if (!known.measured) {
      known.measured = true;
      known.extent = of(*known.fragment->set, level + 1);
    } else if (level + known.extent.nesting > most_nesting_) {
      too_deep_ = true;
    }
    return known.extent;
  }

  const std::size_t most_nesting_;
  bool too_deep_ = false;
  std::unordered_map<std::string_view, Known> fragments_;
};

}  // namespace

std::optional<Error> check_expanded_limits(const ast::Document& document, const Limits& limits) {
  Measure measure(document, limits.expanded_nesting);
  const auto exceeded = [&](ast::Position at, std::size_t limit, const char* what,
                            const char* code) {
    Error error;
    error.message = "Document has more than " + std::to_string(limit) + what;
    error.code = code;
    error.locations = {ast::locate(document.source, at)};
    return error;
  };
  constexpr const char* kNesting = " levels of selection sets, fragments expanded.";
  for (const ast::Operation& operation : document.operations) {
    const Measure::Extent extent = measure.of(*operation.set);
    const ast::Position at = operation.at;
    if (measure.too_deep()) {
      return exceeded(at, limits.expanded_nesting, kNesting, "LIMIT_EXPANDED_NESTING");
    }
    if (extent.depth > limits.depth) {
      return exceeded(at, limits.depth, " levels of fields.", "LIMIT_DEPTH");
    }
    if (extent.fields > limits.root_fields) {
      return exceeded(at, limits.root_fields, " root fields.", "LIMIT_ROOT_FIELDS");
    }
  }
  // What no operation uses is looked at, too.
  for (const ast::Fragment& fragment : document.fragments) {
    measure.of(fragment);
    if (!measure.too_deep()) continue;
    return exceeded(fragment.at, limits.expanded_nesting, kNesting, "LIMIT_EXPANDED_NESTING");
  }
  return std::nullopt;
}

}  // namespace graphql::detail
