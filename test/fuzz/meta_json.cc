// SPDX-License-Identifier: MIT
// A record that is read is written and read back as the same job, also after its formulas ran.
#include "base/log.h"
#include "schema/job_check.h"
#include "schema/job_json.h"
#include "test/fuzz/target.h"

#include <string>

using namespace jobledger;
using namespace jobledger::schema;

namespace {

constexpr std::string_view kCluster =
    R"({"name":"big","metricConfig":[)"
    R"({"name":"cpu_load","timestep":60,"footprint":"avg"},)"
    R"({"name":"mem_bw","timestep":60,"footprint":"max","energy":"power"}],)"
    R"("subClusters":[{"name":"main","nodes":"*"}]})";

Clusters make_clusters() {
  std::vector<Cluster> list;
  list.push_back(*parse_cluster(kCluster));
  return Clusters(std::move(list));
}

void check_round_trip(const Job& job) {
  std::string text, again;
  write_meta_json(text, job);
  const Result<Job> back = parse_meta_json(text);
  CHECK(back.has_value(), "a written job cannot be read");
  CHECK(*back == job, "a written job differs");
  write_meta_json(again, *back);
  CHECK(again == text, "writing is not stable");
}

}  // namespace

FUZZ_TARGET(meta_json) {
  static const Clusters clusters = make_clusters();
  Result<Job> job = parse_meta_json(text_of(data, size));
  if (!job) return 0;
  check_round_trip(*job);
  if (!check_job(*job, clusters)) return 0;
  derive_footprint_and_energy(*job, clusters);
  check_round_trip(*job);
  return 0;
}
