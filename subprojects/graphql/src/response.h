// SPDX-License-Identifier: MIT
#pragma once

// The response object around the data.

#include "graphql/error.h"
#include "graphql/options.h"

#include <string>

namespace graphql::detail {

// {"errors":[…],"data":null} in the order that the options say.
std::string error_response(const Options& options, const Errors& errors);
// Completes {"data":… with the errors and the closing brace.
void finish_response(std::string& body, const Options& options, const Errors& errors);

}  // namespace graphql::detail
