// SPDX-License-Identifier: MIT
#pragma once

// Literals as values and as text.

#include "graphql/ast.h"
#include "graphql/value.h"

namespace graphql::detail {

// A constant literal as it is: words stay words, numbers outside 64 bits become floating. A
// variable (possible only in non-constant positions) becomes its value in `variables`, or null.
Value literal_value(const ast::Value& literal, const Value::Object* variables = nullptr);

// As the reference prints it.
std::string print_literal(const ast::Value& literal);
// The same, members of objects in order of their names.
std::string print_sorted_literal(const ast::Value& literal);
// A value in GraphQL syntax.
std::string print_value(const Value& value);
// A value as messages about variables show it: long lists, deep and long values cut short.
std::string inspect_value(const Value& value);
// As a block string, laid out as the reference does; as a description: a block if it can be one.
std::string print_block_string(std::string_view text);
std::string print_description(std::string_view text);
// A quoted string in GraphQL syntax.
void print_string(std::string& out, std::string_view text);

}  // namespace graphql::detail
