// SPDX-License-Identifier: MIT
#include "storage/metric_keeper.h"

#include "base/log.h"
#include "base/periodic_thread.h"
#include "storage/jobs/query.h"
#include "storage/layout.h"
#include "storage/metric_seal.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace jobledger::storage {
namespace {

using metrics::HeadView;
using metrics::HostTicks;
using metrics::kNever;

// A host and how far it is to be sealed.
struct Due {
  metrics::HostPtr host;
  std::int64_t end = 0;  // slot
};

// The start of the oldest job that still needs its samples: one that runs, or is not archived yet.
std::int64_t oldest_needed(const Store& store, const Snapshot& snapshot) {
  jobs::JobFilter running;
  running.states = {schema::JobState::running};
  jobs::PageSpec first;
  first.limit = 1;
  first.want_count = false;
  const jobs::Order by_start{jobs::OrderColumn::start_time, {}, false};
  std::vector<jobs::JobRef> refs = store.archive_due(0, SIZE_MAX);
  if (const auto found = jobs::find_jobs(snapshot.jobs(), {running}, by_start, first, 0)) {
    refs.insert(refs.end(), found->items.begin(), found->items.end());
  }
  std::int64_t oldest = INT64_MAX;
  for (const jobs::JobRef& ref : refs) {
    if (const auto row = snapshot.jobs().find(ref.id)) oldest = std::min(oldest, row->start_time);
  }
  return oldest;
}

}  // namespace

struct MetricKeeper::Impl {
  Impl(metrics::Config c, std::shared_ptr<const schema::Clusters> cl, Store& s, Writer& w,
       Telemetry& telemetry)
      : config(c),
        clusters(std::move(cl)),
        store(s),
        writer(w),
        windows(telemetry.counter("jobledger_metric_hosts_sealed_total",
                                  "Hosts whose full windows were sealed.")),
        bytes(telemetry.counter("jobledger_metric_block_bytes_total",
                                "Bytes of sealed blocks written.")),
        head_gauge(
            telemetry.gauge("jobledger_metric_head_bytes",
                            "Samples in memory, not sealed yet, and what is known of series.")),
        series_gauge(telemetry.gauge("jobledger_metric_series", "Series known.")) {}

  void run();
  Result<KeepOutcome> keep();
  std::vector<Due> find_due(const HeadView& head) const;
  std::int64_t due_end(const HostTicks& host, std::int64_t log_time) const;
  void add_fullest(const HeadView& head, std::vector<Due>& due) const;
  std::vector<SealedWindows> encode(const Snapshot& snapshot, metrics::PlanBook& plans,
                                    std::span<const Due> due, KeepOutcome& outcome);
  Unreadable patience(std::uint32_t host, std::int64_t log_time) const;
  Result<void> seal(std::vector<SealedWindows> windows_now, KeepOutcome& outcome);
  Result<void> trim_log(const HeadView& head);
  Result<void> drop_old(const Snapshot& snapshot, KeepOutcome& outcome);
  std::vector<std::uint32_t> find_silent(const HeadView& head) const;
  Result<void> forget_silent(const HeadView& head, KeepOutcome& outcome);

  const metrics::Config config;
  const std::shared_ptr<const schema::Clusters> clusters;
  Store& store;
  Writer& writer;
  Counter windows, bytes;
  Gauge head_gauge, series_gauge;
  // Hosts with old blocks that cannot be read, and the time of the log since when.
  std::map<std::uint32_t, std::int64_t> held_up;

  PeriodicThread thread{"metric keeper"};
  LogGate gate;
};

void MetricKeeper::Impl::run() {
  const auto kept = keep();
  if (kept || kept.error().kind == ErrorKind::cancelled) return;
  if (const long held = gate.pass(); held >= 0) {
    LOG(error, "storage", "metric windows cannot be sealed now: {} held_back={}",
        kept.error().detail, held);
  }
}

// All slots before it are due. kNever: none.
std::int64_t MetricKeeper::Impl::due_end(const HostTicks& host, std::int64_t log_time) const {
  if (host.ticks.empty()) return kNever;
  const std::int64_t settled = log_time - config.seal_grace.count();
  const std::int64_t window = host.window_of(host.slot_of(settled));
  const std::int64_t end = std::max(window, host.sealed_end);
  // What came late waits for its like: it is merged with the next window, or once time has passed.
  const bool full = host.ticks.front()->slot < window && window > host.sealed_end;
  const bool late = host.ticks.front()->slot < host.sealed_end &&
                    host.instant_of(host.ticks.front()->slot) <
                        settled - metrics::kWindowSlots * host.key.timestep;
  return full || late ? end : kNever;
}

