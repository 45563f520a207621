// SPDX-License-Identifier: MIT
// What clients need not know: where files of the server lie, and at which addresses it asks others.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace jobledger::httpd {

// Absolute paths of two parts or more are "[path]", addresses with a scheme "[address]".
std::string without_places(std::string_view text);

}  // namespace jobledger::httpd
