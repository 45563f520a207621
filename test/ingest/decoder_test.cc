// SPDX-License-Identifier: MIT
#include "ingest/decoder.h"

#include "test/ingest/support.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace jobledger::ingest {
namespace {

class Decoding {
 public:
  explicit Decoding(LimitsConfig limits = {}) : decoder_({}, limits, test_clusters()) {}

  // "start 7", "stop 7", "nodes 2", "ignored", or "<reason>: <text>"; one per event.
  std::vector<std::string> operator()(std::string message,
                                      std::string_view subject = "cc.job.event") {
    message_ = std::move(message);
    events.clear();
    decoder_.decode(subject, message_, events);
    std::vector<std::string> shown;
    for (const Event& event : events) shown.push_back(show(event));
    return shown;
  }
  UnknownCounts unknown() { return decoder_.take_unknown(); }
  std::vector<NameCount> dropped() { return decoder_.take_dropped(); }

  std::vector<Event> events;

 private:
  static std::string show(const Event& event) {
    if (const auto* start = std::get_if<StartJob>(&event.what)) {
      return "start " + std::to_string(start->job.job_id);
    }
    if (const auto* stop = std::get_if<StopJob>(&event.what)) {
      return "stop " + std::to_string(stop->stop.job_id);
    }
    if (const auto* nodes = std::get_if<NodeStates>(&event.what)) {
      return "nodes " + std::to_string(nodes->nodes.size());
    }
    if (const auto* command = std::get_if<Command>(&event.what)) {
      return "command " + std::to_string(command->dead_letter);
    }
    if (const auto* malformed = std::get_if<Malformed>(&event.what)) {
      return std::string(to_string(malformed->reason)) + ": " + malformed->text;
    }
    return "ignored";
  }