std::vector<Due> MetricKeeper::Impl::find_due(const HeadView& head) const {
  std::vector<Due> due;
  for (const metrics::HostPtr& host : head.hosts) {
    if (!host) continue;
    const std::int64_t end = due_end(*host, head.log_time);
    if (end != kNever && host->first_from(end) != host->ticks.begin()) due.push_back({host, end});
  }
  return due;
}

// Too much is in memory: the hosts with most of it are sealed as they are.
void MetricKeeper::Impl::add_fullest(const HeadView& head, std::vector<Due>& due) const {
  std::size_t sum = head.bytes;
  const std::size_t most = head.room_for_ticks(config.max_head_bytes);
  if (sum <= most) return;
  std::vector<metrics::HostPtr> hosts;
  for (const metrics::HostPtr& host : head.hosts) {
    if (host && !host->ticks.empty()) hosts.push_back(host);
  }
  std::sort(hosts.begin(), hosts.end(), [](const metrics::HostPtr& a, const metrics::HostPtr& b) {
    return std::pair(b->bytes(), a->number) < std::pair(a->bytes(), b->number);
  });
  due.clear();
  for (const metrics::HostPtr& host : hosts) {
    if (sum <= most / 4 * 3) break;
    sum -= host->bytes();
    due.push_back({host, host->ticks.back()->slot + 1});
  }
}

// A disk that refuses for that long is not going to answer; the head log cannot be cut meanwhile.
Unreadable MetricKeeper::Impl::patience(std::uint32_t host, std::int64_t log_time) const {
  const auto since = held_up.find(host);
  const bool over =
      since != held_up.end() && log_time - since->second >= config.unreadable_patience.count();
  return over ? Unreadable::is_lost : Unreadable::may_come_back;
}

// Hosts whose old blocks cannot be read now are left for another look; the others go on.
std::vector<SealedWindows> MetricKeeper::Impl::encode(const Snapshot& snapshot,
                                                      metrics::PlanBook& plans,
                                                      std::span<const Due> due,
                                                      KeepOutcome& outcome) {
  std::vector<SealedWindows> encoded;
  const std::int64_t now = snapshot.metric_head().log_time;
  for (const Due& one : due) {
    const std::uint32_t number = one.host->number;
    auto sealed = seal_windows(snapshot, plans, *one.host, one.end, patience(number, now));
    if (sealed) {
      held_up.erase(number);
      encoded.push_back(*std::move(sealed));
      continue;
    }
    held_up.emplace(number, now);
    ++outcome.held_up;
    if (const long held = gate.pass(); held >= 0) {
      LOG(error, "storage", "windows of a host cannot be sealed now: {} held_back={}",
          sealed.error().detail, held);
    }
  }
  return encoded;
}

Result<void> MetricKeeper::Impl::seal(std::vector<SealedWindows> windows_now,
                                      KeepOutcome& outcome) {
  if (windows_now.empty()) return {};
  KeepOutcome written;
  TRY(writer.run([&](Update& update) -> Result<void> {
    written = {};
    for (SealedWindows& sealed : windows_now) {
      std::uint64_t size = 0;
      for (const SealedBlock& block : sealed.blocks) size += block.value.size();
      const std::uint64_t count = sealed.blocks.size();
      if (!update.seal_ticks(sealed.host, std::move(sealed.blocks))) {
        ++written.overtaken;
        continue;
      }
      ++written.hosts_sealed;
      written.blocks += count;
      written.block_bytes += size;
    }
    return {};
  }));
  windows.add(static_cast<double>(written.hosts_sealed));
  bytes.add(static_cast<double>(written.block_bytes));
  outcome.hosts_sealed += written.hosts_sealed;
  outcome.blocks += written.blocks;
  outcome.block_bytes += written.block_bytes;
  outcome.overtaken += written.overtaken;
  return {};
}

// Entries before the first that a tick of this or any later state began with.
Result<void> MetricKeeper::Impl::trim_log(const HeadView& head) {
  std::uint64_t begin = head.next_log;
  for (const metrics::HostPtr& host : head.hosts) {
    if (!host) continue;
    for (const metrics::TickPtr& tick : host->ticks) begin = std::min(begin, tick->first_log);
  }
  if (begin <= head.log_begin) return {};
  return writer.run([begin](Update& update) -> Result<void> {
    update.trim_metric_log(begin);
    return {};
  });
}

