// SPDX-License-Identifier: MIT
// jobsMetricStats, jobsFootprints, rooflineHeatmap.
#include "test/httpd/graphql_fixture.h"

#include <doctest/doctest.h>

namespace jobledger::test {
using schema::Job;
using schema::MetricScope;
using schema::MonitoringStatus;

namespace {

bool says(std::string_view answer, std::string_view part) {
  return answer.find(part) != std::string::npos;
}

Job archived_job(std::int64_t job_id, std::int64_t hours) {
  Job job = plain_job(job_id, hours);
  job.monitoring_status = MonitoringStatus::archived;
  return job;
}

Job running_job(std::int64_t job_id, std::int64_t seconds) {
  Job job = plain_job(job_id, 0);
  job.state = schema::JobState::running;
  job.start_time = kNow - seconds;
  job.duration = 0;
  return job;
}

// 1: archived, with statistics; 2: archived, nothing known; 3: not monitored; 4: running for two
// minutes on n01 and n02.
struct JobsMetricsWorld : GraphqlFixture {
  explicit JobsMetricsWorld(httpd::Config config = {}) : GraphqlFixture(true, std::move(config)) {
    Job known = archived_job(301, 5);
    known.statistics = {{"cpu_load", {}, 4.5, 1, 9}, {"mem_used", {}, 20, 10, 30}};
    known.num_acc = 2;
    add(known);
    add(archived_job(302, 4));
    Job dark = plain_job(303, 3);
    dark.monitoring_status = MonitoringStatus::disabled;
    add(dark);
    Job running = running_job(304, 120);
    running.num_nodes = 2;
    running.num_hwthreads = 0;
    running.resources = {{"n01", {}, {}, ""}, {"n02", {}, {}, ""}};
    add(running);
    source().hold({"cpu_load", MetricScope::node, "n01", "", kNow - 120, {1, 3}});
    source().hold({"cpu_load", MetricScope::node, "n02", "", kNow - 120, {6, 8}});
  }
};

const char* const kStats =
    "id jobId startTime duration cluster subCluster numNodes numHWThreads numAccelerators "
    "stats { name data { min avg max } }";

std::string footprints(std::string_view metrics) {
  return "{ jobsFootprints(metrics: " + std::string(metrics) +
         ") { timeWeights { nodeHours accHours coreHours } metrics { metric data } } }";
}

std::string heatmap(std::string_view more =
                        "rows: 2, cols: 3, minX: 0.1, maxX: 100, minY: 1, "
                        "maxY: 100") {
  return "{ rooflineHeatmap(filter: [], " + std::string(more) + ") }";
}

std::string roofline_data(std::string_view flops, std::string_view bandwidth) {
  const auto one = [](std::string_view name, std::string_view data) {
    return '"' + std::string(name) +
           R"(":{"node":{"unit":{"base":"x"},"timestep":60,"series":[{"hostname":"n01",)"
           R"("statistics":{"min":0,"avg":0,"max":0},"data":[)" +
           std::string(data) + "]}]}}";
  };
  return "{" + one("flops_any", flops) + "," + one("mem_bw", bandwidth) + "}";
}

}  // namespace

TEST_CASE("statistics of many jobs come by start time, without jobs of which nothing is known") {
  JobsMetricsWorld world;
  CHECK(world.ask("{ jobsMetricStats(metrics: [\"cpu_load\", \"none\"]) { " + std::string(kStats) +
                  " } }") ==
        R"({"data":{"jobsMetricStats":[{"id":1,"jobId":"301","startTime":1704049200,)"
        R"("duration":3600,"cluster":"big","subCluster":"main","numNodes":1,"numHWThreads":4,)"
        R"("numAccelerators":2,"stats":[{"name":"cpu_load","data":{"min":1,"avg":4.5,"max":9}},)"
        R"({"name":"none","data":{"min":0,"avg":0,"max":0}}]},)"
        R"({"id":4,"jobId":"304","startTime":1704067080,"duration":120,"cluster":"big",)"
        R"("subCluster":"main","numNodes":2,"numHWThreads":0,"numAccelerators":0,"stats":[)"
        R"({"name":"cpu_load","data":{"min":1,"avg":4.5,"max":8}},)"
        R"({"name":"none","data":{"min":0,"avg":0,"max":0}}]}]}})");
  CHECK(world.source().asked().size() == 1);
  CHECK(!world.source().asked().at(0).values);
  CHECK(world.ask("{ jobsMetricStats(filter: [{user: {eq: \"bob\"}}]) { id } }") ==
        R"({"data":{"jobsMetricStats":[]}})");
  CHECK(
      says(world.ask("{ jobsMetricStats { stats { name } } }"), R"({"stats":[]},{"stats":[]}]})"));
}

TEST_CASE("a job that cannot be read is left out of many, and counted") {
  JobsMetricsWorld world;
  world.source().broken = Error{ErrorKind::unavailable, "out of reach"};
  CHECK(world.ask("{ jobsMetricStats(metrics: [\"cpu_load\"]) { id } }") ==
        R"({"data":{"jobsMetricStats":[{"id":1}]}})");
  CHECK(says(world.telemetry().text(), "jobledger_metric_read_failures_total 1\n"));
}

TEST_CASE("more jobs than allowed are an error") {
  httpd::Config config;
  config.graphql.max_stats_jobs = 4;
  config.graphql.max_footprint_jobs = 3;
  JobsMetricsWorld world(config);
  CHECK(!says(world.ask("{ jobsMetricStats { id } }"), "errors"));
  const std::string footprint = world.ask(footprints("[]"));
  CHECK(says(footprint, "\"code\":\"RESULT_TOO_LARGE\""));
  CHECK(says(footprint, "\"data\":{\"jobsFootprints\":null}"));
  CHECK(says(world.ask(heatmap()), "\"code\":\"RESULT_TOO_LARGE\""));
  CHECK(!says(world.ask("{ jobsFootprints(filter: {state: running}, metrics: []) { timeWeights { "
                        "nodeHours } } }"),
              "errors"));
  world.add(archived_job(305, 1));
  CHECK(says(world.ask("{ jobsMetricStats { id } }"), "jobsMetricStats: more than 4 jobs"));
}

TEST_CASE("footprints are averages, weights are minutes; unknown averages are null") {
  JobsMetricsWorld world;
  CHECK(world.ask(footprints("[\"cpu_load\", \"mem_used\"]")) ==
        R"({"data":{"jobsFootprints":{"timeWeights":{"nodeHours":[60.00,60.00,4.00],)"
        R"("accHours":[120.00,1.00,1.00],"coreHours":[240.00,240.00,1.00]},"metrics":[)"
        R"({"metric":"cpu_load","data":[4.50,null,4.50]},)"
        R"({"metric":"mem_used","data":[20.00,null,null]}]}}})");
  world.source().broken = Error{ErrorKind::unavailable, "out of reach"};
  CHECK(says(world.ask(footprints("[\"cpu_load\"]")), R"("data":[4.50,null,null])"));
}

TEST_CASE("the heatmap counts samples of running and of archived jobs") {
  JobsMetricsWorld world;
  const auto snapshot = world.store().snapshot();
  world.put_data(***snapshot->read_job(1), roofline_data("2,20,null", "4,2,1"));
  world.put_data(***snapshot->read_job(2), R"({"flops_any":{}})");
  world.source().hold({"flops_any", MetricScope::node, "n01", "", kNow - 120, {2, 50}});
  world.source().hold({"mem_bw", MetricScope::node, "n01", "", kNow - 120, {0.4F, 1}});
  CHECK(world.ask(heatmap()) == R"({"data":{"rooflineHeatmap":[[1,1,0],[0,0,2]]}})");
  world.put_data(***snapshot->read_job(2), "torn");
  CHECK(says(world.ask(heatmap()), "[[1,1,0],[0,0,2]]"));  // the others count all the same
  CHECK(says(world.ask(heatmap("rows: 0, cols: 3, minX: 0.1, maxX: 100, minY: 1, maxY: 100")),
             "\"code\":\"BAD_USER_INPUT\""));
}

TEST_CASE("a client that leaves ends the reading of many jobs") {
  JobsMetricsWorld world;
  for (int i = 0; i < 50; ++i) world.add(running_job(400 + i, 120));
  world.source().on_read = [&] { world.stop = true; };
  for (const std::string& query :
       {std::string("{ jobsMetricStats(metrics: [\"cpu_load\"]) { id } }"),
        footprints("[\"cpu_load\"]"), heatmap()}) {
    world.stop = false;
    const auto before = world.source().asked().size();
    CHECK(says(world.ask(query), "\"CANCELLED\""));
    CHECK(world.source().asked().size() - before < 10);
  }
}

}  // namespace jobledger::test
