// SPDX-License-Identifier: MIT
#pragma once

// Every bound of the library. Each has its own error code, given in brackets. 0 is not "unlimited":
// raise a limit to lift it.

#include <cstddef>

namespace graphql {

struct Limits {
  // Bytes of one document. [LIMIT_SOURCE_BYTES]
  std::size_t source_bytes = 64 * 1024;
  // Tokens of one document. [LIMIT_TOKENS]
  std::size_t tokens = 20'000;
  // Nesting of braces, brackets and values in the text; also the parser's recursion.
  // [LIMIT_NESTING]
  std::size_t nesting = 100;
  // Nesting of selection sets, fragments expanded; also the recursion of all that follows the
  // parser. [LIMIT_EXPANDED_NESTING]
  std::size_t expanded_nesting = 500;
  // Levels of fields of an operation, fragments expanded. [LIMIT_DEPTH]
  std::size_t depth = 50;
  // Aliased fields in the document. [LIMIT_ALIASES]
  std::size_t aliases = 500;
  // Fields at the root of an operation, fragments expanded. [LIMIT_ROOT_FIELDS]
  std::size_t root_fields = 100;
  // Operations in the document. [LIMIT_OPERATIONS]
  std::size_t operations = 100;
  // Fragment definitions in the document. [LIMIT_FRAGMENTS]
  std::size_t fragments = 200;
  // Variables of one operation. [LIMIT_VARIABLES]
  std::size_t variables = 500;
  // Uses of directives in the document. [LIMIT_DIRECTIVES]
  std::size_t directives = 500;
  // Validation errors reported before validation ends with [LIMIT_VALIDATION_ERRORS].
  std::size_t validation_errors = 100;
  // Cost of an operation: every field 1 plus its children, children of a list field times the size
  // that its paging argument or Binder::list_size says, fragments expanded.
  // [COMPLEXITY_LIMIT_EXCEEDED]
  std::size_t complexity = 1'000'000;
  // Comparisons made while checking that overlapping fields can be merged.
  // [LIMIT_FIELD_COMPARISONS]
  std::size_t field_comparisons = 100'000;
  // Problems with variables reported before coercion ends with [LIMIT_VARIABLE_ERRORS].
  std::size_t variable_errors = 50;
  // Bytes of the JSON text of variables. [LIMIT_VARIABLE_BYTES]
  std::size_t variable_bytes = 1024 * 1024;
  // Fields in the plan of one operation, a guard for fragment webs. [LIMIT_PLAN_FIELDS]
  std::size_t plan_fields = 100'000;
  // Bytes of one answer's data. [LIMIT_RESPONSE_BYTES]
  std::size_t response_bytes = 256 * 1024 * 1024;
  // Field errors listed in one answer; further ones are counted in a last entry. [LIMIT_ERRORS]
  std::size_t errors = 1'000;
  // Places listed of one error; further ones are left out.
  std::size_t error_locations = 100;
};

}  // namespace graphql
