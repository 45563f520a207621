// SPDX-License-Identifier: MIT
// Finished simulated jobs as a job-archive tree, with made-up metric data: for demos and tests.
#pragma once

#include "base/result.h"
#include "cli/simulation.h"
#include "schema/metric_data.h"

#include <cstdint>
#include <filesystem>

namespace jobledger::cli {

// Samples for every metric of the job's sub-cluster, of the job's own hardware by its profile
// (load_profile.h): at node scope, of accelerators also each. Sets the job's statistics, footprint
// and energy to fit them. Pure.
schema::MetricData make_metric_data(schema::Job& job, const schema::Clusters& clusters);

// Runs the simulation until it ends (set max_jobs) and writes each job that stopped. The root is
// made when absent; the cluster's folder must be new or hold the same cluster.json. Gives the
// number of jobs.
Result<std::uint64_t> write_example_archive(const std::filesystem::path& root,
                                            const SimulationConfig& config);

}  // namespace jobledger::cli
