// SPDX-License-Identifier: MIT
// A physical unit as written in cluster.json and the archive: "F/s" with prefix "G".
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace jobledger::schema {

struct Unit {
  std::string base;
  std::string prefix;  // "", "K", "M", "G", "T", "P", "E"; others pass through unchanged

  bool operator==(const Unit&) const = default;
};

// What a value with prefix `from` is multiplied with to stand under prefix `to`: ("G", "T") is
// 0.001. Powers of 1000; "k" is "K". invalid: a prefix that we do not know, with its name.
Result<double> prefix_conversion(std::string_view from, std::string_view to);

// The unit in which a metric is delivered when it is added up over a whole cluster. Compute rates
// (F/s, Flops/s) and bandwidths (B/s) that hosts measure in G or above come in T, as the field's
// status pages show them; all else keeps its own unit, so that nothing becomes 0.00 by conversion.
Unit cluster_total_unit(const Unit& host_unit);

}  // namespace jobledger::schema
