// SPDX-License-Identifier: MIT
// Topologies for tests of scopes: small ones, good and bad, and those of real clusters.
#pragma once

#include "schema/cluster.h"
#include "test/schema/archive_files.h"
#include "test/schema/example_cluster.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace jobledger::test {

// Two sockets of two cores of two threads, numbered as Linux does with SMT on: threads 0 to 3 are
// the first of cores 0 to 3, threads 4 to 7 the second. Two memory domains per socket.
inline schema::Topology smt_topology() {
  schema::Topology out;
  out.node = {0, 1, 2, 3, 4, 5, 6, 7};
  out.socket = {{0, 1, 4, 5}, {2, 3, 6, 7}};
  out.memory_domain = {{0, 4}, {1, 5}, {2, 6}, {3, 7}};
  out.core = {{0, 4}, {1, 5}, {2, 6}, {3, 7}};
  out.accelerators = {{"00000000:49:00.0", "Nvidia GPU", "A100"},
                      {"00000000:0E:00.0", "Nvidia GPU", "A100"}};
  return out;
}

// As the GPU nodes of real clusters: one memory domain over both sockets, and a core is forgotten.
inline schema::Topology one_domain_topology() {
  schema::Topology out;
  out.node = {0, 1, 2, 3};
  out.socket = {{0, 1}, {2, 3}};
  out.memory_domain = {{0, 1, 2, 3}};
  out.core = {{0}, {1}, {3}};
  return out;
}

// By "cluster/sub-cluster"; none, with a message, when the archive files are not here.
inline std::vector<std::pair<std::string, schema::Topology>> real_topologies() {
  std::vector<std::pair<std::string, schema::Topology>> out;
  const std::filesystem::path root = archive_files();
  if (root.empty()) return out;
  for (const char* name : {"alex", "emmy", "fritz"})
    for (const auto& sub_cluster : cluster_of(file_text(root / name / "cluster.json")).sub_clusters)
      out.emplace_back(std::string(name) + "/" + sub_cluster.name, sub_cluster.topology);
  return out;
}

// One of them that is there.
inline schema::Topology topology_of(
    const std::vector<std::pair<std::string, schema::Topology>>& topologies,
    const std::string& name) {
  for (const auto& [known, topology] : topologies)
    if (known == name) return topology;
  FAIL("no topology ", name);
  return {};
}

}  // namespace jobledger::test
