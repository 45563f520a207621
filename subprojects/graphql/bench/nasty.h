// SPDX-License-Identifier: MIT
#pragma once

// Documents within the default limits that are made to take long.

#include <string>
#include <vector>

namespace nasty {

struct Document {
  const char* name;
  std::string text;
};

std::vector<Document> documents();

}  // namespace nasty
