// SPDX-License-Identifier: MIT
#include "storage/metrics/head_put.h"

#include "storage/metrics/seen_days.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_set>
#include <utility>

namespace jobledger::storage::metrics {

void HeadPut::find_names() {
  const auto find = [this](jobs::Dictionary dictionary, std::string_view text) {
    return parts_.dictionaries.find(dictionary, text).value_or(jobs::kNoString);
  };
  metrics_.reserve(batch_.metrics.size());
  for (const SampleBatch::Metric& metric : batch_.metrics) {
    metrics_.push_back(find(jobs::Dictionary::metric, metric.name));
  }
  elements_.reserve(batch_.elements.size());
  for (const ElementName& element : batch_.elements) {
    elements_.push_back(find(jobs::Dictionary::element, element_text(element)));
  }
  hosts_.reserve(batch_.hosts.size());
  for (const SampleBatch::Host& host : batch_.hosts) {
    // Clusters are those that the site describes: few.
    hosts_.emplace_back(parts_.dictionaries.intern(jobs::Dictionary::cluster, host.cluster),
                        find(jobs::Dictionary::host, host.hostname));
  }
}

StringId HeadPut::metric_number(std::uint32_t place) {
  StringId& number = metrics_[place];
  if (number == jobs::kNoString) {
    number = parts_.dictionaries.intern(jobs::Dictionary::metric, batch_.metrics[place].name);
  }
  return number;
}

StringId HeadPut::element_number(std::uint32_t place) {
  StringId& number = elements_[place];
  if (number == jobs::kNoString) {
    number =
        parts_.dictionaries.intern(jobs::Dictionary::element, element_text(batch_.elements[place]));
  }
  return number;
}

HeadPut::Target& HeadPut::target_of(const Sample& sample) {
  const std::int32_t timestep = batch_.metrics[sample.metric].timestep;
  const std::uint64_t key = std::uint64_t{sample.host} << 32 | static_cast<std::uint32_t>(timestep);
  if (key == current_key_) return *current_;
  const auto [at, is_new] = targets_.try_emplace(key);
  if (is_new) {
    auto& [cluster, host] = hosts_[sample.host];
    EditedHost* const entry =
        parts_.edit_host({cluster, host, timestep}, batch_.hosts[sample.host]);
    if (entry != nullptr) host = entry->host->key.host;
    at->second.entry = entry;
  }
  current_key_ = key;
  current_ = &at->second;
  return *current_;
}

PutOutcome HeadPut::run(std::uint64_t series_before) {
  series_before_ = series_before;
  find_names();
  PutOutcome outcome;
  for (const Sample& sample : batch_.samples) {
    Target& target = target_of(sample);
    if (target.entry == nullptr) {
      ++outcome.refused_hosts;
    } else if (find_place(target, sample)) {
      put(target, sample, {target.next_metric, target.next_column++});
      ++outcome.stored;
    } else {
      target.missed.push_back(&sample);
    }
  }
  for (auto& [key, target] : targets_) {
    if (!target.missed.empty()) add_missed(target, outcome);
  }
  return outcome;
}

// Where the sample's series stands, in next_metric and next_column.
bool HeadPut::find_place(Target& target, const Sample& sample) {
  const TickLayout* layout = target.entry->host->layout.get();
  if (layout == nullptr) return false;
  const StringId metric = metrics_[sample.metric], element = elements_[sample.element];
  const TickLayout::Metric* range = layout->metrics.data() + target.next_metric;
  if (range->metric == metric && target.next_column - range->first < range->count &&
      layout->elements[target.next_column] == element) {
    return true;
  }
  if (range->metric != metric) range = layout->find(metric);
  if (range == nullptr) return false;
  const auto column = layout->find(*range, element);
  if (!column) return false;
  target.next_metric = static_cast<std::uint32_t>(range - layout->metrics.data());
  target.next_column = *column;
  return true;
}

void HeadPut::put(Target& target, const Sample& sample, const Place& place) {
  EditedHost& entry = *target.entry;
  if (target.touched == SIZE_MAX || sample.time != target.time) {
    follow_phase(*entry.host, sample.time);
    target.touched = touch(entry, entry.host->slot_of(sample.time));
    target.time = sample.time;
  }
  TouchedTick& touched = entry.touched[target.touched];
  touched.tick->values[place.column] = sample.value;
  touched.mark(place.column);
  std::int64_t& seen = entry.host->last_seen[place.metric];
  seen = std::max(seen, touched.tick->slot);
}

// The first sample of a new tick tells the phase of the host's clock. It is followed when it is far
// from the middle of its slot, unless that would put two ticks into one slot.
void HeadPut::follow_phase(HostTicks& host, std::int64_t time) {
  const std::int32_t step = host.key.timestep;
  const std::int64_t before = std::exchange(host.newest_time, std::max(host.newest_time, time));
  const auto phase = static_cast<std::int32_t>(time % step) - step / 2;
  if (before == kNever) {
    host.shift = phase;
    return;
  }
  if (time <= before || (time - before) * 2 < step) return;
  const std::int64_t off = time - host.instant_of(host.slot_of(time));
  if (std::abs(off) * 4 <= step || time / step == host.slot_of(before)) return;
  host.shift = phase;
}

std::size_t HeadPut::touch(EditedHost& entry, std::int64_t slot) {
  HostTicks& host = *entry.host;
  for (std::size_t i = entry.touched.size(); i-- > 0;) {
    if (entry.touched[i].tick->slot == slot) return i;
  }
  const std::uint32_t columns = host.layout->columns();
  auto tick = std::make_shared<Tick>();
  std::size_t bytes_before = 0;
  tick->slot = slot;
  const auto at = host.ticks.begin() + (host.first_from(slot) - host.ticks.cbegin());
  if (at != host.ticks.end() && (*at)->slot == slot) {
    bytes_before = bytes_of(**at);
    tick->first_log = (*at)->first_log;
    tick->values = (*at)->layout == host.layout ? (*at)->values : in_layout(**at, *host.layout);
    *at = tick;
  } else {
    tick->first_log = parts_.head.view->next_log;
    tick->values.assign(columns, std::numeric_limits<float>::quiet_NaN());
    host.ticks.insert(at, tick);
  }
  tick->layout = host.layout;
  std::vector<std::uint64_t> set((columns + 63) / 64);
  entry.touched.push_back({std::move(tick), std::move(set), 0, bytes_before});
  return entry.touched.size() - 1;
}

void HeadPut::add_missed(Target& target, PutOutcome& outcome) {
  const std::vector<SeriesKey> series = admit(target);
  if (!series.empty()) {
    std::int64_t newest = 0;
    for (const Sample* sample : target.missed) newest = std::max(newest, sample->time);
    extend_layout(*target.entry, series, newest);
  }
  target.touched = SIZE_MAX;
  target.next_metric = target.next_column = 0;
  for (const Sample* sample : target.missed) {
    if (find_place(target, *sample)) {
      put(target, *sample, {target.next_metric, target.next_column++});
      ++outcome.stored;
    } else {
      ++outcome.refused_series;
    }
  }
}

std::uint64_t HeadPut::room_for_series(const HostTicks& host) const {
  const Config& config = parts_.config;
  const std::uint64_t now = series_before_ + static_cast<std::uint64_t>(new_series_);
  const std::uint64_t left = now < config.max_series ? config.max_series - now : 0;
  const std::size_t most = host.listed ? config.max_series_bytes : config.max_series_bytes / 2;
  if (series_bytes(parts_.head, parts_.dictionaries) >= most) return 0;
  const std::size_t columns = host.layout ? host.layout->columns() : 0;
  const std::uint64_t room =
      columns < config.max_series_per_host ? config.max_series_per_host - columns : 0;
  return std::min(room, left);
}

// As many of the missed series as the limits allow, those that came first, in ascending order.
std::vector<SeriesKey> HeadPut::admit(const Target& target) {
  const std::uint64_t room = room_for_series(*target.entry->host);
  std::unordered_set<std::uint64_t> places;  // metric and element, as the batch has them
  std::vector<SeriesKey> series;
  for (const Sample* sample : target.missed) {
    if (places.size() >= room) break;
    if (!places.insert(std::uint64_t{sample->metric} << 32 | sample->element).second) continue;
    series.emplace_back(metric_number(sample->metric), element_number(sample->element));
  }
  std::sort(series.begin(), series.end());
  series.erase(std::unique(series.begin(), series.end()), series.end());
  return series;
}

// The ticks that this update touched follow.
void HeadPut::extend_layout(EditedHost& entry, const std::vector<SeriesKey>& series,
                            std::int64_t newest) {
  HostTicks& host = *entry.host;
  const LayoutPtr old = host.layout;
  host.layout = parts_.head.layouts.extend(old.get(), series);
  entry.record_changed = true;
  new_series_ += static_cast<std::int64_t>(series.size());
  const std::uint16_t day = day_of(newest);
  if (old) {
    host.last_seen = in_layout(host.last_seen, *old, *host.layout);
    host.seen_days =
        std::make_shared<const SeenDays>(in_layout(*host.seen_days, *old, *host.layout, day));
  } else {
    host.last_seen.assign(host.layout->metrics.size(), kNever);
    host.seen_days = std::make_shared<const SeenDays>(host.layout->columns(), day);
  }
  for (TouchedTick& touched : entry.touched) touched.widen(host.layout);
}

}  // namespace jobledger::storage::metrics
