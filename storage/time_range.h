// SPDX-License-Identifier: MIT
// A stretch of time as a grid of steps.
#pragma once

#include <cstddef>
#include <cstdint>

namespace jobledger::storage {

struct TimeRange {
  std::int64_t from = 0, to = 0;  // epoch seconds, [from, to)
  std::int32_t timestep = 0;      // seconds, >= 1

  // Time steps, the last of which may be cut; whatever the times are.
  std::size_t points() const {
    if (to <= from || timestep < 1) return 0;
    const auto span = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
    return (span - 1) / static_cast<std::uint64_t>(timestep) + 1;
  }
};

}  // namespace jobledger::storage
