// SPDX-License-Identifier: MIT
// The configuration of a made-up cluster: CPU nodes, and some with accelerators.
#pragma once

#include "schema/cluster.h"

#include <cstdint>
#include <string>

namespace jobledger::cli {

struct ClusterShape {
  std::string name = "demo";
  std::uint32_t nodes = 64;     // of the sub-cluster "main", 2 x 36 cores; 1 to 9999
  std::uint32_t gpu_nodes = 8;  // of the sub-cluster "gpu", 2 x 32 cores, 8 accelerators; 0 to 9999
  // Series of a CPU node, about: metrics of hardware threads are left out or made up until it has
  // so many. 0: the usual ones, about 300; at most 20,000.
  std::uint32_t series = 0;
  std::int32_t timestep = 60;  // of all metrics, seconds, >= 1
};

constexpr std::int32_t kMainCores = 72, kGpuCores = 64, kGpusPerNode = 8;

// With all derived lists, as if read from its cluster.json.
schema::Cluster make_cluster(const ClusterShape& shape);

std::string accelerator_id(std::int32_t index);

}  // namespace jobledger::cli
