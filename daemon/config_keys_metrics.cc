// SPDX-License-Identifier: MIT
// The keys of the metric store.
#include "daemon/config_bind.h"
#include "daemon/config_keys.h"

namespace jobledger::daemon {

#define MEMBER(name) \
  [](Settings & s) -> auto& { return s.storage.metrics.name; }

std::vector<Key> metric_store_keys() {
  return {
      duration(
          "storage.metrics.retention", MEMBER(retention), {kHour, 36500 * kDay},
          "How long samples are kept; jobs that ended have theirs in the archive. 1h or more."),
      duration("storage.metrics.max_pinned", MEMBER(max_pinned), {kHour, 36500 * kDay},
               "... and those of jobs that run, or are not archived yet, at the most. 1h or more."),
      size("storage.metrics.max_head_bytes", MEMBER(max_head_bytes), {kMiB, kTiB},
           "Memory for samples that are not sealed yet, 4 B each, and for what is known of\n"
           "series; beyond it samples are sealed early, and beyond 1.25 times as much the log\n"
           "waits. 1MiB or more."),
      size("storage.metrics.max_series_bytes", MEMBER(max_series_bytes), {kMiB / 2, kTiB / 2},
           "The part of it that hosts, layouts and names of series may take, no more than half;\n"
           "then new series are refused, and counted; those of hosts that no sub-cluster has\n"
           "at half of it already. 512KiB or more."),
      duration("storage.metrics.seal_grace", MEMBER(seal_grace), {0, kDay},
               "How long a full window of 64 samples waits for late ones; what comes later is\n"
               "merged, which costs more. 0s to 1d."),
      count("storage.metrics.max_hosts_per_cluster", MEMBER(max_hosts_per_cluster), {1, 10'000'000},
            "Hosts whose samples are kept; those of further ones are refused, and counted. 1 to\n"
            "10000000."),
      count("storage.metrics.max_unlisted_hosts", MEMBER(max_unlisted_hosts), {0, 10'000'000},
            "The same for hosts that no sub-cluster of their cluster has, which take no place of\n"
            "the others; it also bounds their node states. 0 to 10000000."),
      duration("storage.metrics.silent_host_age", MEMBER(silent_host_age), {kHour, 3650 * kDay},
               "Where a cluster has as many hosts as it may, those that sent nothing for so long\n"
               "make room for others; at least ingest.metrics.max_late counts. 1h or more."),
      count("storage.metrics.max_series_per_host", MEMBER(max_series_per_host), {1, 1'000'000},
            "... and series of one host; 1 to 1000000."),
      count("storage.metrics.max_series", MEMBER(max_series), {1}, "... and of all; 1 or more."),
      duration("storage.metrics.keep_interval", MEMBER(keep_interval), {10, kHour},
               "Between looks for windows to seal and days to drop; 10ms to 1h."),
      duration(
          "storage.metrics.unreadable_patience", MEMBER(unreadable_patience),
          {kHour / 60, 30 * kDay},
          "How long samples wait to be merged with an old block that the disk refuses to read,\n"
          "before it is given up; one that is damaged is at once. 1m to 30d."),
      count("storage.metrics.seal_batch", MEMBER(seal_batch), {1, 10'000},
            "Hosts whose windows are sealed in one write; 1 to 10000."),
  };
}

#undef MEMBER

}  // namespace jobledger::daemon
