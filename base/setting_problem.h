// SPDX-License-Identifier: MIT
// What a part of the program has against its settings.
#pragma once

#include <string>
#include <string_view>

namespace jobledger {

struct SettingProblem {
  std::string_view key;  // as the configuration file calls it; a literal
  std::string text;      // one sentence
};

}  // namespace jobledger
