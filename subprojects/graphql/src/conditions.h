// SPDX-License-Identifier: MIT
#pragma once

// @skip and @include.

#include "graphql/ast.h"
#include "graphql/value.h"

namespace graphql::detail {

bool is_included(const ast::Selection& selection, const Value::Object& variables);

}  // namespace graphql::detail
