// SPDX-License-Identifier: MIT
#pragma once

// OverlappingFieldsCanBeMerged (specification 5.3.2), in two steps. The first says whether there is
// any conflict: it looks at every merged selection set once, so that its cost grows with the
// document. Only when there is one, the second compares pairs of fields as the reference
// implementation does, to name the same places. Both stop at Limits::field_comparisons.

#include "validation.h"

#include <optional>
#include <string>
#include <vector>

namespace graphql::detail {

enum class OverlapVerdict { fine, conflict, too_much };

struct OverlapSearch {
  OverlapVerdict verdict = OverlapVerdict::fine;
  std::string key;                // of a conflict
  std::vector<ast::Position> at;  // the two fields
};

// What both steps look at. Each spends at most `comparisons`.
struct OverlapInput {
  const Schema& schema;
  const ast::Document& document;
  const Fragments& fragments;
  std::size_t comparisons;
  Patience& patience;
};

// After the stop signal the verdict is too_much.
OverlapSearch find_overlap(const OverlapInput& input);

struct OverlapConflict {
  std::string message;
  std::vector<ast::Position> at;
};

struct OverlapReport {
  std::vector<OverlapConflict> conflicts;
  bool complete = true;
};

// At most `most` conflicts.
OverlapReport report_overlaps(const OverlapInput& input, std::size_t most);

// Numbers for fields: equal for equal names and arguments, whatever the order of these.
class Signatures {
 public:
  std::size_t of(const ast::Selection& field);

 private:
  std::unordered_map<const ast::Selection*, std::size_t> numbers_;
  std::unordered_map<std::string, std::size_t> texts_;
};

// Do two fields of those types differ in what a client would get?
bool types_conflict(const Type& a, const Type& b);
// The type inside a field, introspection included; null when unknown.
const NamedType* type_below_field(const Schema& schema, const NamedType* parent,
                                  std::string_view name);
const FieldDef* declared_field(const NamedType* parent, std::string_view name);

}  // namespace graphql::detail
