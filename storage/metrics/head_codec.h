// SPDX-License-Identifier: MIT
// The head on disk (docs/formats.md, "Metric head"): layouts, hosts, and the log of samples from
// which the ticks are made again after a restart.
//
// Executor: encoding on the writer thread; loading on one thread, before anything else.
#pragma once

#include "base/result.h"
#include "storage/metrics/head_edit.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage::metrics {

std::string encode_layout(const TickLayout& layout);
Result<TickLayout> decode_layout(std::uint32_t number, std::string_view bytes);

std::string encode_host(const HostTicks& host);
// Its ticks are empty.
Result<HostTicks> decode_host(std::uint32_t number, std::string_view bytes, const Layouts& layouts);

std::string encode_head_counters(const HeadCounters& counters);
Result<HeadCounters> decode_head_counters(std::string_view bytes);

// All samples of an update, as one entry of the log.
void encode_log_entry(std::string& out, const HeadEdit& edit);

// Puts a head together from what the disk has. Layouts first, then hosts, then the log in order.
class HeadLoader {
 public:
  HeadLoader(Head& head, const HeadCounters& counters) : head_(head), counters_(counters) {}

  void add(HostTicks host);
  // Entries and parts of entries that are sealed already, or of hosts that were forgotten since,
  // are passed over. `corrupt`: the entry is none, or has parts that fit no host; what could be
  // read of it was taken.
  Result<void> replay(std::uint64_t entry, std::string_view bytes);
  void finish(const jobs::Dictionaries& dictionaries);

 private:
  struct Row;
  Result<void> take(std::uint64_t entry, const Row& row);
  void merge(HostTicks& host, std::uint64_t entry, const Row& row);
  static void narrow(HostTicks& host);
  static void note_seen(HostTicks& host, const Tick& tick);

  Head& head_;
  const HeadCounters counters_;
  std::vector<std::shared_ptr<HostTicks>> hosts_;  // by number; null: none
  std::int64_t log_time_ = 0;
};

}  // namespace jobledger::storage::metrics
