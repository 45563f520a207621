// SPDX-License-Identifier: MIT
// Compact node lists of cluster.json, "n[01-40],login1" (docs/formats.md, node lists).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::schema {

class NodeList {
 public:
  NodeList() = default;  // matches nothing

  // `nodes` is any list but "*". Errors name the offending term and position.
  static Result<NodeList> parse(std::string_view nodes);

  bool contains(std::string_view hostname) const;
  std::uint64_t size() const;               // number of names, repetitions counted once per term
  std::vector<std::string> expand() const;  // in term order, ascending, zero padded

 private:
  struct Range {
    std::uint64_t first, last;
  };
  struct Part {  // a literal, or a bracket of ranges with one width each
    std::string literal;
    std::vector<Range> ranges;
    std::size_t width = 0;
  };
  using Term = std::vector<Part>;
  std::vector<Term> terms_;
};

}  // namespace jobledger::schema