Result<void> MetricKeeper::Impl::drop_old(const Snapshot& snapshot, KeepOutcome& outcome) {
  const HeadView& head = snapshot.metric_head();
  const std::vector<std::int64_t> periods = snapshot.metric_periods();
  // Windows may reach from a period that is long over into one that is not.
  const std::int64_t margin = metrics::kWindowSlots * head.longest_timestep;
  std::int64_t cutoff = head.log_time - config.retention.count();
  if (head.log_time == 0 || periods.empty() || periods[0] >= period_of(cutoff - margin)) return {};
  const std::int64_t oldest_pin = head.log_time - config.max_pinned.count();
  cutoff = std::min(cutoff, std::max(oldest_needed(store, snapshot), oldest_pin));
  const std::int64_t first = period_of(cutoff - margin);
  std::vector<std::uint32_t> gone;
  for (const metrics::HostPtr& host : head.hosts) {
    if (host && host->ticks.empty() && host->newest_time < cutoff) gone.push_back(host->number);
  }
  if (periods[0] >= first && gone.empty()) return {};
  std::uint64_t forgotten = 0;
  TRY(writer.run([&](Update& update) -> Result<void> {
    forgotten = 0;
    update.drop_metric_periods_before(first);
    for (const std::uint32_t number : gone)
      forgotten += update.forget_metric_host(number) ? 1U : 0U;
    return {};
  }));
  outcome.hosts_forgotten += forgotten;
  return {};
}

// Entries of hosts that were silent for long, where their cluster has as many as it may.
std::vector<std::uint32_t> MetricKeeper::Impl::find_silent(const HeadView& head) const {
  metrics::HostCounts counts;
  for (const auto& [packed, entries] : *head.index) {
    const HostTicks& host = *head.hosts[entries.front()];
    ++counts[host.key.cluster].of(host.listed);
  }
  std::vector<std::uint32_t> silent;
  for (const metrics::HostPtr& host : head.hosts) {
    if (!host || !host->ticks.empty()) continue;
    const std::int64_t count = counts[host->key.cluster].of(host->listed);
    if (count < static_cast<std::int64_t>(metrics::max_hosts(config, host->listed))) continue;
    // Its windows are over, so that no late sample can fall into one of its blocks.
    const std::int64_t over =
        host->newest_time + (metrics::kWindowSlots + 2) * std::int64_t{host->key.timestep};
    if (over < head.log_time - config.silent_host_age.count()) silent.push_back(host->number);
  }
  return silent;
}

Result<void> MetricKeeper::Impl::forget_silent(const HeadView& head, KeepOutcome& outcome) {
  const std::vector<std::uint32_t> silent = find_silent(head);
  if (silent.empty()) return {};
  std::uint64_t forgotten = 0;
  TRY(writer.run([&](Update& update) -> Result<void> {
    forgotten = 0;
    for (const std::uint32_t number : silent) forgotten += update.forget_metric_host(number);
    return {};
  }));
  outcome.hosts_forgotten += forgotten;
  return {};
}

Result<KeepOutcome> MetricKeeper::Impl::keep() {
  KeepOutcome outcome;
  std::shared_ptr<const Snapshot> snapshot = store.snapshot();
  std::vector<Due> due = find_due(snapshot->metric_head());
  add_fullest(snapshot->metric_head(), due);
  metrics::PlanBook plans(snapshot->jobs().dictionaries(), *clusters);
  std::span<const Due> left = due;
  while (!left.empty()) {
    const auto now = left.first(std::min(left.size(), std::max<std::size_t>(config.seal_batch, 1)));
    left = left.subspan(now.size());
    TRY(seal(encode(*snapshot, plans, now, outcome), outcome));
  }
  snapshot = store.snapshot();
  const HeadView& head = snapshot->metric_head();
  head_gauge.set(static_cast<double>(head.memory_bytes()));
  series_gauge.set(static_cast<double>(head.series));
  if (!due.empty()) TRY(trim_log(head));
  TRY(drop_old(*snapshot, outcome));
  TRY(forget_silent(head, outcome));
  return outcome;
}

MetricKeeper::MetricKeeper(metrics::Config config, std::shared_ptr<const schema::Clusters> clusters,
                           Store& store, Writer& writer, Telemetry& telemetry)
    : impl_(std::make_unique<Impl>(config, std::move(clusters), store, writer, telemetry)) {}

MetricKeeper::~MetricKeeper() = default;

void MetricKeeper::start() {
  impl_->thread.start(impl_->config.keep_interval, PeriodicThread::First::at_once,
                      [impl = impl_.get()] { impl->run(); });
}

void MetricKeeper::stop() { impl_->thread.stop(); }

Result<KeepOutcome> MetricKeeper::keep() { return impl_->keep(); }

}  // namespace jobledger::storage
