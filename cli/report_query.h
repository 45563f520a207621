// SPDX-License-Identifier: MIT
// What `jobledger job` asks besides job_query.h, as GraphQL requests. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jobledger::cli {

struct MetricQuestion {
  std::int64_t id = 0;  // of the job, in the index
  std::vector<std::string> metrics;
  bool accelerators = false;    // also each of them
  bool curves_of_nodes = true;  // false: one curve over all nodes
  std::int32_t resolution = 0;  // seconds between the values of curves
};

// What all sub-clusters are, and what is measured there.
std::string hardware_request();
std::string metrics_request(const MetricQuestion& question);
std::string notes_request(std::int64_t id);

}  // namespace jobledger::cli
