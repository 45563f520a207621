// SPDX-License-Identifier: MIT
// A physical unit as written in cluster.json and the archive: "F/s" with prefix "G".
#pragma once

#include <string>

namespace jobledger::schema {

struct Unit {
  std::string base;
  std::string prefix;  // "", "K", "M", "G", "T", "P", "E"; others pass through unchanged

  bool operator==(const Unit&) const = default;
};

}  // namespace jobledger::schema
