// SPDX-License-Identifier: MIT
#include "schema/job_json.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::schema;

namespace {

Job full_job() {
  Job job;
  job.id = 7;
  job.job_id = 11;
  job.cluster = "big";
  job.sub_cluster = "main";
  job.partition = "work";
  job.project = "abc";
  job.user = "eve";
  job.shared = Sharing::single_user;
  job.state = JobState::out_of_memory;
  job.monitoring_status = MonitoringStatus::archived;
  job.smt = 2;
  job.num_nodes = 2;
  job.num_acc = 3;
  job.num_hwthreads = 4;
  job.array_job_id = 5;
  job.start_time = 1768978339;
  job.duration = 1200;
  job.walltime = 3600;
  job.submit_time = 1768978300;
  job.requested_memory = 64000;
  job.energy = 1.25;
  job.resources = {{"n01", {0, 1}, {"00000000:01:00.0"}, "turbo"}, {"n02", {}, {}, ""}};
  job.tags = {{"app", "vasp", "global", 4}, {"note", "mine", "eve", 0}};
  job.footprint = {{"cpu_load_avg", 1.5}, {"mem_used_max", 1e-7}};
  job.energy_footprint = {{"node_power", 1.25}};
  job.meta_data = {{"jobName", "sim"}, {"jobScript", "#!/bin/sh\n a <b> && \"c\"\t\\"}};
  job.statistics = {{"cpu_load", {"", ""}, 1.23, 0.5, 2}, {"mem_bw", {"B/s", "G"}, 10, 0, 1e21}};
  return job;
}

constexpr std::string_view kFullText =
    R"({"cluster":"big","subCluster":"main","partition":"work","project":"abc","user":"eve",)"
    R"("shared":"single_user","jobState":"out_of_memory",)"
    R"("tags":[{"type":"app","name":"vasp","scope":"global","id":4},)"
    R"({"type":"note","name":"mine","scope":"eve","id":0}],)"
    R"("resources":[{"hostname":"n01","configuration":"turbo","hwthreads":[0,1],)"
    R"("accelerators":["00000000:01:00.0"]},{"hostname":"n02"}],)"
    R"("energyFootprint":{"node_power":1.25},)"
    R"("footprint":{"cpu_load_avg":1.5,"mem_used_max":1e-7},)"
    R"("metaData":{"jobName":"sim","jobScript":"#!/bin/sh\n a \u003cb\u003e )"
    R"(\u0026\u0026 \"c\"\t\\"},)"
    R"("concurrentJobs":{"items":null,"count":0},"energy":1.25,"arrayJobId":5,"walltime":3600,)"
    R"("requestedMemory":64000,"jobId":11,"duration":1200,"smt":2,"monitoringStatus":3,"numAcc":3,)"
    R"("numHwthreads":4,"numNodes":2,)"
    R"("statistics":{"cpu_load":{"unit":{"base":""},"avg":1.23,"min":0.5,"max":2},)"
    R"("mem_bw":{"unit":{"base":"B/s","prefix":"G"},"avg":10,"min":0,"max":1e+21}},)"
    R"("id":7,"submitTime":1768978300,"startTime":1768978339})"
    "\n";

std::string start_error(std::string_view text) {
  const Result<Job> job = parse_start_event(text);
  return job ? "" : job.error().detail;
}

}  // namespace

TEST_CASE("a job with everything set is written in the field's order and read back") {
  std::string text;
  write_meta_json(text, full_job());
  CHECK(text == kFullText);
  UnknownMembers unknown;
  const Result<Job> back = parse_meta_json(text, &unknown);
  REQUIRE(back.has_value());
  CHECK(*back == full_job());
  CHECK(unknown.empty());
}

