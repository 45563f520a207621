// SPDX-License-Identifier: MIT
// Values that Job fields are computed into. Views point into the job.
#pragma once

#include "httpd/graphql/answer.h"
#include "schema/job.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::httpd {

struct FootprintValue {
  std::string_view name, stat;
  double value = 0;
};
// The key split at its last underscore.
FootprintValue split_footprint(const schema::NamedValue& entry);

struct EnergyFootprintValue {
  std::string_view hardware, metric;
  double value = 0;
};
// "CPU", "Accelerator", "Memory", "Core" or "Other", by what the metric's name contains.
std::string_view hardware_of(std::string_view metric);

// The scalar Any for metaData: an object of strings, sorted by name.
struct MetaData {
  const std::vector<std::pair<std::string, std::string>>* entries = nullptr;
};

struct User {
  std::string username, name, email;
};

struct JobLink {
  std::int64_t id = 0, job_id = 0;
};
struct JobLinks {
  std::string list_query;
  std::vector<JobLink> items;
  std::uint64_t count = 0;
};

// Seconds; of a running job up to now.
std::int64_t live_duration(const schema::Job& job, std::int64_t now);

// The other jobs that shared nodes with this one for longer than moments; nullopt where that is
// not reported: for jobs that had their nodes for themselves, and for short ones.
Result<std::optional<JobLinks>> concurrent_jobs(const schema::Job& job, const Answer& answer);

}  // namespace jobledger::httpd