  Decoder decoder_;
  std::string message_;
};

bool starts(const std::vector<std::string>& shown, std::string_view with) {
  return shown.size() == 1 && shown[0].starts_with(with);
}

TEST_CASE("several lines of one message are several events") {
  Decoding decode;
  const auto shown =
      decode(start_line({.job_id = 1}) + "\n" + stop_line({.job_id = 1}) +
             node_line(R"({"cluster":"big","nodes":[{"hostname":"n01","states":[]}]})"));
  CHECK(shown == std::vector<std::string>{"start 1", "stop 1", "nodes 1"});
  CHECK(decode.events[2].line == 2);
}

TEST_CASE("a bad line costs that line only") {
  Decoding decode;
  const auto shown = decode(start_line({.job_id = 1}) + "job,function=start_job event=\"{\n" +
                            stop_line({.job_id = 2}));
  REQUIRE(shown.size() == 3);
  CHECK(shown[0] == "start 1");
  CHECK(shown[1].starts_with("syntax: column "));
  CHECK(shown[2] == "stop 2");
  CHECK(decode.events[1].text == "job,function=start_job event=\"{");
}

TEST_CASE("what is wrong with a line is said") {
  struct Case {
    std::string title, line, expected;
  };
  const std::vector<Case> cases = {
      {"no function", "job event=\"{}\"", "envelope: job event without the tag \"function\""},
      {"unknown function", "job,function=pause event=\"{}\"",
       "envelope: unknown function \"pause\""},
      {"no event field", "job,function=start_job value=1", "envelope: no field \"event\""},
      {"event is a number", "job,function=stop_job event=1",
       "envelope: the field \"event\" is not a string"},
      {"broken JSON", "job,function=start_job event=\"{\"", "payload: "},
      {"wrong type", job_line("start_job", R"({"jobId":"x"})"), "payload: jobId: "},
      {"unknown cluster", start_line({.cluster = "x"}), "refused: no such cluster: x"},
      {"no job id", start_line({.job_id = 0}), "payload: jobId: must be positive"},
      {"no start time", start_line({.start = 0}), "payload: startTime: must be positive"},
      {"stop without time", job_line("stop_job", R"({"jobId":7})"), "payload: stopTime: "},
      {"stop without job", job_line("stop_job", R"({"stopTime":7})"), "payload: jobId: "},
      {"nodes of an unknown cluster", node_line(R"({"cluster":"x","nodes":[]})"),
       "refused: cluster: no such cluster: x"},
      {"node without a name", node_line(R"({"cluster":"big","nodes":[{"hostname":""}]})"),
       "payload: nodes: nodes.hostname: missing"},
      {"a user that is a number", start_line({.more = R"(,"user":17)"}), "payload: user: "},
      {"no user", start_line({.more = R"(,"user":"")"}), "refused: 'resources' and 'user'"},
      {"one host without a name",
       start_line({.more = R"(,"resources":[{"hostname":"n01"},{"hostname":""}])"}),
       "refused: resources[1].hostname: should not be empty"},
      {"no hosts", start_line({.more = R"(,"resources":[])"}), "refused: no sub-cluster"},
      {"a host of no sub-cluster", start_line({.more = R"(,"resources":[{"hostname":"z9"}])"}),
       "refused: no sub-cluster of cluster big has host z9"},
  };
  Decoding decode;
  for (const Case& c : cases) {
    CAPTURE(c.title);
    const auto shown = decode(c.line);
    REQUIRE(shown.size() == 1);
    CAPTURE(shown[0]);
    CHECK(shown[0].starts_with(c.expected));
  }
}

TEST_CASE("a start as the Slurm adapter sends it, with zero values for what it does not know") {
  Decoding decode;
  const std::string json =
      R"({"cluster":"big","subCluster":"","partition":"p","project":"abc","user":"eve",)"
      R"("shared":"none","jobState":"","resources":[{"hostname":"n01"}],"energyFootprint":null,)"
      R"("footprint":null,"metaData":{"jobName":"sim"},"concurrentJobs":{"items":null,"count":0},)"
      R"("energy":0,"walltime":3600,"jobId":11,"duration":0,"numHwthreads":4,"numNodes":1,)"
      R"("statistics":null,"startTime":1768978339})";
  CHECK(decode(job_line("start_job", json)) == std::vector<std::string>{"start 11"});
  const auto& job = std::get<StartJob>(decode.events[0].what).job;
  CHECK(job.sub_cluster == "main");
  CHECK(job.state == schema::JobState::running);
  CHECK(decode.unknown().empty());
}

TEST_CASE("state, status, duration and number of a start are ours to set") {
  Decoding decode;
  decode(start_line(
      {.more = R"(,"jobState":"completed","monitoringStatus":3,"duration":77,"id":99)"}));
  const auto& job = std::get<StartJob>(decode.events[0].what).job;
  CHECK(job.id == 0);
  CHECK(job.duration == 0);
  CHECK(job.state == schema::JobState::running);
  CHECK(job.monitoring_status == schema::MonitoringStatus::running_or_archiving);
}

TEST_CASE("a state that nobody knows does not cost a start") {
  Decoding decode;
  decode(start_line({.more = R"(,"jobState":"CONFIGURING")"}));
  CHECK(std::get<StartJob>(decode.events[0].what).job.is_running());
}

TEST_CASE("zero values in a stop mean that nothing is named") {
  Decoding decode;
  decode(job_line("stop_job", R"({"jobId":7,"cluster":"","startTime":0,"stopTime":5})"));
  const auto& stop = std::get<StopJob>(decode.events[0].what).stop;
  CHECK_FALSE(stop.cluster);
  CHECK_FALSE(stop.start_time);
  CHECK(stop.state == schema::JobState::completed);
}

TEST_CASE("unknown members are ignored and counted by name, up to a bound") {
  LimitsConfig limits;
  limits.max_unknown_names = 2;
  Decoding decode(limits);
  decode(start_line({.more = R"(,"sluid":1,"b":2,"c":3,"d":4)"}) +
         start_line({.more = R"(,"sluid":1)"}));
  const UnknownCounts counts = decode.unknown();
  CHECK(counts.size() == 3);
  CHECK(counts.at("sluid") == 2);
  CHECK(counts.at("other") == 2);
  CHECK(decode.unknown().empty());
}

TEST_CASE("values of no use are left out of events and counted by name, with an example") {
  Decoding decode;
  CHECK(decode(start_line({.walltime = -1}) +
               start_line({.job_id = 8, .walltime = -2, .more = R"(,"numNodes":3)"}) +
               start_line({.more = R"(,"subCluster":"old","numNodes":0)"}) +
               stop_line({}).replace(0, 3, "job,partition=")) ==
        std::vector<std::string>{"start 7", "start 8", "start 7", "stop 7"});
  const auto& job = std::get<StartJob>(decode.events[1].what).job;
  CHECK(job.walltime == 0);
  CHECK(job.num_nodes == 1);
  CHECK(std::get<StartJob>(decode.events[2].what).job.sub_cluster == "main");
  const std::vector<NameCount> dropped = decode.dropped();
  REQUIRE(dropped.size() == 4);
  CHECK(dropped[0].name == "walltime");
  CHECK(dropped[0].count == 2);
  CHECK(dropped[0].example == "job 8 of big: walltime: is negative: -2");
  CHECK(dropped[1].example == "job 8 of big: numNodes: 3 of 1 hosts");
  CHECK(dropped[2].example == "job 7 of big: subCluster: there is no old");
  CHECK(dropped[3].name == "tag partition");
  CHECK(dropped[3].example == "stop of job 7: tag partition: is empty");
  CHECK(decode.dropped().empty());
}

TEST_CASE("texts that are too long are left out, those that identify the job refuse the event") {
  LimitsConfig limits;
  limits.max_text_bytes = 20;
  limits.max_meta_bytes = 1024;
  Decoding decode(limits);
  const std::string text(21, 'x'), script(1025, 's');
  decode(start_line({.more = R"(,"partition":")" + text + R"(","metaData":{"jobScript":")" +
                             script + R"(","jobName":"short"})"}));
  const schema::Job& job = std::get<StartJob>(decode.events.at(0).what).job;
  CHECK(job.partition.empty());
  REQUIRE(job.meta_data->size() == 1);
  CHECK(job.meta("jobName") == "short");
  const std::vector<NameCount> dropped = decode.dropped();
  REQUIRE(dropped.size() == 2);
  CHECK(dropped[0].example == "job 7 of big: partition: has 21 bytes, more than 20");
  CHECK(dropped[1].name == "metaData");
  decode(start_line({.cluster = text}));
  const auto& refused = std::get<Malformed>(decode.events.back().what);
  CHECK(refused.text.find("cluster: has 21 bytes, more than 20") != std::string::npos);
}

TEST_CASE("of a refused event nothing is counted as left out") {
  Decoding decode;
  decode(start_line({.walltime = -1, .cluster = "x"}));
  CHECK(decode.dropped().empty());
}

TEST_CASE("names and examples of what is left out are bounded") {
  LimitsConfig limits;
  limits.max_unknown_names = 2;
  limits.max_example_bytes = 20;
  Decoding decode(limits);
  decode(start_line({.more = R"(,"smt":"ä","numAcc":-1,"walltime":-1,"shared":"x","id":[])"}));
  const std::vector<NameCount> dropped = decode.dropped();
  REQUIRE(dropped.size() == 3);
  CHECK(dropped[0].example == "job 7 of big: smt: e");
  CHECK(dropped[2].name == "other");
  CHECK(dropped[2].count == 3);
}

TEST_CASE("node states get their sub-cluster, state and health") {
  Decoding decode;
  decode(node_line(
      R"({"cluster":"big","nodes":[)"
      R"({"hostname":"n01","states":["MIXED","DRAIN"],"cpusAllocated":32,"memoryAllocated":64000},)"
      R"({"hostname":"g2","states":["idle","DOWN"]},{"hostname":"z9","states":["idle"]},)"
      R"({"hostname":"n01","states":["idle"],"jobsRunning":2}]})"));
  const auto& nodes = std::get<NodeStates>(decode.events[0].what).nodes;
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].hostname == "n01");
  CHECK(nodes[0].sub_cluster == "main");
  CHECK(nodes[0].scheduler_state == schema::SchedulerState::idle);
  CHECK(nodes[0].jobs_running == 2);
  CHECK(nodes[0].health_state == schema::MonitoringState::failed);
  CHECK(nodes[1].sub_cluster == "gpu");
  CHECK(nodes[1].scheduler_state == schema::SchedulerState::down);
  CHECK(nodes[1].health_state == schema::MonitoringState::full);
  CHECK(nodes[2].sub_cluster.empty());
}

