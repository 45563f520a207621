// SPDX-License-Identifier: MIT
#include "schema/job_check.h"

#include "test/schema/example_cluster.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;
using namespace jobledger::test;

namespace {

Job good_job() {
  Job job;
  job.cluster = "big";
  job.user = "eve";
  job.num_nodes = 2;
  job.duration = 5400;
  job.resources = {{"n01", {}, {}, ""}, {"n02", {}, {}, ""}};
  return job;
}

}  // namespace

TEST_CASE("a job without sub-cluster gets that of its first host") {
  const Clusters clusters = example_clusters();
  Job job = good_job();
  REQUIRE(check_job(job, clusters).has_value());
  CHECK(job.sub_cluster == "main");
  job = good_job();
  job.resources[0].hostname = "g2";
  REQUIRE(check_job(job, clusters).has_value());
  CHECK(job.sub_cluster == "gpu");
}

TEST_CASE("a given sub-cluster must exist, but its hosts are not compared") {
  const Clusters clusters = example_clusters();
  Job job = good_job();
  job.sub_cluster = "gpu";
  REQUIRE(check_job(job, clusters).has_value());
  CHECK(job.sub_cluster == "gpu");
}

TEST_CASE("checks are made in the field's order and leave the job as it was") {
  const Clusters clusters = example_clusters();
  struct Row {
    std::function<void(Job&)> spoil;
    std::string_view error;
  };
  for (const Row& row : std::vector<Row>{
           {[](Job& job) { job.cluster = "x", job.user = ""; }, "no such cluster: x"},
           {[](Job& job) { job.sub_cluster = "x", job.user = ""; },
            "cluster big has no sub-cluster x"},
           {[](Job& job) { job.resources[0].hostname = "x01", job.user = ""; },
            "no sub-cluster of cluster big has host x01"},
           {[](Job& job) { job.resources.clear(); },
            "no sub-cluster can be assigned: the job has no resources"},
           {[](Job& job) { job.sub_cluster = "main", job.resources.clear(); },
            "'resources' and 'user' should not be empty"},
           {[](Job& job) { job.user = "", job.num_nodes = 0; },
            "'resources' and 'user' should not be empty"},
           {[](Job& job) { job.num_acc = -1; }, "'numNodes', 'numAcc' or 'numHWThreads' invalid"},
           {[](Job& job) { job.num_hwthreads = -1; },
            "'numNodes', 'numAcc' or 'numHWThreads' invalid"},
           {[](Job& job) { job.num_nodes = 0; }, "'numNodes', 'numAcc' or 'numHWThreads' invalid"},
           {[](Job& job) { job.num_nodes = 3; }, "len(resources) does not equal numNodes (2 vs 3)"},
           {[](Job& job) { job.resources[1].hostname = ""; },
            "resources[1].hostname: should not be empty"}}) {
    CAPTURE(row.error);
    Job job = good_job();
    row.spoil(job);
    const Job before = job;
    const Result<void> checked = check_job(job, clusters);
    REQUIRE(!checked);
    CHECK(checked.error().kind == ErrorKind::invalid);
    CHECK(checked.error().detail == row.error);
    CHECK(job == before);
  }
}

TEST_CASE("footprint takes the configured statistic, energy the power metrics") {
  const Clusters clusters = example_clusters();
  Job job = good_job();
  REQUIRE(check_job(job, clusters).has_value());
  job.statistics = {{"cpu_load", {}, 1.5, 0.5, 2},
                    {"mem_used", {}, 10, 5, 20},
                    {"node_power", {}, 333.3, 1, 1000},
                    {"other", {}, 1, 1, 1}};
  derive_footprint_and_energy(job, clusters);
  CHECK(*job.footprint == std::vector<NamedValue>{{"cpu_load_avg", 1.5}, {"mem_used_max", 20}});
  // 333.3 W * 2 nodes * 1.5 h = 0.9999 kWh
  CHECK(*job.energy_footprint == std::vector<NamedValue>{{"node_power", 1}});
  CHECK(job.energy == 1);
}

TEST_CASE("the kind of a footprint is that of the job's sub-cluster") {
  const Clusters clusters = example_clusters();
  Job job = good_job();
  job.sub_cluster = "gpu";
  job.statistics = {
      {"cpu_load", {}, 1.5, 0.5, 2}, {"mem_used", {}, 1, 1, 1}, {"node_power", {}, 9, 9, 9}};
  derive_footprint_and_energy(job, clusters);
  CHECK(*job.footprint == std::vector<NamedValue>{{"cpu_load_min", 0.5}});
  CHECK(job.energy_footprint->empty());
  CHECK(job.energy == 0);
}

TEST_CASE("a job whose sub-cluster is gone is judged by that of its first host") {
  const Clusters clusters = example_clusters();
  Job job = good_job(), same = good_job();
  REQUIRE(check_job(same, clusters).has_value());
  job.sub_cluster = "renamed since";
  job.statistics = same.statistics = {{{"cpu_load", {}, 1.5, 0.5, 2}, {"node_power", {}, 9, 9, 9}}};
  derive_footprint_and_energy(job, clusters);
  derive_footprint_and_energy(same, clusters);
  CHECK(job.footprint->size() == 1);
  CHECK(job.footprint == same.footprint);
  CHECK(job.energy_footprint == same.energy_footprint);
}

TEST_CASE("metrics without statistics are left out, and without any nothing is derived") {
  const Clusters clusters = example_clusters();
  Job job = good_job();
  job.sub_cluster = "main";
  job.footprint = {{"kept_avg", 1}};
  job.energy = 5;
  Job before = job;
  derive_footprint_and_energy(job, clusters);
  CHECK(job == before);
  job.statistics.emplace();
  before = job;
  derive_footprint_and_energy(job, clusters);
  CHECK(job == before);
  job.statistics = {{"mem_used", {}, 1, 2, 3}};
  derive_footprint_and_energy(job, clusters);
  CHECK(*job.footprint == std::vector<NamedValue>{{"mem_used_max", 3}});
  CHECK(job.energy == 0);
}

TEST_CASE("energy adds its rounded terms") {
  const Clusters clusters = [] {
    std::string text = example_cluster_text();
    const std::string from = R"("footprint":"avg","peak":72)";
    text.replace(text.find(from), from.size(), R"("footprint":"avg","energy":"power","peak":72)");
    std::vector<Cluster> list;
    list.push_back(cluster_of(text));
    return Clusters(std::move(list));
  }();
  Job job = good_job();
  job.sub_cluster = "main";
  job.num_nodes = 1;
  job.duration = 3600;
  job.statistics = {{"cpu_load", {}, 14, 0, 0}, {"node_power", {}, 15, 0, 0}};
  derive_footprint_and_energy(job, clusters);
  CHECK(*job.energy_footprint == std::vector<NamedValue>{{"cpu_load", 0.01}, {"node_power", 0.02}});
  CHECK(job.energy == 0.03);
}

TEST_CASE("energy beyond the range of a double is left out") {
  const Clusters clusters = example_clusters();
  Job job = good_job();
  job.sub_cluster = "main";
  job.statistics = {{"node_power", {}, 1e308, 0, 1e308}};
  derive_footprint_and_energy(job, clusters);
  CHECK(job.energy_footprint->empty());
  CHECK(job.energy == 0);
}
