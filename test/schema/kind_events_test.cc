// SPDX-License-Identifier: MIT
// Events of which some values are of no use: what refuses them, and what is left out.
#include "schema/job_json.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace jobledger::schema {
namespace {

std::string start_with(const std::string& more) {
  return R"({"cluster":"big","jobId":7,"startTime":1000,"user":"eve","resources":[{"hostname":)"
         R"("n01","hwthreads":[0,1],"accelerators":["a"]}])" +
         more + "}";
}

// "name count, ..." of what was left out.
std::string names_of(const DroppedMembers& dropped) {
  std::string names;
  for (const DroppedMember& member : dropped) {
    if (!names.empty()) names += ", ";
    names += member.name + " " + std::to_string(member.count);
  }
  return names;
}

TEST_CASE("no value that does not identify the job costs it") {
  struct Case {
    std::string more, dropped;
  };
  const std::vector<Case> cases = {
      {R"(,"walltime":-1)", "walltime 1"},
      {R"(,"walltime":"unlimited")", "walltime 1"},
      {R"(,"walltime":9223372036854775807)", "walltime 1"},
      {R"(,"walltime":99999999999999999999)", "walltime 1"},
      {R"(,"walltime":1e400)", "walltime 1"},
      {R"(,"walltime":3600.5)", "walltime 1"},
      {R"(,"walltime":"3600")", "walltime 1"},
      {R"(,"walltime":{})", "walltime 1"},
      {R"(,"walltime":null)", ""},
      {R"(,"requestedMemory":-5)", "requestedMemory 1"},
      {R"(,"requestedMemory":"4G")", "requestedMemory 1"},
      {R"(,"arrayJobId":-1)", "arrayJobId 1"},
      {R"(,"arrayJobId":"22_[1-3]")", "arrayJobId 1"},
      {R"(,"smt":-2)", "smt 1"},
      {R"(,"smt":true)", "smt 1"},
      {R"(,"smt":4294967296)", "smt 1"},
      {R"(,"numNodes":"one")", "numNodes 1"},
      {R"(,"numHwthreads":-16)", "numHwthreads 1"},
      {R"(,"numHwthreads":1.5)", "numHwthreads 1"},
      {R"(,"numAcc":-1)", "numAcc 1"},
      {R"(,"numAcc":[])", "numAcc 1"},
      {R"(,"shared":"oversubscribe")", "shared 1"},
      {R"(,"shared":1)", "shared 1"},
      {R"(,"jobState":7)", "jobState 1"},
      {R"(,"partition":5)", "partition 1"},
      {R"(,"project":["x"])", "project 1"},
      {R"(,"subCluster":{})", "subCluster 1"},
      {R"(,"monitoringStatus":9)", "monitoringStatus 1"},
      {R"(,"monitoringStatus":"on")", "monitoringStatus 1"},
      {R"(,"duration":99999999999)", "duration 1"},
      {R"(,"submitTime":"now")", "submitTime 1"},
      {R"(,"submitTime":-1)", "submitTime 1"},
      {R"(,"id":"x")", "id 1"},
      {R"(,"energy":"much")", "energy 1"},
      {R"(,"concurrentJobs":[])", "concurrentJobs 1"},
      {R"(,"metaData":"text")", "metaData 1"},
      {R"(,"metaData":[1])", "metaData 1"},
      {R"(,"footprint":7)", "footprint 1"},
      {R"(,"energyFootprint":"x")", "energyFootprint 1"},
      {R"(,"statistics":[])", "statistics 1"},
      {R"(,"tags":"app")", "tags 1"},
      {R"(,"walltime":-1,"smt":"x","WallTime":"y")", "walltime 1, smt 1"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.more);
    DroppedMembers dropped;
    const Result<Job> job = parse_start_event(start_with(c.more), nullptr, &dropped);
    REQUIRE_MESSAGE(job.has_value(), job.error().detail);
    Job expected;
    expected.cluster = "big";
    expected.job_id = 7;
    expected.start_time = 1000;
    expected.user = "eve";
    expected.resources = {{"n01", {0, 1}, {"a"}, ""}};
    CHECK(*job == expected);
    if (c.more.find("WallTime") == std::string::npos) CHECK(names_of(dropped) == c.dropped);
    // Whoever asks for it hears of the very same.
    if (!c.dropped.empty()) CHECK_FALSE(parse_start_event(start_with(c.more)).has_value());
  }
}

TEST_CASE("what was wrong is told with the last value") {
  DroppedMembers dropped;
  REQUIRE(
      parse_start_event(start_with(R"(,"walltime":"x","walltime":"unlimited")"), nullptr, &dropped)
          .has_value());
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0].count == 2);
  CHECK(dropped[0].example == R"(walltime: expected a 64-bit integer, found "unlimited")");
}

