// SPDX-License-Identifier: MIT
#pragma once

// GraphQL text to a syntax tree. The tree views the text, which must outlive it.

#include "graphql/ast.h"
#include "graphql/executor.h"
#include "graphql/limits.h"

#include <string_view>

namespace graphql {

// What a document may contain.
enum class Grammar { executable, type_system, both };

// One error at most, [GRAPHQL_PARSE_FAILED] or that of a limit. After the stop signal there is an
// error, too, of no meaning.
Expected<ast::Document, Error> parse_document(std::string_view text, const Limits& limits = {},
                                              Grammar grammar = Grammar::both,
                                              const StopSignal& stop = {});

}  // namespace graphql
