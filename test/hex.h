// SPDX-License-Identifier: MIT
// Bytes as people compare them.
#pragma once

#include <string>
#include <string_view>

namespace jobledger {

std::string hex(std::string_view bytes);
std::string unhex(std::string_view digits);  // blanks are skipped

}  // namespace jobledger
