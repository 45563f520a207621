// SPDX-License-Identifier: MIT
#include "storage/metrics/head_edit.h"

#include "storage/metrics/head_put.h"
#include "storage/metrics/seen_days.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace jobledger::storage::metrics {

std::string element_text(const ElementName& name) {
  std::string text;
  for (const std::string_view part : {name.type, name.id, name.subtype, name.subtype_id}) {
    text.append(part).push_back('\0');
  }
  while (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

ElementName parse_element_text(std::string_view text) {
  std::array<std::string_view, 4> parts;
  for (std::string_view& part : parts) {
    part = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return {parts[0], parts[1], parts[2], parts[3]};
}

std::size_t max_hosts(const Config& config, bool listed) {
  return listed ? config.max_hosts_per_cluster : config.max_unlisted_hosts;
}

std::size_t series_bytes(const Head& head, const jobs::Dictionaries& dictionaries) {
  return head.host_bytes + head.layouts.bytes() +
         dictionaries.memory_bytes(jobs::Dictionary::host) +
         dictionaries.memory_bytes(jobs::Dictionary::metric) +
         dictionaries.memory_bytes(jobs::Dictionary::element);
}

void TouchedTick::mark(std::uint32_t column) {
  std::uint64_t& word = set[column / 64];
  const std::uint64_t bit = std::uint64_t{1} << (column % 64);
  set_count += (word & bit) == 0;
  word |= bit;
}

void TouchedTick::widen(const LayoutPtr& to) {
  // Which columns are set travels as values do.
  Tick marks{tick->slot, 0, tick->layout, {}};
  for (std::uint32_t c = 0; c < tick->layout->columns(); ++c) {
    marks.values.push_back(is_set(c) ? 1.0F : 0.0F);
  }
  const std::vector<float> wide = in_layout(marks, *to);
  tick->values = in_layout(*tick, *to);
  tick->layout = to;
  set.assign((to->columns() + 63) / 64, 0);
  set_count = 0;
  for (std::uint32_t c = 0; c < to->columns(); ++c) {
    if (wide[c] == 1.0F) mark(c);
  }
}

HeadEdit::HeadEdit(const Config& config, Head& head, jobs::Dictionaries& dictionaries)
    : config_(config),
      head_(head),
      dictionaries_(dictionaries),
      log_begin_(head.view->log_begin),
      log_time_(head.view->log_time) {}

HeadEdit::~HeadEdit() = default;

EditedHost& HeadEdit::edit(std::uint32_t number) {
  const auto [at, is_new] = hosts_.try_emplace(number);
  if (is_new) at->second.host = std::make_shared<HostTicks>(*head_.view->hosts[number]);
  return at->second;
}

const HostTicks& HeadEdit::current(std::uint32_t number) const {
  const auto edited = hosts_.find(number);
  return edited == hosts_.end() ? *head_.view->hosts[number] : *edited->second.host;
}

EditedHost* HeadEdit::find(const HostKey& key) {
  for (const std::uint32_t number : head_.view->find(key.cluster, key.host)) {
    const bool is_forgotten = std::count(forgotten_.begin(), forgotten_.end(), number) > 0;
    if (head_.view->hosts[number]->key == key && !is_forgotten) return &edit(number);
  }
  const auto added = new_hosts_.find(pack_host(key.cluster, key.host));
  if (added == new_hosts_.end()) return nullptr;
  for (const std::uint32_t number : added->second) {
    EditedHost& entry = hosts_.at(number);
    if (entry.host->key == key) return &entry;
  }
  return nullptr;
}

std::vector<std::uint32_t> HeadEdit::entries_of(const HostKey& key) const {
  const auto known = head_.view->find(key.cluster, key.host);
  std::vector<std::uint32_t> numbers(known.begin(), known.end());
  std::erase_if(numbers, [this](std::uint32_t number) {
    return std::count(forgotten_.begin(), forgotten_.end(), number) > 0;
  });
  const auto added = new_hosts_.find(pack_host(key.cluster, key.host));
  if (added == new_hosts_.end()) return numbers;
  numbers.insert(numbers.end(), added->second.begin(), added->second.end());
  return numbers;
}

// cluster.json has changed since.
void HeadEdit::set_listed(const HostKey& key, bool listed) {
  for (const std::uint32_t number : entries_of(key)) {
    EditedHost& entry = edit(number);
    entry.host->listed = listed;
    entry.record_changed = true;
  }
  HostCount& more = more_hosts_[key.cluster];
  --more.of(!listed);
  ++more.of(listed);
}

EditedHost* HeadEdit::edit(HostKey key, const SampleBatch::Host& host) {
  EditedHost* entry = find(key);
  if (entry == nullptr) entry = add(key, host);
  if (entry != nullptr && entry->host->listed != host.listed) {
    set_listed(entry->host->key, host.listed);
  }
  return entry;
}

// A further entry of a known host gets the `listed` of its others.
EditedHost* HeadEdit::add(HostKey key, const SampleBatch::Host& host) {
  const std::vector<std::uint32_t> others = entries_of(key);
  bool listed = host.listed;
  if (others.empty()) {
    std::int64_t& more = more_hosts_[key.cluster].of(listed);
    const std::int64_t now = head_.hosts_of_cluster[key.cluster].of(listed) + more;
    if (now >= static_cast<std::int64_t>(max_hosts(config_, listed))) return nullptr;
    ++more;
  } else {
    listed = current(others.front()).listed;
  }
  if (key.host == jobs::kNoString) {
    key.host = dictionaries_.intern(jobs::Dictionary::host, host.hostname);
  }
  const auto number = static_cast<std::uint32_t>(head_.view->hosts.size()) + new_entries_++;
  new_hosts_[pack_host(key.cluster, key.host)].push_back(number);
  EditedHost& entry = hosts_[number];
  entry.host = std::make_shared<HostTicks>();
  entry.host->number = number;
  entry.host->key = key;
  entry.host->listed = listed;
  entry.record_changed = true;
  return &entry;
}

PutOutcome HeadEdit::put(const SampleBatch& batch) {
  log_time_ = std::max(log_time_, batch.log_time);
  if (batch.samples.empty()) return {};
  const auto edit_host = [this](HostKey key, const SampleBatch::Host& host) {
    return edit(key, host);
  };
  HeadPut put({config_, head_, dictionaries_, edit_host}, batch);
  const PutOutcome outcome = put.run(head_.view->series + static_cast<std::uint64_t>(series_));
  series_ += put.new_series();
  has_samples_ = has_samples_ || outcome.stored > 0;
  return outcome;
}

bool HeadEdit::seal(const SealedHost& sealed) {
  if (sealed.number >= head_.view->hosts.size() || !head_.view->hosts[sealed.number]) return false;
  const HostTicks& now = current(sealed.number);
  const auto end = now.first_from(sealed.end);
  if (!std::equal(now.ticks.begin(), end, sealed.ticks.begin(), sealed.ticks.end())) return false;
  // What is left before the sealed end would not come back from the log.
  if (end != now.ticks.end() && (*end)->slot < now.sealed_end) return false;
  EditedHost& entry = edit(sealed.number);
  for (const TickPtr& tick : sealed.ticks) bytes_gone_ += bytes_of(*tick);
  entry.host->seen_days = std::make_shared<const SeenDays>(seen_with(*entry.host, sealed.ticks));
  auto& ticks = entry.host->ticks;
  ticks.erase(ticks.begin(), ticks.begin() + static_cast<std::ptrdiff_t>(sealed.ticks.size()));
  entry.host->sealed_end = std::max(entry.host->sealed_end, sealed.end);
  entry.host->sealed_log = head_.view->next_log - 1;
  entry.record_changed = true;
  drop_unseen(entry);
  return true;
}

// What was touched has its columns: then the next sealing will do it. The ticks that stay follow,
// so that the newest layout always has all series of the older ones.
void HeadEdit::drop_unseen(EditedHost& entry) {
  HostTicks& host = *entry.host;
  const std::uint16_t oldest = day_of(host.newest_time - config_.retention.count() - kDaySeconds);
  const auto is_old = [oldest](std::uint16_t day) { return day < oldest; };
  const SeenDays& sealed = *host.seen_days;
  if (!entry.touched.empty() || std::none_of(sealed.begin(), sealed.end(), is_old)) return;
  const SeenDays days = seen_with(host, host.ticks);
  std::vector<bool> kept(days.size());
  std::transform(days.begin(), days.end(), kept.begin(), std::not_fn(is_old));
  const auto left = std::count(kept.begin(), kept.end(), true);
  const auto all = static_cast<std::ptrdiff_t>(kept.size());
  if (left == 0 || left == all) return;
  series_ -= all - left;
  const LayoutPtr old = std::exchange(host.layout, head_.layouts.keep(*host.layout, kept));
  host.last_seen = in_layout(host.last_seen, *old, *host.layout);
  host.seen_days = std::make_shared<const SeenDays>(in_layout(days, *old, *host.layout, 0));
  for (TickPtr& tick : host.ticks) {
    bytes_gone_ += bytes_of(*tick);
    tick = std::make_shared<const Tick>(
        Tick{tick->slot, tick->first_log, host.layout, in_layout(*tick, *host.layout)});
    bytes_come_ += bytes_of(*tick);
  }
}

bool HeadEdit::forget(std::uint32_t number) {
  const HostPtr& host = head_.view->hosts[number];
  if (!host || !host->ticks.empty() || hosts_.contains(number)) return false;
  forgotten_.push_back(number);
  if (host->layout) series_ -= host->layout->columns();
  return true;
}

bool HeadEdit::empty() const {
  return hosts_.empty() && forgotten_.empty() && log_begin_ == head_.view->log_begin;
}

HeadCounters HeadEdit::counters_after() const {
  return {head_.view->next_log + (has_samples_ ? 1 : 0), log_begin_,
          static_cast<std::uint32_t>(head_.view->hosts.size()) + new_entries_, log_time_};
}

void HeadEdit::apply_index(HeadView& next) {
  if (new_hosts_.empty() && forgotten_.empty()) return;
  auto index = std::make_shared<HostIndex>(*next.index);
  for (const std::uint32_t number : forgotten_) {
    const HostKey key = next.hosts[number]->key;
    const bool listed = next.hosts[number]->listed;
    head_.host_bytes -= next.hosts[number]->series_bytes();
    next.hosts[number].reset();
    const auto at = index->find(pack_host(key.cluster, key.host));
    std::erase(at->second, number);
    if (!at->second.empty()) continue;
    index->erase(at);
    --head_.hosts_of_cluster[key.cluster].of(listed);
  }
  for (const auto& [packed, numbers] : new_hosts_) {
    auto& all = (*index)[packed];
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  next.index = std::move(index);
}

void HeadEdit::apply() {
  auto next = std::make_shared<HeadView>(*head_.view);
  for (const auto& [cluster, more] : more_hosts_) {
    HostCount& count = head_.hosts_of_cluster[cluster];
    count.listed += more.listed;
    count.unlisted += more.unlisted;
  }
  next->hosts.resize(next->hosts.size() + new_entries_);
  apply_index(*next);
  next->bytes += bytes_come_;
  next->bytes -= bytes_gone_;
  for (auto& [number, entry] : hosts_) {
    for (const TouchedTick& touched : entry.touched) {
      next->bytes += bytes_of(*touched.tick);
      next->bytes -= touched.bytes_before;
    }
    next->longest_timestep = std::max(next->longest_timestep, entry.host->key.timestep);
    HostPtr& host = next->hosts[number];
    if (host) head_.host_bytes -= host->series_bytes();
    host = std::move(entry.host);
    head_.host_bytes += host->series_bytes();
  }
  next->series_bytes = series_bytes(head_, dictionaries_);
  next->series += static_cast<std::uint64_t>(series_);
  next->log_time = log_time_;
  if (has_samples_) ++next->next_log;
  next->log_begin = log_begin_;
  head_.view = std::move(next);
}

}  // namespace jobledger::storage::metrics
