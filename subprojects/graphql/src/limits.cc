// SPDX-License-Identifier: MIT

// Limits that need fragments expanded. Each fragment is measured once; cycles, which validation
// refuses, count as if they ended.

#include "validation.h"

#include <algorithm>

namespace graphql::detail {
namespace {

class Measure {
 public:
  explicit Measure(const ast::Document& document) {
    for (const ast::Fragment& fragment : document.fragments) {
      fragments_.emplace(fragment.name.text, Known{&fragment, 0, 0, false});
    }
  }

  struct Extent {
    std::size_t depth = 0;   // levels of fields
    std::size_t fields = 0;  // on the first level
  };

  Extent of(const ast::SelectionSet& set) {
    Extent extent;
    for (const ast::Selection& selection : set.selections) {
      const Extent each = of(selection);
      extent.depth = std::max(extent.depth, each.depth);
      extent.fields = std::min(extent.fields + each.fields, kMany);
    }
    return extent;
  }

 private:
  struct Known {
    const ast::Fragment* fragment;
    std::size_t depth;
    std::size_t fields;
    bool measured;
  };
  static constexpr std::size_t kMany = 1'000'000'000;

  Extent of(const ast::Selection& selection) {
    if (selection.kind == ast::Selection::Kind::field) {
      return {1 + (selection.set != nullptr ? of(*selection.set).depth : 0), 1};
    }
    if (selection.kind == ast::Selection::Kind::inline_fragment) return of(*selection.set);
    const auto found = fragments_.find(selection.name.text);
    if (found == fragments_.end()) return {};
    Known& known = found->second;
    if (!known.measured) {
      known.measured = true;
      const Extent extent = of(*known.fragment->set);
      known.depth = extent.depth;
      known.fields = extent.fields;
    }
    return {known.depth, known.fields};
  }

  std::unordered_map<std::string_view, Known> fragments_;
};

Error exceeded(const ast::Document& document, const ast::Operation& operation, std::string message,
               std::string code) {
  Error error;
  error.message = std::move(message);
  error.code = std::move(code);
  error.locations = {ast::locate(document.source, operation.at)};
  return error;
}

}  // namespace

std::optional<Error> check_expanded_limits(const ast::Document& document, const Limits& limits) {
  Measure measure(document);
  for (const ast::Operation& operation : document.operations) {
    const Measure::Extent extent = measure.of(*operation.set);
    if (extent.depth > limits.depth) {
      return exceeded(
          document, operation,
          "Operation has more than " + std::to_string(limits.depth) + " levels of fields.",
          "LIMIT_DEPTH");
    }
    if (extent.fields > limits.root_fields) {
      return exceeded(
          document, operation,
          "Operation has more than " + std::to_string(limits.root_fields) + " root fields.",
          "LIMIT_ROOT_FIELDS");
    }
  }
  return std::nullopt;
}

}  // namespace graphql::detail
