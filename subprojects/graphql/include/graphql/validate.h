// SPDX-License-Identifier: MIT
#pragma once

// The rules of the specification's section 5 on an executable document. An Engine does this by
// itself; this is for tools. Every error names its rule (Error::rule), as the reference
// implementation does.

#include "graphql/ast.h"
#include "graphql/executor.h"
#include "graphql/limits.h"
#include "graphql/schema.h"

namespace graphql {

// After the stop signal, what was found by then.
Errors validate(const Schema& schema, const ast::Document& document, const Limits& limits = {},
                const StopSignal& stop = {});

}  // namespace graphql
