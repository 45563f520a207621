// SPDX-License-Identifier: MIT
// Answers of the daemon into reports. Pure. Errors of a GraphQL answer become those of the
// function.
#pragma once

#include "base/result.h"
#include "cli/report.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::cli {

struct JobList {
  std::vector<JobFacts> jobs;
  std::int64_t count = 0;  // matches in all
};
// To job_query.h's detail_request.
Result<JobList> read_jobs(std::string_view answer);

struct MetricSettings {
  std::string name;
  schema::Unit unit;
  std::string scope;
  std::int32_t timestep = 0;
  double peak = 0;
  bool footprint = false;
};
struct SubClusterFacts {
  std::string cluster, name;
  Hardware hardware;
  std::vector<MetricSettings> metrics;
};
// To hardware_request().
Result<std::vector<SubClusterFacts>> read_hardware(std::string_view answer);

// To notes_request().
Result<std::vector<MetricNote>> read_notes(std::string_view answer);

// To metrics_request(): sets report.metrics, in the order of the settings, with an entry for each
// of these. Pre: report.facts are set.
Result<void> read_metrics(std::string_view answer, const std::vector<MetricSettings>& settings,
                          JobReport& report);

}  // namespace jobledger::cli
