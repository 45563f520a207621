// SPDX-License-Identifier: MIT
// Where a job lies in the tree: <cluster>/<jobId / 1000>/<jobId % 1000, three digits>/<startTime>.
// Pure; any thread.
#pragma once

#include "base/result.h"
#include "schema/job.h"

#include <string>
#include <string_view>

namespace jobledger::archive {

constexpr const char* kMetaFile = "meta.json";
constexpr const char* kDataFile = "data.json";
constexpr const char* kPackedDataFile = "data.json.gz";
constexpr const char* kClusterFile = "cluster.json";
constexpr const char* kVersionFile = "version.txt";

// Relative to the root.
void append_job_path(std::string& out, std::string_view cluster, std::int64_t job_id,
                     std::int64_t start_time);
std::string job_path(std::string_view cluster, std::int64_t job_id, std::int64_t start_time);
inline std::string job_path(const schema::NaturalKey& key) {
  return job_path(key.cluster, key.job_id, key.start_time);
}
inline std::string job_path(const schema::Job& job) {
  return job_path(job.cluster, job.job_id, job.start_time);
}

// A cluster's name as one part of a path: neither empty nor hidden nor able to leave the root.
Result<void> check_cluster_name(std::string_view name);

// Entries of the root that belong to no cluster, whatever they are: hidden ones, and the folder
// that the root of a file system has.
bool is_no_cluster(std::string_view name);

// The folders below a cluster have numbers for names: an optional minus and digits.
bool is_number(std::string_view name);

}  // namespace jobledger::archive
