// SPDX-License-Identifier: MIT
// The head: what was measured and is not sealed into blocks yet, in memory.
//
// Operation: a tick holds all samples of one host in one slot of the grid, as a row of floats; its
// layout says which column is which series. Hosts that measure the same share their layouts, so the
// head costs four bytes a sample and next to nothing a series. A commit makes new versions of the
// hosts that it touched and publishes them together; the rest is shared. So a snapshot of the head
// is a few pointers, never changes, and holds no writer up. Concurrency: everything here is
// immutable once published. Lifetime: shared.
#pragma once

#include "storage/jobs/row.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace jobledger::storage::metrics {

using jobs::StringId;

// Slots of one window, and so of one block. Part of the format on disk.
constexpr std::int64_t kWindowSlots = 64;

// Which series stand in a tick: a dictionary entry (docs/formats.md), numbered for ever.
struct TickLayout {
  struct Metric {
    StringId metric = 0;                 // dictionary `metric`
    std::uint32_t first = 0, count = 0;  // its columns

    bool operator==(const Metric&) const = default;
  };

  std::uint32_t number = 0;
  std::vector<Metric> metrics;     // ascending metric, columns in that order
  std::vector<StringId> elements;  // by column: dictionary `element`, ascending within a metric

  std::uint32_t columns() const { return static_cast<std::uint32_t>(elements.size()); }
  const Metric* find(StringId metric) const;
  std::optional<std::uint32_t> find(const Metric& metric, StringId element) const;
};
using LayoutPtr = std::shared_ptr<const TickLayout>;

struct Tick {
  std::int64_t slot = 0;        // n: from n * timestep on
  std::uint64_t first_log = 0;  // entry of the head log that began it
  LayoutPtr layout;
  std::vector<float> values;  // by column; NaN: no sample
};
using TickPtr = std::shared_ptr<const Tick>;

std::size_t bytes_of(const Tick& tick);

// Whether the other has all series of the first.
bool is_within(const TickLayout& layout, const TickLayout& other);
// Moments by metric, in another layout; of metrics that are new there: kNever.
std::vector<std::int64_t> in_layout(const std::vector<std::int64_t>& moments,
                                    const TickLayout& from, const TickLayout& to);
// The tick's values in another layout, mostly a wider one; what that does not have is left out.
std::vector<float> in_layout(const Tick& tick, const TickLayout& to);

// What identifies a host in the head: one entry for each timestep that it measures with.
struct HostKey {
  StringId cluster = 0, host = 0;
  std::int32_t timestep = 0;  // seconds

  bool operator==(const HostKey&) const = default;
};

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

// By column of a layout: the last day since the epoch with a sample.
using SeenDays = std::vector<std::uint16_t>;

struct HostTicks {
  std::uint32_t number = 0;  // of the entry, for ever
  HostKey key;
  bool listed = true;  // a sub-cluster had it when its newest samples came
  // A sample of instant t belongs to slot floor((t - shift) / timestep). The shift follows the
  // phase of the host's clock, so that its jitter does not push samples over a border of the grid.
  std::int32_t shift = 0;
  std::int64_t newest_time = kNever;  // of any sample, epoch seconds
  // Slots before it are sealed; ticks of such slots came late and will be merged into their blocks.
  std::int64_t sealed_end = kNever;
  std::uint64_t sealed_log = 0;  // up to that entry of the head log
  // Of the newest tick; null before the first. It has all series of the ticks; those that were not
  // seen for the retention leave it.
  LayoutPtr layout;
  std::vector<std::int64_t> last_seen;  // by metric of the layout: its newest slot, or kNever
  // As of the last sealing, of new series when they came; null without a layout.
  std::shared_ptr<const SeenDays> seen_days;
  std::vector<TickPtr> ticks;  // ascending slots

  std::int64_t slot_of(std::int64_t time) const;
  // The instant to which a slot's samples are attributed.
  std::int64_t instant_of(std::int64_t slot) const;
  // The first slot of the window that a slot lies in. Windows of hosts begin at different slots, so
  // that they are not all sealed at once.
  std::int64_t window_of(std::int64_t slot) const;
  // The first tick of that slot or later.
  std::vector<TickPtr>::const_iterator first_from(std::int64_t slot) const;
  std::size_t bytes() const;         // of the ticks
  std::size_t series_bytes() const;  // of everything else that is the host's alone
};
using HostPtr = std::shared_ptr<const HostTicks>;

inline std::uint64_t pack_host(StringId cluster, StringId host) {
  return std::uint64_t{cluster} << 32 | host;
}
// (cluster, host) to the entries of that host.
using HostIndex = std::unordered_map<std::uint64_t, std::vector<std::uint32_t>>;

// One state of the head.
struct HeadView {
  std::vector<HostPtr> hosts;  // by number; null: forgotten
  std::shared_ptr<const HostIndex> index = std::make_shared<HostIndex>();
  std::uint64_t series = 0;  // columns of all newest layouts
  // Entries of the head log: those of the ticks begin at log_begin, the next samples make next_log.
  std::uint64_t log_begin = 1, next_log = 1;
  std::int64_t log_time = 0;  // of the newest message applied, epoch seconds; 0: none
  std::size_t bytes = 0;      // of all ticks
  // Memory for what is known about series: hosts, layouts, names.
  std::size_t series_bytes = 0;
  // Of all hosts, those forgotten since the start among them: no window is longer than its slots.
  std::int32_t longest_timestep = 0;

  std::size_t memory_bytes() const { return bytes + series_bytes; }
  // What ticks may take of a bound for all of it: at least half, whatever is known about series.
  std::size_t room_for_ticks(std::size_t max_bytes) const {
    return max_bytes - std::min(series_bytes, max_bytes / 2);
  }
  // The entries of one host; empty when it never sent anything.
  std::span<const std::uint32_t> find(StringId cluster, StringId host) const;
};
using HeadPtr = std::shared_ptr<const HeadView>;

}  // namespace jobledger::storage::metrics
