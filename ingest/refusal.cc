// SPDX-License-Identifier: MIT
#include "ingest/refusal.h"

#include <array>

namespace jobledger::ingest {
namespace {

constexpr std::array<std::string_view, kRefusalCount> kRefusals = {
    "none",       "syntax",    "no_value",       "not_a_number",       "out_of_range",
    "no_cluster", "no_host",   "bad_name",       "incomplete_element", "late",
    "future",     "too_large", "too_many_hosts", "too_many_series"};
constexpr std::array<std::string_view, kUnmatchedKindCount> kKinds = {"metric", "host", "cluster",
                                                                      "clock"};

}  // namespace

std::string_view to_string(Refusal refusal) {
  return kRefusals.at(static_cast<std::size_t>(refusal));
}

std::string_view to_string(UnmatchedKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

}  // namespace jobledger::ingest