TEST_CASE("a job with nothing set is written with nulls and omissions and read back") {
  Job job;
  job.monitoring_status = MonitoringStatus::disabled;
  std::string text;
  write_meta_json(text, job);
  CHECK(text == R"({"cluster":"","subCluster":"","project":"","user":"","shared":"none",)"
                R"("jobState":"running","resources":null,"energyFootprint":null,"footprint":null,)"
                R"("metaData":null,"concurrentJobs":{"items":null,"count":0},"energy":0,"jobId":0,)"
                R"("duration":0,"numNodes":0,"statistics":null,"startTime":0})"
                "\n");
  const Result<Job> back = parse_meta_json(text);
  REQUIRE(back.has_value());
  CHECK(*back == job);
}

TEST_CASE("empty maps stay apart from unset ones") {
  Job job = full_job();
  job.footprint = job.energy_footprint = std::vector<NamedValue>{};
  job.meta_data.emplace();
  job.statistics.emplace();
  std::string text;
  write_meta_json(text, job);
  CHECK(text.find(R"("energyFootprint":{},"footprint":{},"metaData":{},)") != std::string::npos);
  CHECK(*parse_meta_json(text) == job);
}

TEST_CASE("a start payload is running, whatever it says, and monitored unless it says so") {
  const Result<Job> job =
      parse_start_event(R"({"jobId":7,"user":"eve","jobState":"completed","id":99,"numNodes":1,)"
                        R"("resources":[{"hostname":"n01"}]})");
  REQUIRE(job.has_value());
  CHECK(job->is_running());
  CHECK(job->id == 0);
  CHECK(job->shared == Sharing::none);
  CHECK(job->monitoring_status == MonitoringStatus::running_or_archiving);
  CHECK(parse_start_event(R"({"monitoringStatus":0})")->monitoring_status ==
        MonitoringStatus::disabled);
  for (const char* state : {R"("RUNNING")", R"("configuring")", R"("")", "null"}) {
    CAPTURE(state);
    const auto named = parse_start_event(std::string(R"({"jobState":)") + state + "}");
    REQUIRE(named.has_value());
    CHECK(named->is_running());
  }
  CHECK(parse_start_event(R"({"jobState":7})").error().detail ==
        "jobState: expected a string, found 7");
}

TEST_CASE("a scheduler adapter's record with zero values for what it does not know is taken") {
  const Result<Job> job = parse_start_event(
      R"({"cluster":"big","subCluster":"","partition":"p","project":"x","user":"eve",)"
      R"("shared":"multi_user","jobState":"","tags":null,"resources":[{"hostname":"n01"}],)"
      R"("energyFootprint":null,"footprint":null,"metaData":{"jobName":"s"},)"
      R"("concurrentJobs":{"items":null,"count":0},"energy":0,"walltime":257698037700,)"
      R"("jobId":7,"duration":0,"numNodes":1,"statistics":null,"startTime":1768978339})");
  REQUIRE(job.has_value());
  CHECK(job->walltime == 257698037700);
  CHECK(job->meta("jobName") == "s");
  CHECK(job->meta("none").empty());
}

TEST_CASE("member names match without case and the last duplicate wins") {
  const Result<Job> job =
      parse_job(R"({"JOBID":1,"jobid":2,"User":"a","user":"b","resources":[{"hostname":"x"}],)"
                R"("Resources":[{"HOSTNAME":"y"}],"footprint":{"b":1,"a":2,"b":3}})");
  REQUIRE(job.has_value());
  CHECK(job->job_id == 2);
  CHECK(job->user == "b");
  REQUIRE(job->resources.size() == 1);
  CHECK(job->resources[0].hostname == "y");
  CHECK(*job->footprint == std::vector<NamedValue>{{"a", 2}, {"b", 3}});
}

TEST_CASE("null leaves scalars alone and clears lists and maps") {
  const Result<Job> job =
      parse_job(R"({"jobId":1,"jobId":null,"tags":[{"type":"t","name":"n"}],"tags":null,)"
                R"("footprint":{"a":1},"footprint":null})");
  REQUIRE(job.has_value());
  CHECK(job->job_id == 1);
  CHECK(job->tags.empty());
  CHECK(!job->footprint);
}

