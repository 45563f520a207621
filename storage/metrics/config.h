// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace jobledger::storage::metrics {

struct Config {
  // Hosts of one cluster whose samples are kept; samples of further ones are refused and counted.
  std::size_t max_hosts_per_cluster = 100'000;
  // The same for hosts that no sub-cluster has; they take no place of the others.
  std::size_t max_unlisted_hosts = 1'000;
  // Where hosts are at one of these limits, those that were silent for so long are forgotten, by
  // the time of the log. No less than what samples may be late.
  std::chrono::seconds silent_host_age{86400};
  std::size_t max_series_per_host = 20'000;  // further ones are refused and counted
  std::uint64_t max_series = 50'000'000;     // of all hosts, likewise
  // How long a full window waits for late samples before it is sealed into blocks.
  std::chrono::seconds seal_grace{300};
  // What is known about series: their hosts, layouts and names; beyond it new ones are refused and
  // counted, and beyond half of it those of hosts that no sub-cluster has.
  std::size_t max_series_bytes = std::size_t{512} << 20;
  // That and samples in memory; beyond it the fullest hosts are sealed early.
  std::size_t max_head_bytes = std::size_t{2} << 30;
  // How long sealed samples are kept, by the time of the log ...
  std::chrono::seconds retention{7 * 86400};
  // ... and those that a running job may still need, at the most.
  std::chrono::seconds max_pinned{60 * 86400};
  // Between looks for windows to seal and periods to drop.
  std::chrono::milliseconds keep_interval{1000};
  // How long, by the time of the log, samples wait to be merged with an old block that the disk
  // refuses to read, before it is given up.
  std::chrono::seconds unreadable_patience{3600};
  // Hosts sealed in one write; bounds its size.
  std::size_t seal_batch = 16;
};

}  // namespace jobledger::storage::metrics
