// SPDX-License-Identifier: MIT
// When each series of a host was last seen, to the day: what falls silent for the retention gives
// its column back (head_edit.h).
//
// Pure functions; any thread.
#pragma once

#include "storage/metrics/ticks.h"

#include <cstdint>
#include <span>

namespace jobledger::storage::metrics {

constexpr std::int64_t kDaySeconds = 86400;

// Since the epoch; what does not fit is the nearest that does.
std::uint16_t day_of(std::int64_t time);

// The days of another layout; of series that are new there: `day`.
SeenDays in_layout(const SeenDays& days, const TickLayout& from, const TickLayout& to,
                   std::uint16_t day);

// The host's days, with what these ticks of it have. Pre: it has a layout.
SeenDays seen_with(const HostTicks& host, std::span<const TickPtr> ticks);

}  // namespace jobledger::storage::metrics