TEST_CASE("of lists and maps only what is of no use goes") {
  DroppedMembers dropped;
  const Result<Job> job = parse_start_event(
      R"({"jobId":1,"resources":[{"hostname":"n1","hwthreads":[0,"1",-2,3.5,null,4,9999999999],)"
      R"("accelerators":["a",0,"",null,"b"],"configuration":5},{"hostname":"n2","hwthreads":"all"}],)"
      R"("tags":[{"type":"t","name":"n","id":"x"},{"type":"t"},7,null,{"type":1,"name":"n"}],)"
      R"("metaData":{"a":"1","b":2,"c":null},"footprint":{"x":1,"y":"2"},)"
      R"("statistics":{"m":{"avg":1,"min":0,"max":2},"n":{"avg":"1"},"o":3}})",
      nullptr, &dropped);
  REQUIRE_MESSAGE(job.has_value(), job.error().detail);
  REQUIRE(job->resources.size() == 2);
  CHECK(job->resources[0] == Resource{"n1", {0, 4}, {"a", "b"}, ""});
  CHECK(job->resources[1] == Resource{"n2", {}, {}, ""});
  CHECK(job->tags == std::vector<Tag>{{"t", "n", "global", 0}});
  CHECK(job->meta("a") == "1");
  CHECK(job->meta_data->size() == 2);
  CHECK(*job->footprint == std::vector<NamedValue>{{"x", 1}});
  REQUIRE(job->statistics->size() == 1);
  CHECK(job->statistics->front().max == 2);
  CHECK(names_of(dropped) ==
        "resources.hwthreads 6, resources.accelerators 3, resources.configuration 1, tags.id 1, "
        "tags 4, metaData 1, footprint 1, statistics 2");
}

TEST_CASE("more hardware threads than a record holds are left out") {
  std::string threads = "0";
  for (std::size_t i = 0; i < kMaxEventHwthreads; ++i) threads += ",0";
  DroppedMembers dropped;
  const Result<Job> job = parse_start_event(
      R"({"jobId":1,"resources":[{"hostname":"n1","hwthreads":[)" + threads + "]}]}", nullptr,
      &dropped);
  REQUIRE(job.has_value());
  CHECK(job->resources[0].hwthreads.empty());
  CHECK(names_of(dropped) == "resources.hwthreads 1");
}