TEST_CASE("unknown members are reported once each, old ones not at all") {
  UnknownMembers unknown;
  const Result<Job> job = parse_job(
      R"({"stopTime":1,"flops_any_avg":2,"qos":"x","qos":"y","resources":[{"hostname":"a","gpu":1},)"
      R"({"hostname":"b","gpu":2}],"tags":[{"type":"t","name":"n","color":3}]})",
      &unknown);
  REQUIRE(job.has_value());
  CHECK(unknown == UnknownMembers{"qos", "resources.gpu", "tags.color"});
  CHECK(job->tags[0].scope == "global");
}

TEST_CASE("unknown names are bounded in number and length") {
  std::string text = "{";
  for (int i = 0; i < 40; ++i) text += "\"" + std::string(100, 'x') + std::to_string(i) + "\":1,";
  for (int i = 0; i < 40; ++i) text += "\"u" + std::to_string(i) + "\":1,";
  text.back() = '}';
  UnknownMembers unknown;
  REQUIRE(parse_job(text, &unknown).has_value());
  CHECK(unknown.size() == kMaxUnknownNames);
  CHECK(unknown[0] == std::string(64, 'x'));
}

TEST_CASE("a wrong member is refused with its path") {
  struct Row {
    std::string_view text, error;
  };
  for (const Row& row : std::vector<Row>{
           {"[]", "expected an object, found a list"},
           {R"({"jobId":"7"})", "jobId: expected a 64-bit integer, found \"7\""},
           {R"({"jobId":7.0})", "jobId: expected a 64-bit integer, found 7"},
           {R"({"numNodes":4294967296})", "numNodes: expected a 32-bit integer, found 4294967296"},
           {R"({"shared":"maybe"})", "shared: not a valid value of shared: \"maybe\""},
           {R"({"monitoringStatus":4})", "monitoringStatus: expected 0 to 3, found 4"},
           {R"({"startTime":-1})",
            "startTime: expected epoch seconds from 0 to 253402300799, found -1"},
           {R"({"walltime":9223372036854775807})",
            "walltime: expected at most 9007199254740992 either way, found 9223372036854775807"},
           {R"({"user":5})", "user: expected a string, found 5"},
           {R"({"resources":{}})", "resources: expected a list, found an object"},
           {R"({"resources":[{"hostname":"a"},{"hwthreads":[0,"x"]}]})",
            "resources[1].hwthreads[1]: expected a 32-bit integer, found \"x\""},
           {R"({"metaData":{"a":1}})", "metaData.a: expected a string, found 1"},
           {R"({"footprint":{"a":"1"}})", "footprint.a: expected a number, found \"1\""},
           {R"({"statistics":{"m":{"unit":{"base":1}}}})",
            "statistics.m.unit.base: expected a string, found 1"},
           {R"({"tags":[{"type":true}]})", "tags[0].type: expected a string, found true"},
           {R"({"concurrentJobs":5})", "concurrentJobs: expected an object, found 5"},
           {R"({"energy":"x"})", "energy: expected a number, found \"x\""}}) {
    CAPTURE(row.text);
    CHECK(start_error(row.text) == row.error);
  }
}

TEST_CASE("an archived record must say its state") {
  CHECK(parse_meta_json("{}").error().detail == "jobState: missing");
  CHECK(parse_meta_json(R"({"jobState":"stopped"})").error().detail ==
        "jobState: not a valid job state: \"stopped\"");
  CHECK(parse_job(R"({"jobState":"Running"})").error().detail ==
        "jobState: not a valid job state: \"Running\"");
  CHECK(parse_meta_json(R"({"jobState":""})").error().detail == "jobState: missing");
  CHECK(parse_meta_json(R"({"jobState":"failed"})")->state == JobState::failed);
}

