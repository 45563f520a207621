// SPDX-License-Identifier: MIT
// Why a sample was not stored, and what in a metric line nobody knows.
#pragma once

#include <cstdint>
#include <string_view>

namespace jobledger::ingest {

enum class Refusal : std::uint8_t {
  none,
  // of the line
  syntax,        // no line protocol
  no_value,      // no field that says what it is
  not_a_number,  // `value` is a string or a boolean
  out_of_range,  // not finite as a float of 32 bits
  no_cluster,    // no such tag, and no default
  no_host,
  bad_name,            // too long, or a cluster or host that could pass for a path
  incomplete_element,  // type-id without type, or stype-id without stype
  late,
  future,
  too_large,  // of the message
  // of the storage
  too_many_hosts,
  too_many_series,
};
constexpr int kRefusalCount = 14;
std::string_view to_string(Refusal refusal);

// Names that lines refer to and we do not know. Clocks are hosts whose samples were late or ahead.
enum class UnmatchedKind : std::uint8_t { metric, host, cluster, clock };
constexpr int kUnmatchedKindCount = 4;
std::string_view to_string(UnmatchedKind kind);

}  // namespace jobledger::ingest
