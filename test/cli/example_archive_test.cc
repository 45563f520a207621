// SPDX-License-Identifier: MIT
#include "cli/example_archive.h"

#include "archive/tree.h"
#include "base/file.h"

#include <doctest/doctest.h>

#include <map>

using namespace jobledger;
using namespace jobledger::cli;

namespace {

SimulationConfig small() {
  SimulationConfig config;
  config.cluster.nodes = 8;
  config.cluster.gpu_nodes = 1;
  config.start = 1'768'000'000;
  config.max_jobs = 40;
  return config;
}

}  // namespace

TEST_CASE("an example archive reads back as the jobs that were simulated") {
  TemporaryDirectory folder;
  const auto root = folder.path() / "archive";
  auto written = write_example_archive(root, small());
  REQUIRE_MESSAGE(written, written.error().detail);
  CHECK(*written == 40);

  archive::Config config;
  config.path = root;
  auto tree = archive::Tree::open(config, archive::OpenMode::read);
  REQUIRE_MESSAGE(tree, tree.error().detail);
  std::map<std::int64_t, schema::Job> jobs;
  REQUIRE(tree->for_each_job(
      {[&jobs](std::string_view, schema::Job job) { jobs.emplace(job.job_id, std::move(job)); },
       [](std::string_view path, const Error& error) { FAIL(path << ": " << error.detail); }}));
  CHECK(jobs.size() == 40);

  Simulation simulation(small());
  while (auto event = simulation.next()) {
    if (event->kind != SimulatedEvent::Kind::stop) continue;
    const auto& read = jobs.at(event->job->job_id);
    CHECK(read.duration == event->job->duration);
    CHECK(read.state == event->job->state);
    CHECK(read.resources == event->job->resources);
    CHECK(read.submit_time == event->job->submit_time);
    CHECK(read.monitoring_status == schema::MonitoringStatus::archived);
    CHECK(read.footprint);
    // Two decimals of a kWh: a part of a node needs some minutes for that.
    if (read.duration >= 600) CHECK(read.energy > 0);
    auto data = tree->read_data({read.cluster, read.job_id, read.start_time});
    REQUIRE_MESSAGE(data, data.error().detail);
    const auto* load = data->find("cpu_load", schema::MetricScope::node);
    REQUIRE(load);
    CHECK(std::ssize(load->series) == read.num_nodes);
    const bool gpus = read.sub_cluster == "gpu";
    CHECK((data->find("acc_power", schema::MetricScope::node) != nullptr) == gpus);
    const auto* each = data->find("acc_power", schema::MetricScope::accelerator);
    REQUIRE((each != nullptr) == gpus);
    if (each) CHECK(std::ssize(each->series) == read.num_acc);
  }
}

TEST_CASE("an example archive can be continued, but not over another cluster's configuration") {
  TemporaryDirectory folder;
  const auto root = folder.path() / "archive";
  REQUIRE(write_example_archive(root, small()));
  auto more = small();
  more.first_job_id = 5000;
  REQUIRE(write_example_archive(root, more));
  more.cluster.nodes = 9;
  auto refused = write_example_archive(root, more);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::conflict);
}