TEST_CASE("a stop event with everything and one with the least") {
  const Result<StopEvent> full = parse_stop_event(
      R"({"jobId":7,"cluster":"big","startTime":1768978339,"stopTime":1768981939,"jobState":"timeout"})");
  REQUIRE(full.has_value());
  CHECK(*full == StopEvent{7, "big", 1768978339, 1768981939, JobState::timeout, ""});
  UnknownMembers unknown;
  const Result<StopEvent> least = parse_stop_event(
      R"({"jobId":7,"stopTime":1,"cluster":"","startTime":0,"jobState":"","state":"x"})", &unknown);
  REQUIRE(least.has_value());
  CHECK(*least == StopEvent{7, std::nullopt, std::nullopt, 1, JobState::completed, ""});
  CHECK(unknown == UnknownMembers{"state"});
}

TEST_CASE("a stop event that names no job, no time or no end is refused") {
  CHECK(parse_stop_event(R"({"stopTime":1})").error().detail == "jobId: missing");
  CHECK(parse_stop_event(R"({"jobId":null,"stopTime":1})").error().detail == "jobId: missing");
  CHECK(parse_stop_event(R"({"jobId":1})").error().detail == "stopTime: missing");
}

TEST_CASE("a stop ends its run whatever the scheduler calls it") {
  struct Case {
    std::string word;
    JobState state;
    std::string kept;
  };
  const std::vector<Case> cases = {
      {"", JobState::completed, ""},
      {"completed", JobState::completed, ""},
      {"suspended", JobState::suspended, ""},
      {"TIMEOUT", JobState::timeout, "TIMEOUT"},
      {"pending", JobState::preempted, "pending"},
      {"requeued", JobState::preempted, "requeued"},
      {"Requeued", JobState::preempted, "Requeued"},
      {"running", JobState::failed, "running"},
      {"canceled", JobState::failed, "canceled"},
      {"special_exit", JobState::failed, "special_exit"},
      {" failed", JobState::failed, " failed"},
      {std::string(63, 'x') + "\xc3\xa4", JobState::failed, std::string(63, 'x')},
  };
  for (const Case& c : cases) {
    CAPTURE(c.word);
    const auto stop =
        parse_stop_event(R"({"jobId":1,"stopTime":1,"jobState":")" + c.word + R"("})");
    REQUIRE(stop.has_value());
    CHECK(stop->state == c.state);
    CHECK(stop->scheduler_state == c.kept);
  }
  const auto last =
      parse_stop_event(R"({"jobId":1,"stopTime":1,"jobState":"pending","jobState":"failed"})");
  REQUIRE(last.has_value());
  CHECK(*last == StopEvent{1, std::nullopt, std::nullopt, 1, JobState::failed, ""});
}

TEST_CASE("a node state event") {
  UnknownMembers unknown;
  const Result<NodeStateEvent> event = parse_node_state_event(
      R"({"cluster":"big","nodes":[{"hostname":"n01","states":["MIXED","DRAIN"],"cpusAllocated":32,)"
      R"("memoryAllocated":64000,"gpusAllocated":1,"jobsRunning":2,"load":3},{"hostname":"n02"}]})",
      &unknown);
  REQUIRE(event.has_value());
  CHECK(event->cluster == "big");
  REQUIRE(event->nodes.size() == 2);
  CHECK(event->nodes[0].states == std::vector<std::string>{"MIXED", "DRAIN"});
  CHECK(event->nodes[0].cpus_allocated == 32);
  CHECK(event->nodes[0].memory_allocated == 64000);
  CHECK(event->nodes[0].gpus_allocated == 1);
  CHECK(event->nodes[0].jobs_running == 2);
  CHECK(unknown == UnknownMembers{"nodes.load"});
}

TEST_CASE("a node state event without names is refused") {
  CHECK(parse_node_state_event(R"({"nodes":[]})").error().detail == "cluster: missing");
  CHECK(parse_node_state_event(R"({"cluster":"c","nodes":[{"states":[]}]})").error().detail ==
        "nodes[0].hostname: missing");
  CHECK(parse_node_state_event(R"({"cluster":"c","nodes":[{"hostname":"n","states":"idle"}]})")
            .error()
            .detail == "nodes[0].states: expected a list, found \"idle\"");
}
