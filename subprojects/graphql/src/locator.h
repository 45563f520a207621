// SPDX-License-Identifier: MIT
#pragma once

// Lines and columns of many positions in one text: one pass at the first question, then each takes
// a search among the lines and a look at a few bytes. Not for two threads at once.

#include "graphql/ast.h"

#include <string_view>
#include <vector>

namespace graphql::detail {

class Locator {
 public:
  explicit Locator(std::string_view source) : source_(source) {}

  Location locate(ast::Position at);

 private:
  void read();
  // UTF-16 code units before the position.
  std::uint32_t units_before(std::size_t at) const;

  std::string_view source_;
  std::vector<std::uint32_t> lines_;  // where they begin; empty: not read yet
  std::vector<std::uint32_t> units_;  // before every kStep-th byte
};

}  // namespace graphql::detail
