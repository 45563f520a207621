// SPDX-License-Identifier: MIT
#pragma once

// The complexity of an operation: every field costs 1 plus what is below it, times the size of its
// list where Binder::list_size tells it.

#include "engine_state.h"

#include <cstddef>

namespace graphql::detail {

struct Cost {
  std::size_t fields = 0;
  bool constant = true;  // the same for all variables
};

// Stops counting above the limit. After the stop signal the cost is above it.
Cost operation_cost(const EngineState& engine, const ast::Document& document,
                    const ast::Operation& operation, const Value::Object& variables,
                    Patience& patience);

}  // namespace graphql::detail
