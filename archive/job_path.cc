// SPDX-License-Identifier: MIT
#include "archive/job_path.h"

#include "archive/config.h"
#include "base/ascii.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace jobledger::archive {

std::filesystem::path staging_path(const Config& config) {
  if (!config.staging.empty()) return config.staging;
  // "/a/archive/" names the same folder as "/a/archive".
  std::filesystem::path beside = config.path.lexically_normal();
  if (!beside.has_filename()) beside = beside.parent_path();
  beside += ".staging";
  return beside;
}

std::string job_path(std::string_view cluster, std::int64_t job_id, std::int64_t start_time) {
  std::string out;
  out.reserve(cluster.size() + 40);
  append_job_path(out, cluster, job_id, start_time);
  return out;
}

void append_job_path(std::string& out, std::string_view cluster, std::int64_t job_id,
                     std::int64_t start_time) {
  out.append(cluster);
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("/{}/{:03}/{}"), job_id / 1000, job_id % 1000,
                 start_time);
}

Result<void> check_cluster_name(std::string_view name) {
  const bool bad = name.empty() || name.front() == '.' || name.size() > 255 ||
                   name.find('/') != name.npos || name.find('\0') != name.npos;
  if (bad) return invalid(fmt::format("\"{}\" cannot be the name of a cluster's folder", name));
  return {};
}

bool is_no_cluster(std::string_view name) { return name.front() == '.' || name == "lost+found"; }

bool is_number(std::string_view name) {
  if (!name.empty() && name.front() == '-') name.remove_prefix(1);
  return !name.empty() && std::all_of(name.begin(), name.end(), is_digit);
}

}  // namespace jobledger::archive
