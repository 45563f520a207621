// SPDX-License-Identifier: MIT
// The small cluster of docs/formats.md: two sub-clusters, one metric changed and one removed on the
// second.
#pragma once

#include "schema/cluster.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace jobledger::test {

inline std::string example_sub_cluster(const std::string& name, const std::string& nodes) {
  return R"({"name":")" + name + R"(","nodes":")" + nodes +
         R"(","processorType":"X","socketsPerNode":1,"coresPerSocket":2,"threadsPerCore":2,
  "flopRateScalar":{"unit":{"base":"F/s","prefix":"G"},"value":20},
  "flopRateSimd":{"unit":{"base":"F/s","prefix":"G"},"value":160},
  "memoryBandwidth":{"unit":{"base":"B/s","prefix":"G"},"value":80.5},
  "topology":{"node":[0,1,2,3],"socket":[[0,1,2,3]],"memoryDomain":[[0,1],[2,3]],
  "core":[[0,2],[1,3]],"accelerators":[{"id":"00000000:01:00.0","type":"Nvidia GPU","model":"A"}]}})";
}

inline std::string example_cluster_text() {
  return R"({"name":"big","metricDataRepository":{"kind":"x"},"metricConfig":[
  {"name":"cpu_load","unit":{"base":""},"scope":"node","timestep":60,"aggregation":"avg",
   "footprint":"avg","peak":72,"normal":72,"caution":36,"alert":20,
   "subClusters":[{"name":"gpu","peak":128,"normal":128,"caution":64,"alert":32,"footprint":"min",
                   "lowerIsBetter":true}]},
  {"name":"mem_used","unit":{"base":"B","prefix":"G"},"scope":"node","timestep":60,
   "aggregation":"sum","footprint":"max","peak":256,"normal":128,"caution":200,"alert":240,
   "lowerIsBetter":true,"restrict":true,"subClusters":[{"name":"gpu","restrict":false}]},
  {"name":"node_power","unit":{"base":"W"},"scope":"node","timestep":60,"aggregation":"sum",
   "energy":"power","restrict":true,"peak":900,"normal":700,"caution":300,"alert":100,
   "subClusters":[{"name":"gpu","remove":true}]}],
 "subClusters":[)" +
         example_sub_cluster("main", "n[01-40]") + "," + example_sub_cluster("gpu", "g1,g2") + "]}";
}

inline schema::Cluster cluster_of(const std::string& text) {
  Result<schema::Cluster> cluster = schema::parse_cluster(text);
  const std::string error = cluster ? "" : cluster.error().detail;
  REQUIRE_MESSAGE(cluster.has_value(), error);
  return *std::move(cluster);
}

inline schema::Clusters example_clusters() {
  std::vector<schema::Cluster> clusters;
  clusters.push_back(cluster_of(example_cluster_text()));
  return schema::Clusters(std::move(clusters));
}

}  // namespace jobledger::test
