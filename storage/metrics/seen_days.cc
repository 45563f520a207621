// SPDX-License-Identifier: MIT
#include "storage/metrics/seen_days.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace jobledger::storage::metrics {

std::uint16_t day_of(std::int64_t time) {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(time / kDaySeconds, 0, UINT16_MAX));
}

SeenDays in_layout(const SeenDays& days, const TickLayout& from, const TickLayout& to,
                   std::uint16_t day) {
  // Days travel as values do: each of them is a float exactly.
  const Tick marks{0, 0, LayoutPtr(LayoutPtr(), &from), {days.begin(), days.end()}};
  SeenDays out;
  out.reserve(to.columns());
  for (const float value : in_layout(marks, to)) {
    out.push_back(std::isnan(value) ? day : static_cast<std::uint16_t>(value));
  }
  return out;
}

// The newest tick mostly has everything: then the others are not looked at.
SeenDays seen_with(const HostTicks& host, std::span<const TickPtr> ticks) {
  SeenDays days = *host.seen_days;
  std::vector<bool> found(days.size(), false);
  std::size_t missing = days.size();
  for (std::size_t i = ticks.size(); i-- > 0 && missing > 0;) {
    const Tick& tick = *ticks[i];
    const bool same = tick.layout == host.layout;
    const std::vector<float> moved = same ? std::vector<float>() : in_layout(tick, *host.layout);
    const std::vector<float>& values = same ? tick.values : moved;
    const std::uint16_t day = day_of(host.instant_of(tick.slot));
    for (std::size_t c = 0; c < days.size(); ++c) {
      if (found[c] || std::isnan(values[c])) continue;
      found[c] = true;
      --missing;
      days[c] = std::max(days[c], day);
    }
  }
  return days;
}

}  // namespace jobledger::storage::metrics