TEST_CASE("other measurements are skipped, other subjects give nothing") {
  Decoding decode;
  CHECK(decode("slurm event=\"x\" 1\n") == std::vector<std::string>{"ignored"});
  CHECK(decode(start_line({}), "somewhere.else").empty());
  CHECK(decode("# nothing\n\n").empty());
  CHECK(decode(start_line({}), "cc.node.state") == std::vector<std::string>{"start 7"});
}

TEST_CASE("messages beyond the limits") {
  LimitsConfig limits;
  limits.max_message_bytes = 2000;
  limits.max_lines = 2;
  Decoding decode(limits);
  CHECK(starts(decode(std::string(2001, 'x')), "too_large: message of 2001 bytes, more than 2000"));
  CHECK(decode.events[0].text.size() == 2001);
  const std::string rest = stop_line({.job_id = 3}) + stop_line({.job_id = 4});
  const auto shown = decode(stop_line({.job_id = 1}) + stop_line({.job_id = 2}) + rest);
  CHECK(shown == std::vector<std::string>{"stop 1", "stop 2",
                                          "too_large: message of more than 2 lines: the rest"});
  CHECK(decode.events[2].text == rest);
}

TEST_CASE("commands are JSON on their own subject") {
  Decoding decode;
  const auto command = [&](std::string json) {
    return decode(std::move(json), "jobledger.command");
  };
  CHECK(command(R"({"id":"a","command":"dead_letter_retry","dead_letter":5})") ==
        std::vector<std::string>{"command 5"});
  CHECK(command(R"({"command":"dead_letter_drop","dead_letter":6})") ==
        std::vector<std::string>{"command 6"});
  for (const char* bad :
       {"", "x", "[]", "{}", R"({"command":"x","dead_letter":6})",
        R"({"command":"dead_letter_drop"})", R"({"command":"dead_letter_drop","dead_letter":"6"})",
        R"({"command":"dead_letter_drop","dead_letter":6,"force":true})"}) {
    CAPTURE(bad);
    CHECK(starts(command(bad), "command: "));
  }
}

}  // namespace
}  // namespace jobledger::ingest
