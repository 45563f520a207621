// SPDX-License-Identifier: MIT
// A cluster that is read is written and read back as the same, in both forms.
#include "base/log.h"
#include "schema/cluster.h"
#include "test/fuzz/target.h"

#include <string>
#include <utility>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;

FUZZ_TARGET(cluster_json) {
  std::vector<std::string> warnings;
  Result<Cluster> cluster = parse_cluster(text_of(data, size), &warnings);
  if (!cluster) return 0;
  for (const ClusterForm form : {ClusterForm::file, ClusterForm::answer}) {
    std::string text;
    write_cluster(text, *cluster, form);
    const Result<Cluster> back = parse_cluster(text);
    CHECK(back.has_value() && *back == *cluster, "a written cluster differs");
  }
  const std::string name = cluster->name;
  std::vector<Cluster> list;
  list.push_back(*std::move(cluster));
  const Clusters clusters(std::move(list));
  CHECK(clusters.find(name) != nullptr, "a cluster is not found");
  CHECK(clusters.public_metrics().size() <= clusters.global_metrics().size(),
        "restricted metrics are shown");
  return 0;
}
