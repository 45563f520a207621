// SPDX-License-Identifier: MIT
#pragma once

#include "storage/metrics/config.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace jobledger::storage {

struct Config {
  std::filesystem::path path = "/var/lib/jobledger/db";  // created if absent
  std::size_t cache_bytes = 256u << 20;        // blocks, indexes, filters and memtables together
  std::size_t memtable_bytes = 64u << 20;      // the part of it that memtables may take
  std::uint64_t max_wal_bytes = 64u << 20;     // log to replay after a crash; more is flushed
  int max_open_files = 1024;                   // table files that RocksDB keeps open
  std::size_t record_cache_bytes = 64u << 20;  // decoded jobs of recent answers
  int background_jobs = 2;                     // RocksDB flushes and compactions at once, >= 1
  int load_threads = 2;                        // that rebuild the job table at start, >= 1
  // Tables that are read, a second, only to find damage early; 0: none.
  std::uint64_t scrub_bytes_per_second = 4u << 20;
  std::uint64_t min_free_bytes = 64u << 20;       // below this much free disk, writing pauses
  std::chrono::seconds node_history{30 * 86400};  // how long past node states are kept
  std::chrono::seconds max_report_lead{3600};     // node reports later than now by more: doubted
  std::size_t max_nodes_per_cluster = 100'000;    // with a latest state; further ones are refused
  std::size_t max_text_bytes = 255;  // of a job's text that is kept in memory, and of one of a tag
  std::size_t max_tags = 10'000;     // distinct ones; jobs get no further ones
  std::uint64_t max_parked_stops = 100'000;   // stops that wait for their start; more are refused
  std::size_t max_parked_stops_per_job = 64;  // of one scheduler id, >= 1
  std::size_t max_parked_stop_bytes = 16u << 10;  // of one, as received; longer ones are refused
  std::uint64_t max_dead_letters = 1'000'000;     // further ones are counted and dropped
  std::uint64_t max_dead_letter_total_bytes = 1u << 30;  // of all texts; as max_dead_letters
  std::uint64_t max_dead_letters_per_group = 200'000;    // of one reason on one subject
  std::uint64_t max_dead_letter_group_bytes = 128u << 20;
  unsigned dead_letter_reserve = 25;  // percent of both limits, for letters of known clusters
  std::size_t max_dead_letter_bytes = 1u << 20;  // of one payload; longer ones are cut, and say so
  metrics::Config metrics;
};

struct WriterConfig {
  std::size_t max_queued = 64;            // pieces of work waiting; submitters wait beyond that
  std::size_t max_batch = 16;             // pieces of work in one synced batch
  std::chrono::milliseconds retry{1000};  // pause after a failed commit
};

}  // namespace jobledger::storage
