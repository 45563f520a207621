// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

// Parses and validates the request and, when valid, executes it on data of every kind. What is
// checked beyond the sanitizers: the answer is JSON, and a second run gives the same.
void answer_twice(std::string_view query);
