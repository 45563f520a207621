// SPDX-License-Identifier: MIT
#include "cli/simulation.h"

#include "cli/adapter_message.h"
#include "schema/job_check.h"
#include "schema/job_json.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <vector>

using namespace jobledger;
using namespace jobledger::cli;

namespace {

SimulationConfig small_cluster() {
  SimulationConfig config;
  config.cluster.nodes = 20;
  config.cluster.gpu_nodes = 2;
  config.start = 1'768'978'339;
  config.max_jobs = 300;
  config.mean_duration = 300;
  return config;
}

std::vector<SimulatedEvent> run(const SimulationConfig& config,
                                SimulationCounts* counts = nullptr) {
  Simulation simulation(config);
  std::vector<SimulatedEvent> events;
  while (auto event = simulation.next()) events.push_back(*std::move(event));
  if (counts) *counts = simulation.counts();
  return events;
}

// The JSON inside a message, by undoing the escapes of the string field.
std::string event_field(const std::string& message) {
  const auto begin = message.find(" event=\"") + 8;
  std::string out;
  for (std::size_t i = begin; message[i] != '"'; ++i) {
    if (message[i] == '\\') ++i;
    out += message[i];
  }
  return out;
}

}  // namespace

TEST_CASE("the same seed gives the same bytes, another seed others") {
  auto config = small_cluster();
  config.duplicates = config.swapped = config.malformed = 0.2;
  const auto first = run(config), second = run(config);
  REQUIRE(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    REQUIRE(first[i].message == second[i].message);
    REQUIRE(first[i].time == second[i].time);
  }
  config.seed = 2;
  CHECK(run(config).front().message != first.front().message);
}

TEST_CASE("every start is accepted by the checks of the cluster it runs on") {
  Simulation simulation(small_cluster());
  const schema::Clusters clusters({simulation.cluster()});
  std::size_t starts = 0;
  while (auto event = simulation.next()) {
    if (event->kind != SimulatedEvent::Kind::start) continue;
    auto job = schema::parse_job(event_field(event->message));
    REQUIRE_MESSAGE(job, job.error().detail);
    auto checked = schema::check_job(*job, clusters);
    REQUIRE_MESSAGE(checked, checked.error().detail);
    CHECK(job->sub_cluster == event->job->sub_cluster);
    CHECK(job->job_id == event->job->job_id);
    CHECK(job->meta_data == event->job->meta_data);
    CHECK(job->resources == event->job->resources);
    ++starts;
  }
  CHECK(starts == simulation.counts().starts);
  CHECK(starts == 300);
}

TEST_CASE("every job that starts also stops, once, in order of time") {
  SimulationCounts counts;
  std::map<std::int64_t, int> state;  // job id -> 1 started, 2 stopped
  std::int64_t last = 0;
  for (const auto& event : run(small_cluster(), &counts)) {
    CHECK(event.time >= last);
    last = event.time;
    if (event.kind == SimulatedEvent::Kind::start) CHECK(state[event.job->job_id]++ == 0);
    if (event.kind != SimulatedEvent::Kind::stop) continue;
    CHECK(state[event.job->job_id]++ == 1);
    auto stop = schema::parse_stop_event(event_field(event.message));
    REQUIRE_MESSAGE(stop, stop.error().detail);
    CHECK(stop->stop_time == event.job->start_time + event.job->duration);
    CHECK(stop->state == event.job->state);
  }
  CHECK(state.size() == 300);
  CHECK(counts.stops == counts.starts);
  CHECK(counts.repeats + counts.swaps + counts.malformed == 0);
}

TEST_CASE("no core and no accelerator is given to two jobs at once") {
  std::set<std::pair<std::string, int>> cores;
  std::set<std::pair<std::string, std::string>> accelerators;
  for (const auto& event : run(small_cluster())) {
    if (event.kind != SimulatedEvent::Kind::start && event.kind != SimulatedEvent::Kind::stop) {
      continue;
    }
    const bool start = event.kind == SimulatedEvent::Kind::start;
    for (const auto& resource : event.job->resources) {
      const auto all =
          static_cast<std::size_t>(event.job->sub_cluster == "gpu" ? kGpuCores : kMainCores);
      std::vector<std::int32_t> ids = resource.hwthreads;
      for (std::int32_t i = 0; ids.size() < all && resource.hwthreads.empty(); ++i)
        ids.push_back(i);
      for (const int id : ids) {
        CHECK((start ? cores.emplace(resource.hostname, id).second
                     : cores.erase({resource.hostname, id}) == 1));
      }
      for (const auto& id : resource.accelerators) {
        CHECK((start ? accelerators.emplace(resource.hostname, id).second
                     : accelerators.erase({resource.hostname, id}) == 1));
      }
    }
  }
  CHECK(cores.empty());
  CHECK(accelerators.empty());
}

