// SPDX-License-Identifier: MIT
// A job as the columnar table sees it: what can be filtered, ordered or counted, with texts as
// dictionary numbers. The full record stays in RocksDB.
#pragma once

#include "schema/job.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace jobledger::storage::jobs {

using StringId = std::uint32_t;
constexpr StringId kNoString = 0xffffffff;

// The dictionaries; the numbers are part of the format on disk.
enum class Dictionary : std::uint8_t {
  cluster = 0,
  sub_cluster = 1,
  partition = 2,
  project = 3,
  user = 4,
  job_name = 5,
  host = 6,
  footprint_key = 7,
  metric = 8,
  element = 9,  // hardware elements (storage/metrics/samples.h), their names separated by NUL
};
constexpr int kDictionaryCount = 10;

struct Row {
  std::int64_t id = 0;
  std::uint32_t revision = 0;  // grows with each change of the record
  std::int64_t job_id = 0;
  std::int64_t array_job_id = 0;
  std::int64_t start_time = 0;
  std::int64_t walltime = 0;
  std::int32_t duration = 0;  // stored; live duration of running jobs is now - start
  std::int32_t num_nodes = 0, num_acc = 0, num_hwthreads = 0, smt = 0;
  double energy = 0;
  schema::JobState state = schema::JobState::running;
  schema::Sharing shared = schema::Sharing::none;
  schema::MonitoringStatus monitoring_status = schema::MonitoringStatus::running_or_archiving;
  StringId cluster = kNoString, sub_cluster = kNoString, partition = kNoString, project = kNoString,
           user = kNoString;
  StringId job_name = kNoString;                       // kNoString: the job has none
  std::vector<StringId> hosts;                         // sorted, unique
  std::vector<std::uint32_t> tags;                     // tag ids, sorted, unique
  std::vector<std::pair<StringId, double>> footprint;  // sorted by key

  bool operator==(const Row&) const = default;
};

// One version of one job: the key of decoded-record caches.
struct JobRef {
  std::int64_t id = 0;
  std::uint32_t revision = 0;

  bool operator==(const JobRef&) const = default;
};
struct JobRefHash {
  std::size_t operator()(const JobRef& ref) const {
    std::uint64_t x = static_cast<std::uint64_t>(ref.id) * 0x9e3779b97f4a7c15u + ref.revision;
    x ^= x >> 32;
    return static_cast<std::size_t>(x * 0xd6e8feb86659fd93u >> 7);
  }
};

// What the writer needs to match events with jobs.
struct JobSummary {
  std::int64_t id = 0;
  std::int64_t job_id = 0;
  std::int64_t start_time = 0;
  std::int32_t duration = 0;
  schema::JobState state = schema::JobState::running;
  StringId cluster = kNoString;
};

}  // namespace jobledger::storage::jobs
