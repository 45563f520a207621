// SPDX-License-Identifier: MIT
// Compact node lists of cluster.json, "n[01-40],login1" (docs/formats.md, node lists).
//
// A list is parsed once, when its cluster is loaded; afterwards it is immutable.
#pragma once

#include "base/result.h"
#include "schema/config.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::schema {

class NodeList {
 public:
  NodeList() = default;  // matches nothing

  // `nodes` is any list but "*". Errors name the offending term and byte.
  static Result<NodeList> parse(std::string_view nodes, const NodeListLimits& limits = {});

  bool contains(std::string_view hostname) const;
  std::uint64_t size() const { return size_; }  // number of different names
  bool operator==(const NodeList&) const = default;

  // Each name once: in term order, ascending within a term, zero padded.
  std::vector<std::string> expand() const;

 private:
  friend class NodeListParser;
  struct Range {
    std::size_t width = 0;  // digits of both ends
    std::uint64_t first = 0, last = 0;

    bool operator==(const Range&) const = default;
  };
  struct Part {  // either a literal or the ranges of a bracket, by width and value, disjoint
    std::string literal;
    std::vector<Range> ranges;

    bool operator==(const Part&) const = default;
  };
  using Term = std::vector<Part>;

  static bool matches(const Term& term, std::size_t part, std::string_view rest);
  static void expand(const Term& term, std::size_t part, std::string& name,
                     std::vector<std::string>& out);

  std::vector<Term> terms_;
  std::uint64_t size_ = 0;
};

}  // namespace jobledger::schema
