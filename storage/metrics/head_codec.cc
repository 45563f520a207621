// SPDX-License-Identifier: MIT
#include "storage/metrics/head_codec.h"

#include "storage/bytes.h"
#include "storage/metrics/seen_days.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <span>
#include <utility>

namespace jobledger::storage::metrics {
namespace {

constexpr std::uint8_t kHeadVersion = 1;
constexpr std::uint8_t kHostVersion = 3;  // 1: without the days; 1 and 2: all are listed
// Bounds for what is read, far beyond what is written.
constexpr std::uint32_t kMaxColumns = 1u << 24;
constexpr std::uint32_t kMaxHosts = 1u << 26;
constexpr std::uint32_t kMaxTimestep = 1u << 20;
constexpr std::int64_t kMaxMoment = std::int64_t{1}
                                    << 40;  // a time or a slot, from 1970 on, either way

enum RowKind : std::uint8_t { kWhole = 0, kPart = 1 };

bool is_moment(std::int64_t value) { return value > -kMaxMoment && value < kMaxMoment; }

// A time or a slot, or kNever.
std::int64_t read_moment(ByteReader& in) {
  const std::int64_t value = in.zigzag();
  if (value != kNever && !is_moment(value)) in.fail();
  return value;
}

Error corrupt(std::string what) { return {ErrorKind::corrupt, std::move(what)}; }

bool is_shift(std::int32_t shift, std::uint32_t timestep) {
  return std::abs(std::int64_t{shift}) <= std::int64_t{timestep};
}

void append_floats(std::string& out, std::span<const float> values) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

}  // namespace

std::string encode_layout(const TickLayout& layout) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kHeadVersion);
  out.varint(layout.metrics.size());
  for (const TickLayout::Metric& metric : layout.metrics) {
    out.varint(metric.metric);
    out.varint(metric.count);
    StringId before = 0;
    for (std::uint32_t i = 0; i < metric.count; ++i) {
      const StringId element = layout.elements[metric.first + i];
      out.varint(element - before);
      before = element;
    }
  }
  return bytes;
}

Result<TickLayout> decode_layout(std::uint32_t number, std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kHeadVersion) return corrupt("a layout of another version");
  TickLayout layout;
  layout.number = number;
  for (std::size_t left = in.count(3); left > 0 && !in.failed(); --left) {
    TickLayout::Metric metric;
    metric.metric = in.number<StringId>();
    metric.first = layout.columns();
    metric.count = static_cast<std::uint32_t>(in.count(1));
    if (metric.count == 0 || metric.first + metric.count > kMaxColumns) in.fail();
    if (!layout.metrics.empty() && layout.metrics.back().metric >= metric.metric) in.fail();
    std::uint64_t element = 0;
    for (std::uint32_t i = 0; i < metric.count && !in.failed(); ++i) {
      const auto step = in.number<StringId>();
      element += step;
      if ((i > 0 && step == 0) || element >= jobs::kNoString) in.fail();
      layout.elements.push_back(static_cast<StringId>(element));
    }
    layout.metrics.push_back(metric);
  }
  if (!in.complete() || layout.metrics.empty()) return corrupt("not a layout");
  return layout;
}

std::string encode_host(const HostTicks& host) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kHostVersion);
  out.varint(host.key.cluster);
  out.varint(host.key.host);
  out.varint(static_cast<std::uint32_t>(host.key.timestep));
  out.u8(host.listed ? 1 : 0);
  out.zigzag(host.shift);
  out.zigzag(host.newest_time);
  out.zigzag(host.sealed_end);
  out.varint(host.sealed_log);
  out.varint(host.layout ? std::uint64_t{host.layout->number} + 1 : 0);
  for (const std::int64_t seen : host.last_seen) out.zigzag(seen);
  if (!host.layout) return bytes;
  const std::uint16_t newest = *std::max_element(host.seen_days->begin(), host.seen_days->end());
  out.varint(newest);
  for (const std::uint16_t day : *host.seen_days) out.varint(std::uint64_t{newest} - day);
  return bytes;
}

namespace {

// A record of version 1 has none: all were seen when the newest sample came.
SeenDays read_days(ByteReader& in, std::uint8_t version, const HostTicks& host) {
  const std::uint32_t columns = host.layout->columns();
  if (version == 1) return SeenDays(columns, day_of(host.newest_time));
  const auto newest = in.number<std::uint32_t>();
  SeenDays days;
  for (std::uint32_t c = 0; c < columns && !in.failed(); ++c) {
    const auto before = in.number<std::uint32_t>();
    if (newest > UINT16_MAX || before > newest) in.fail();
    days.push_back(static_cast<std::uint16_t>(newest - before));
  }
  return days;
}

}  // namespace