TEST_CASE("what identifies refuses an event of the wrong type, also when we are kind") {
  for (const char* bad :
       {R"({"jobId":"7"})", R"({"jobId":1.5})", R"({"jobId":99999999999999999999})",
        R"({"cluster":5})", R"({"startTime":"now"})", R"({"startTime":-1})",
        R"({"startTime":253402300800})", R"({"user":17})", R"({"user":{}})",
        R"({"resources":"n01"})", R"({"resources":{}})", R"({"resources":["n01"]})",
        R"({"resources":[null]})", R"({"resources":[{"hostname":1}]})",
        R"({"resources":[{"hostname":"n1"},{"hostname":["n2"]}]})"}) {
    CAPTURE(bad);
    DroppedMembers dropped;
    CHECK_FALSE(parse_start_event(bad, nullptr, &dropped).has_value());
  }
  for (const char* bad : {R"({"jobId":"7","stopTime":1})", R"({"jobId":7,"stopTime":"1"})",
                          R"({"jobId":7,"stopTime":-1})", R"({"jobId":7,"stopTime":1,"cluster":3})",
                          R"({"jobId":7,"stopTime":1,"startTime":"x"})",
                          R"({"jobId":7,"stopTime":1,"startTime":-5})"}) {
    CAPTURE(bad);
    DroppedMembers dropped;
    CHECK_FALSE(parse_stop_event(bad, nullptr, &dropped).has_value());
  }
}

TEST_CASE("a state that is no text does not keep a run open") {
  for (const char* state : {"7", "null", "{}", "[\"completed\"]"}) {
    CAPTURE(state);
    DroppedMembers dropped;
    const auto stop = parse_stop_event(
        R"({"jobId":7,"stopTime":5,"jobState":)" + std::string(state) + "}", nullptr, &dropped);
    REQUIRE(stop.has_value());
    CHECK(*stop == StopEvent{7, std::nullopt, std::nullopt, 5, JobState::completed, ""});
    CHECK(names_of(dropped) == (std::string(state) == "null" ? "" : "jobState 1"));
  }
}

TEST_CASE("one wrong node does not cost the report of the others") {
  std::string nodes;
  for (int i = 1; i < 40; ++i) {
    nodes += R"({"hostname":"n)" + std::to_string(i) + R"(","states":["idle"],"jobsRunning":1},)";
  }
  for (const char* wrong :
       {R"("n40")", "null", "40", "{}", R"({"hostname":40})", R"({"hostname":""})",
        R"({"hostname":null,"states":["idle"]})", R"({"hostname":"n40","states":"idle"})"}) {
    CAPTURE(wrong);
    DroppedMembers dropped;
    const auto event = parse_node_state_event(R"({"cluster":"c","nodes":[)" + nodes + wrong + "]}",
                                              nullptr, &dropped);
    REQUIRE_MESSAGE(event.has_value(), event.error().detail);
    CHECK(event->nodes.size() == 39);
    CHECK(event->nodes.back().hostname == "n39");
    CHECK(names_of(dropped) == "nodes 1");
    CHECK_FALSE(parse_node_state_event(R"({"cluster":"c","nodes":[)" + std::string(wrong) + "]}",
                                       nullptr, &dropped)
                    .has_value());
  }
}

TEST_CASE("what a node has allocated does not cost its state") {
  DroppedMembers dropped;
  const auto event = parse_node_state_event(
      R"({"cluster":"c","nodes":[{"hostname":"n1","states":["idle",5,"DOWN"],"cpusAllocated":"x",)"
      R"("gpusAllocated":-1,"jobsRunning":99999999999,"memoryAllocated":-7}]})",
      nullptr, &dropped);
  REQUIRE(event.has_value());
  REQUIRE(event->nodes.size() == 1);
  const NodeReport& node = event->nodes[0];
  CHECK(node.states == std::vector<std::string>{"idle", "DOWN"});
  CHECK(node.cpus_allocated + node.gpus_allocated + node.jobs_running + node.memory_allocated == 0);
  CHECK(names_of(dropped) ==
        "nodes.states 1, nodes.cpusAllocated 1, nodes.gpusAllocated 1, nodes.jobsRunning 1, "
        "nodes.memoryAllocated 1");
  CHECK_FALSE(parse_node_state_event(R"({"cluster":"c","nodes":"n1"})", nullptr, &dropped));
  CHECK_FALSE(parse_node_state_event(R"({"cluster":7,"nodes":[]})", nullptr, &dropped));
}

}  // namespace
}  // namespace jobledger::schema
