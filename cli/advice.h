// SPDX-License-Identifier: MIT
// What a job's owner might do better, in words: rules over the report, each with limits that have
// names. A rule says nothing where too little is known. Pure.
#pragma once

#include "cli/report.h"

#include <cstdint>
#include <vector>

namespace jobledger::cli {

struct AdviceLimits {
  std::int64_t short_job = 120;        // seconds; shorter ones are mostly overhead
  double close_to_limit = 0.95;        // share of the time limit
  double unused_time = 0.25;           // share of the time limit that was used, at most, ...
  std::int64_t large_walltime = 7200;  // ... of limits from so many seconds on
  std::int64_t judged_from = 300;      // seconds; use is not judged earlier
  double low_cpu = 0.3;                // share of CPU time
  double one_thread = 1.5;             // busy threads, of at least `many_threads`, ...
  double one_thread_at_least = 0.5;    // ... and so many
  std::int64_t many_threads = 4;
  double idle = 0.05;                  // share of time; below it a node or accelerator idles
  double imbalance = 0.4;              // share by which the least busy node is behind the busiest
  double stalled = 0.2;                // share of the job that is idle at its end, ...
  std::int64_t stalled_seconds = 600;  // ... and lasts at least so long
  double low_accelerator = 0.4;        // share of their time
  double unused_memory = 0.25;         // share of the memory asked for that was used, at most, ...
  double large_memory_gb = 16;         // ... of requests from so much a node on
  double full_memory = 0.95;           // share of the limit
  double growth = 0.3;                 // of memory, as share of its peak, ...
  double steadiness = 0.9;             // ... along a line that explains so much of it
  std::size_t growth_samples = 10;     // ... seen so often
};

// The most important first; the same every time.
std::vector<Advice> advise(const JobReport& report, const AdviceLimits& limits = {});

}  // namespace jobledger::cli
