// SPDX-License-Identifier: MIT
#pragma once

// The response object around the data.

#include "graphql/error.h"
#include "graphql/options.h"

#include <string>

namespace graphql::detail {

// {"errors":[…]}, with "data":null where the options say so.
std::string error_response(const Options& options, const Errors& errors);
// Completes {"data":… with the errors and the closing brace.
void finish_response(std::string& body, const Options& options, const Errors& errors);

}  // namespace graphql::detail