TEST_CASE("faults come in the shares that were asked for") {
  auto config = small_cluster();
  config.max_jobs = 3000;
  config.report_interval = 0;
  config.duplicates = 0.1;
  config.swapped = 0.2;
  config.malformed = 0.05;
  SimulationCounts counts;
  const auto events = run(config, &counts);
  CHECK(counts.starts == counts.stops);
  CHECK(counts.starts + counts.turned_away == 3000);
  const double good = static_cast<double>(counts.starts + counts.stops);
  CHECK(static_cast<double>(counts.repeats) / good == doctest::Approx(0.1).epsilon(0.2));
  CHECK(static_cast<double>(counts.malformed) / good == doctest::Approx(0.05).epsilon(0.25));
  CHECK(static_cast<double>(counts.swaps) / static_cast<double>(counts.starts) ==
        doctest::Approx(0.2).epsilon(0.2));
  std::set<std::int64_t> started;
  std::uint64_t overtaken = 0;
  for (const auto& event : events) {
    if (event.repeated || !event.job) continue;
    if (event.kind == SimulatedEvent::Kind::start) started.insert(event.job->job_id);
    if (event.kind == SimulatedEvent::Kind::stop) overtaken += !started.contains(event.job->job_id);
  }
  CHECK(overtaken == counts.swaps);
}

TEST_CASE("node reports name every node with its load") {
  Simulation simulation(small_cluster());
  std::size_t reports = 0;
  bool busy = false;
  while (auto event = simulation.next()) {
    if (event->kind != SimulatedEvent::Kind::node_states) continue;
    ++reports;
    CHECK(event->message.starts_with("nodestate event="));
    auto report = schema::parse_node_state_event(event_field(event->message));
    REQUIRE_MESSAGE(report, report.error().detail);
    CHECK(report->nodes.size() == 22);
    for (const auto& node : report->nodes) {
      busy = busy || node.jobs_running > 0;
      CHECK((node.jobs_running > 0) == (node.cpus_allocated > 0));
    }
  }
  CHECK(reports > 2);
  CHECK(busy);
}

TEST_CASE("a cluster without accelerators has neither their jobs nor their metrics") {
  auto config = small_cluster();
  config.cluster.gpu_nodes = 0;
  Simulation simulation(config);
  CHECK(simulation.cluster().sub_clusters.size() == 1);
  CHECK(simulation.cluster().find_metric("acc_power") == nullptr);
  while (auto event = simulation.next()) {
    if (event->job) CHECK(event->job->num_acc == 0);
  }
  CHECK(simulation.counts().starts == 300);
}

TEST_CASE("only quotes and backslashes are escaped in a field") {
  CHECK(format_line("job", ",function=x", "{\"a\":\"b\\n c\"}", 12) ==
        "job,function=x event=\"{\\\"a\\\":\\\"b\\\\n c\\\"}\" 12000000000");
}

TEST_CASE("a start message is what the adapter sends, zero values and all") {
  schema::Job job;
  job.job_id = 7;
  job.user = "eve";
  job.project = "abc";
  job.cluster = "big";
  job.num_nodes = 1;
  job.start_time = 1'768'978'339;
  job.resources = {{"n01", {0, 1}, {"00000000:01:00.0"}, ""}};
  CHECK(event_field(format_start_message(job)) ==
        R"({"cluster":"big","subCluster":"","partition":"","project":"abc","user":"eve",)"
        R"("shared":"none","jobState":"","resources":[{"hostname":"n01","hwthreads":[0,1],)"
        R"("accelerators":["00000000:01:00.0"]}],"energyFootprint":null,"footprint":null,)"
        R"("metaData":null,"concurrentJobs":{"items":null,"count":0},"energy":0,"jobId":7,)"
        R"("duration":0,"numNodes":1,"statistics":null,"startTime":1768978339})");
}