Result<HostTicks> decode_host(std::uint32_t number, std::string_view bytes,
                              const Layouts& layouts) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (version == 0 || version > kHostVersion) return corrupt("a host of another version");
  HostTicks host;
  host.number = number;
  host.key.cluster = in.number<StringId>();
  host.key.host = in.number<StringId>();
  const auto timestep = in.number<std::uint32_t>();
  host.key.timestep = static_cast<std::int32_t>(timestep);
  const std::uint8_t listed = version < 3 ? 1 : in.u8();
  if (listed > 1) in.fail();
  host.listed = listed == 1;
  host.shift = in.zigzag32();
  host.newest_time = read_moment(in);
  host.sealed_end = read_moment(in);
  host.sealed_log = in.varint();
  const std::uint64_t layout = in.varint();
  if (in.failed() || timestep == 0 || timestep > kMaxTimestep || !is_shift(host.shift, timestep)) {
    return corrupt("not a host");
  }
  if (layout > 0) {
    host.layout =
        layout > UINT32_MAX ? nullptr : layouts.find(static_cast<std::uint32_t>(layout - 1));
    if (!host.layout) return corrupt(fmt::format("the host's layout {} is not there", layout - 1));
    for (std::size_t i = 0; i < host.layout->metrics.size(); ++i) {
      host.last_seen.push_back(read_moment(in));
    }
    host.seen_days = std::make_shared<const SeenDays>(read_days(in, version, host));
  }
  if (!in.complete()) return corrupt("not a host");
  return host;
}

std::string encode_head_counters(const HeadCounters& counters) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kHeadVersion);
  out.varint(counters.next_log);
  out.varint(counters.log_begin);
  out.varint(counters.next_host);
  out.zigzag(counters.log_time);
  return bytes;
}

Result<HeadCounters> decode_head_counters(std::string_view bytes) {
  ByteReader in(bytes);
  HeadCounters counters;
  if (in.u8() != kHeadVersion) return corrupt("counters of another version");
  counters.next_log = in.varint();
  counters.log_begin = in.varint();
  counters.next_host = in.number<std::uint32_t>();
  counters.log_time = in.zigzag();
  if (!in.complete() || counters.next_host > kMaxHosts) return corrupt("not the head's counters");
  return counters;
}

namespace {

void encode_row(std::string& bytes, const HostTicks& host, const TouchedTick& touched) {
  ByteWriter out(bytes);
  const Tick& tick = *touched.tick;
  const std::uint32_t columns = tick.layout->columns();
  out.varint(host.number);
  out.zigzag(host.shift);
  out.zigzag(tick.slot);
  out.zigzag(host.newest_time - host.instant_of(tick.slot));
  out.varint(tick.layout->number);
  if (touched.set_count == columns) {
    out.u8(kWhole);
    append_floats(bytes, tick.values);
    return;
  }
  out.u8(kPart);
  out.varint(touched.set_count);
  std::uint32_t next = 0;
  std::vector<float> values;
  values.reserve(touched.set_count);
  // Runs: columns passed over, columns that follow.
  while (values.size() < touched.set_count) {
    const std::uint32_t from = next;
    while (!touched.is_set(next)) ++next;
    const std::uint32_t begin = next;
    for (; next < columns && touched.is_set(next); ++next) values.push_back(tick.values[next]);
    out.varint(begin - from);
    out.varint(next - begin);
  }
  append_floats(bytes, values);
}

}  // namespace

void encode_log_entry(std::string& bytes, const HeadEdit& edit) {
  ByteWriter out(bytes);
  out.u8(kHeadVersion);
  out.zigzag(edit.log_time());
  for (const auto& [number, entry] : edit.hosts()) {
    for (const TouchedTick& touched : entry.touched) {
      if (touched.set_count > 0) encode_row(bytes, *entry.host, touched);
    }
  }
}

// One tick of the log: columns and values side by side, columns only when not all are there.
struct HeadLoader::Row {
  std::uint32_t host = 0;
  std::int32_t shift = 0;
  std::int64_t slot = 0;
  std::int64_t newest = 0;  // time of the host's newest sample, from the slot's instant on
  LayoutPtr layout;
  bool whole = false;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> runs;  // first column, count
  std::string_view values;                                    // floats as they lie
};

namespace {

// Runs that stay within the columns and have `count` of them together.
std::vector<std::pair<std::uint32_t, std::uint32_t>> read_runs(ByteReader& in,
                                                               std::uint32_t columns,
                                                               std::size_t count) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> runs;
  std::uint64_t next = 0, sum = 0;
  while (sum < count && !in.failed()) {
    const std::uint64_t begin = next + in.number<std::uint32_t>();
    const std::uint64_t length = in.number<std::uint32_t>();
    next = begin + length;
    sum += length;
    if (length == 0 || next > columns || sum > count) in.fail();
    runs.emplace_back(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(length));
  }
  return runs;
}

}  // namespace

