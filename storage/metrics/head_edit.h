// SPDX-License-Identifier: MIT
// What one update does to the head: samples that came, windows that were sealed, hosts that are
// forgotten. Built beside the published state; apply() makes the next one.
//
// Executor: the writer thread. Lifetime: of one update; the head must not change meanwhile but by
// apply(). Dictionaries and layouts grow at once, as texts do (storage/commit.h).
#pragma once

#include "storage/jobs/dictionaries.h"
#include "storage/metrics/config.h"
#include "storage/metrics/layouts.h"
#include "storage/metrics/samples.h"
#include "storage/metrics/ticks.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace jobledger::storage::metrics {

// Hosts of a cluster, or how many more or less there are.
struct HostCount {
  std::int64_t listed = 0, unlisted = 0;

  std::int64_t& of(bool is_listed) { return is_listed ? listed : unlisted; }
};
using HostCounts = std::map<StringId, HostCount>;  // by cluster
std::size_t max_hosts(const Config& config, bool listed);

// The writer's side of the head; readers have `view`.
struct Head {
  HeadPtr view = std::make_shared<const HeadView>();
  Layouts layouts;
  HostCounts hosts_of_cluster;
  std::size_t host_bytes = 0;  // HostTicks::series_bytes() of all hosts
};

// What is known about series, in bytes; series that are not committed yet included as far as names
// and layouts go.
std::size_t series_bytes(const Head& head, const jobs::Dictionaries& dictionaries);

// What is written with every change of the head.
struct HeadCounters {
  std::uint64_t next_log = 1, log_begin = 1;
  std::uint32_t next_host = 0;  // number of the next entry
  std::int64_t log_time = 0;
};

// The text of an element in its dictionary: the four names with NUL between them, without those at
// the end that are empty.
std::string element_text(const ElementName& name);
ElementName parse_element_text(std::string_view text);

// One tick as far as this update changed it.
struct TouchedTick {
  std::shared_ptr<Tick> tick;
  std::vector<std::uint64_t> set;  // bit by column: set by this update
  std::uint32_t set_count = 0;
  std::size_t bytes_before = 0;  // of the tick that it replaces

  bool is_set(std::uint32_t column) const { return (set[column / 64] >> (column % 64) & 1) != 0; }
  void mark(std::uint32_t column);
  void widen(const LayoutPtr& to);  // to a layout with more series
};

// A host as this update leaves it.
struct EditedHost {
  std::shared_ptr<HostTicks> host;
  std::vector<TouchedTick> touched;
  bool record_changed = false;  // more than samples: to be written (docs/formats.md)
  bool is_new = false;
};

// What is removed from the head because blocks hold it now.
struct SealedHost {
  std::uint32_t number = 0;
  std::int64_t end = 0;        // all ticks before that slot ...
  std::vector<TickPtr> ticks;  // ... were these when they were encoded
};

class HeadEdit {
 public:
  HeadEdit(const Config& config, Head& head, jobs::Dictionaries& dictionaries);
  ~HeadEdit();
  HeadEdit(const HeadEdit&) = delete;
  HeadEdit& operator=(const HeadEdit&) = delete;

  PutOutcome put(const SampleBatch& batch);
  // False, and nothing changed, when the host's ticks are no longer those, or late ones would be
  // left. Series of the host that were not seen for the retention leave its layout then.
  bool seal(const SealedHost& sealed);
  // A host that sent nothing since: its entry goes. Pre: it has no ticks. False when it got some.
  bool forget(std::uint32_t number);
  // Entries of the head log before that are needed no more.
  void set_log_begin(std::uint64_t entry) { log_begin_ = entry; }

  bool empty() const;
  const std::map<std::uint32_t, EditedHost>& hosts() const { return hosts_; }
  const std::vector<std::uint32_t>& forgotten() const { return forgotten_; }
  bool has_samples() const { return has_samples_; }
  std::uint64_t log_entry() const {
    return head_.view->next_log;
  }  // of the samples, if there are any
  HeadCounters counters_after() const;
  std::int64_t log_time() const { return log_time_; }

  // After the update was written: the head as it is now. Once.
  void apply();

 private:
  EditedHost& edit(std::uint32_t number);
  const HostTicks& current(std::uint32_t number) const;  // as this update leaves it
  // New ones, too, with a number made for the hostname when the key has none; null beyond the
  // limit.
  EditedHost* edit(HostKey key, const SampleBatch::Host& host);
  EditedHost* add(HostKey key, const SampleBatch::Host& host);
  EditedHost* find(const HostKey& key);
  std::vector<std::uint32_t> entries_of(const HostKey& key) const;  // that are not forgotten
  void set_listed(const HostKey& key, bool listed);
  void drop_unseen(EditedHost& entry);
  void apply_index(HeadView& next);

  const Config& config_;
  Head& head_;
  jobs::Dictionaries& dictionaries_;
  std::map<std::uint32_t, EditedHost> hosts_;                                // by number
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> new_hosts_;  // by pack_host
  HostCounts more_hosts_;
  std::uint32_t new_entries_ = 0;
  std::vector<std::uint32_t> forgotten_;
  std::int64_t series_ = 0;                      // more, or less, than the head has
  std::size_t bytes_gone_ = 0, bytes_come_ = 0;  // of ticks, but those of the touched ones
  std::uint64_t log_begin_;
  std::int64_t log_time_;
  bool has_samples_ = false;
};

}  // namespace jobledger::storage::metrics
