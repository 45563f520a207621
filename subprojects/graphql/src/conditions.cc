// SPDX-License-Identifier: MIT
#include "conditions.h"

namespace graphql::detail {
namespace {

bool condition(const ast::Directive& directive, const Value::Object& variables) {
  for (const ast::Argument& argument : directive.args) {
    if (argument.name.text != "if") continue;
    if (argument.value.kind != ast::Value::Kind::variable) return argument.value.text == "true";
    for (const Value::Member& variable : variables) {
      if (variable.name == argument.value.text) return variable.value == Value(true);
    }
  }
  return false;
}

}  // namespace

bool is_included(const ast::Selection& selection, const Value::Object& variables) {
  for (const ast::Directive& directive : selection.directives) {
    if (directive.name.text == "skip" && condition(directive, variables)) return false;
    if (directive.name.text == "include" && !condition(directive, variables)) return false;
  }
  return true;
}

}  // namespace graphql::detail