Result<void> HeadLoader::replay(std::uint64_t entry, std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kHeadVersion) return corrupt("a log entry of another version");
  const std::int64_t log_time = in.zigzag();
  if (in.failed()) return corrupt("not an entry of the head log");
  log_time_ = std::max(log_time_, log_time);
  Result<void> done;
  while (in.left() > 0) {
    Row row;
    row.host = in.number<std::uint32_t>();
    row.shift = in.zigzag32();
    row.slot = in.zigzag();
    row.newest = in.zigzag();
    const auto layout = in.number<std::uint32_t>();
    const std::uint8_t kind = in.u8();
    if (in.failed() || kind > kPart || !is_moment(row.slot) || !is_moment(row.newest)) {
      return corrupt("not an entry of the head log");
    }
    row.layout = head_.layouts.find(layout);
    if (!row.layout) return corrupt(fmt::format("the layout {} is not there", layout));
    row.whole = kind == kWhole;
    std::size_t count = row.layout->columns();
    if (!row.whole) {
      count = in.count(sizeof(float));
      row.runs = read_runs(in, row.layout->columns(), count);
    }
    row.values = in.raw(count * sizeof(float));
    if (in.failed()) return corrupt("an entry of the head log that ends too early");
    auto taken = take(entry, row);
    if (done && !taken) done = std::move(taken);
  }
  return done;
}

Result<void> HeadLoader::take(std::uint64_t entry, const Row& row) {
  if (row.host >= counters_.next_host) {
    return corrupt(fmt::format("the host {} of a log entry was never there", row.host));
  }
  if (row.host >= hosts_.size() || !hosts_[row.host]) return {};  // forgotten since
  const std::shared_ptr<HostTicks>& host = hosts_[row.host];
  if (!is_shift(row.shift, static_cast<std::uint32_t>(host->key.timestep))) {
    return corrupt("a log entry with another grid");
  }
  host->shift = row.shift;
  host->newest_time = host->instant_of(row.slot) + row.newest;
  if (row.slot < host->sealed_end && entry <= host->sealed_log) return {};
  merge(*host, entry, row);
  return {};
}

void HeadLoader::merge(HostTicks& host, std::uint64_t entry, const Row& row) {
  const auto at = host.ticks.begin() + (host.first_from(row.slot) - host.ticks.cbegin());
  std::shared_ptr<Tick> tick;
  if (at != host.ticks.end() && (*at)->slot == row.slot) {
    tick = std::const_pointer_cast<Tick>(*at);  // nobody else has seen it yet
    if (tick->layout != row.layout) tick->values = in_layout(*tick, *row.layout);
  } else {
    tick = std::make_shared<Tick>();
    tick->slot = row.slot;
    tick->first_log = entry;
    tick->values.assign(row.layout->columns(), std::numeric_limits<float>::quiet_NaN());
    host.ticks.insert(at, tick);
  }
  tick->layout = row.layout;
  const char* from = row.values.data();
  if (row.whole) std::memcpy(tick->values.data(), from, row.values.size());
  for (const auto& [first, count] : row.runs) {
    std::memcpy(tick->values.data() + first, from, count * sizeof(float));
    from += count * sizeof(float);
  }
  note_seen(host, *tick);
}

// The log still has columns of series that left the layout since; there is nothing in them.
void HeadLoader::narrow(HostTicks& host) {
  if (!host.layout) return;
  for (TickPtr& tick : host.ticks) {
    if (tick->layout == host.layout || is_within(*tick->layout, *host.layout)) continue;
    tick = std::make_shared<const Tick>(
        Tick{tick->slot, tick->first_log, host.layout, in_layout(*tick, *host.layout)});
  }
}

void HeadLoader::note_seen(HostTicks& host, const Tick& tick) {
  if (!host.layout) return;
  for (const TickLayout::Metric& metric : tick.layout->metrics) {
    const TickLayout::Metric* newest = host.layout->find(metric.metric);
    if (newest == nullptr) continue;
    auto& seen = host.last_seen[static_cast<std::size_t>(newest - host.layout->metrics.data())];
    const auto values = std::span(tick.values).subspan(metric.first, metric.count);
    const bool any =
        std::any_of(values.begin(), values.end(), [](float v) { return !std::isnan(v); });
    if (any) seen = std::max(seen, tick.slot);
  }
}

void HeadLoader::add(HostTicks host) {
  if (host.number >= hosts_.size()) hosts_.resize(host.number + 1);
  hosts_[host.number] = std::make_shared<HostTicks>(std::move(host));
}

void HeadLoader::finish(const jobs::Dictionaries& dictionaries) {
  auto view = std::make_shared<HeadView>();
  auto index = std::make_shared<HostIndex>();
  hosts_.resize(counters_.next_host);
  for (auto& host : hosts_) {
    if (host) {
      narrow(*host);
      auto& numbers = (*index)[pack_host(host->key.cluster, host->key.host)];
      if (numbers.empty()) ++head_.hosts_of_cluster[host->key.cluster].of(host->listed);
      numbers.push_back(host->number);
      if (host->layout) view->series += host->layout->columns();
      view->bytes += host->bytes();
      head_.host_bytes += host->series_bytes();
      view->longest_timestep = std::max(view->longest_timestep, host->key.timestep);
    }
    view->hosts.push_back(std::move(host));
  }
  view->index = std::move(index);
  view->log_time = std::max(counters_.log_time, log_time_);
  view->next_log = counters_.next_log;
  view->log_begin = counters_.log_begin;
  view->series_bytes = series_bytes(head_, dictionaries);
  head_.view = std::move(view);
}

}  // namespace jobledger::storage::metrics
