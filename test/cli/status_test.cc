// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/json_view.h"
#include "cli/status_view.h"
#include "fake_daemon.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace jobledger;
using namespace jobledger::cli;

namespace {

constexpr std::string_view kStatus = R"({"version":"1.2","uptime_seconds":3723,"ready":true,
  "reasons":[],"ingest":{"mode":"following","stream":"JOBLEDGER_EVENTS","problem":"",
   "position":8,"last_sequence":10,"lag":2,"missed_messages":0,
   "metrics":{"mode":"following","stream":"JOBLEDGER_METRICS","problem":"","position":70,
    "last_sequence":60,"lag":0,"missed_messages":3,"rewinds":2,
    "warnings":["one","two"],"samples_per_second":12345.6,
    "refused":{"syntax":7,"late":5},
    "unmatched":{"metrics":2,"hosts":0,"clusters":1,"clocks":0}}},
  "jobs":{"total":5,"running":1,"archive_due":3},"dead_letters":2,"dead_letters_dropped":0,
  "parked_stops":1,"metrics":{"hosts":20,"series":5900,"head_bytes":1234567},
  "memory":{"resident_bytes":44000000}})";

constexpr std::string_view kUnmatched = R"({"metrics":[
   {"cluster":"big","name":"cpu_lod","count":1200,"last_time":1768977001,
    "last_example":"cpu_lod,cluster=big,hostname=n01,type=node value=1.5 1768977000"},
   {"cluster":"big","name":"x","count":1,"last_time":1768977001,"last_example":"x\u0007y"}],
  "hosts":[],"clusters":[{"name":"tiny","count":7,"last_time":1768977001,"last_example":""}],
  "clocks":[],"refused":[{"name":"late","count":5,"last_time":0,"last_example":"l"}],
  "members":[{"name":"walltime","count":2,"last_time":0,"last_example":"job 8 of big: walltime"}],
  "beyond":{"metrics":9,"hosts":4,"clusters":0,"clocks":0}})";

schema::JsonValue parsed(std::string_view text) {
  auto value = parse_answer(text);
  REQUIRE_MESSAGE(value, value.error().detail);
  return *value;
}

}  // namespace

TEST_CASE("the status tells of events, metrics, store and jobs") {
  CHECK(status_text(parsed(kStatus)) ==
        "jobledgerd      1.2, ready, up 1:02:03\n"
        "log             following JOBLEDGER_EVENTS\n"
        "position        8 of 10 (2 behind)\n"
        "metric log      following JOBLEDGER_METRICS\n"
        "metric position 70 of 70 (0 behind)\n"
        "metric missed   3 messages had left the stream before we saw them\n"
        "metric rewinds  2 times the broker had lost messages that we had read\n"
        "metric warning  one\n"
        "metric warning  two\n"
        "metric rate     12346 samples a second, over the last minute\n"
        "metric store    5900 series of 20 hosts, 1.2 MB not sealed yet\n"
        "refused         7 syntax, 5 late\n"
        "unmatched       2 metrics, 1 clusters; status --unmatched tells which\n"
        "jobs            5 in the index, 1 running, 3 waiting for the archive\n"
        "dead letters    2 kept, 0 dropped for want of room\n"
        "parked stops    1\n"
        "memory          44.0 MB\n");
}

TEST_CASE("samples that the disk lost are told, and only then") {
  std::string damaged(kStatus);
  const std::string_view before = R"("head_bytes":1234567)";
  damaged.insert(damaged.find(before) + before.size(),
                 R"(,"damaged_tables":1,"unreadable_log_entries":0,"unreadable_blocks":3)");
  CHECK(status_text(parsed(damaged))
            .find("samples lost    disk damage: 1 tables put aside, 0 log entries and 3 blocks "
                  "unreadable\n") != std::string::npos);
  CHECK(status_text(parsed(kStatus)).find("samples lost") == std::string::npos);
}

TEST_CASE("jobs whose record the disk lost are named, and only then") {
  std::string damaged(kStatus);
  const std::string_view before = R"("parked_stops")";
  damaged.insert(damaged.find(before), R"("damage":{"tables":1,"jobs":2,"job_ids":["7","9"]},)");
  CHECK(
      status_text(parsed(damaged))
          .find("jobs damaged    2, whose record the disk lost and the archive has not: 7, 9\n") !=
      std::string::npos);
  CHECK(status_text(parsed(kStatus)).find("damaged") == std::string::npos);
}

TEST_CASE("jobs that are set aside or wait for another store are told, and only then") {
  std::string held(kStatus);
  held.insert(held.find("\"jobs\""),
              R"("archive":{"unread":2,"source_problem":"http://s: out of reach","set_aside":3,)"
              R"("first_set_aside":{"id":7,"job":"a/0/007/1","tries":3,"reason":"no"}},)");
  const std::string text = status_text(parsed(held));
  CHECK(text.find("other stores    2 jobs wait for their samples: http://s: out of reach\n") !=
        std::string::npos);
  CHECK(text.find("set aside       3 jobs cannot be archived (status --set-aside), first "
                  "a/0/007/1: no\n") != std::string::npos);
  CHECK(status_text(parsed(kStatus)).find("set aside") == std::string::npos);
  CHECK(set_aside_text(parsed(R"({"count":1,"items":[{"id":7,"job":"a/0/007/1","tries":3,)"
                              R"("reason":"no"}]})")) ==
        "ID  JOB        TRIES  REASON\n 7  a/0/007/1      3  no\n");
  CHECK(set_aside_text(parsed(R"({"count":0,"items":[]})")) == "no jobs are set aside\n");
}

TEST_CASE("a daemon that reads no metrics, or is still loading, says so") {
  CHECK(status_text(parsed(R"({"version":"1","ready":true,"ingest":{"mode":"plain"},
    "jobs":{"total":1}})"))
            .find("metrics         none are read\n") != std::string::npos);
  const auto loading = status_text(
      parsed(R"({"version":"1","ready":false,"reasons":["loading"],"ingest":{"mode":"stopped"}})"));
  CHECK(loading.find("not ready       loading\n") != std::string::npos);
  CHECK(loading.find("jobs ") == std::string::npos);
  CHECK(loading.find("metric") == std::string::npos);
}

TEST_CASE("what nobody knows is told with its last line, cut to the width") {
  setenv("TZ", "UTC", 1);
  tzset();
  const auto text = unmatched_text(parsed(kUnmatched), {60, false, false});
  CHECK(text ==
        "Metrics that the cluster's cluster.json does not have: not stored\n"
        "        1200  2026-01-21 06:30:01  cpu_lod of big\n"
        "              cpu_lod,cluster=big,hostname=n01,type=node ...\n"
        "           1  2026-01-21 06:30:01  x of big\n"
        "              x?y\n"
        "           9  lines with further names\n"
        "\n"
        "Hosts that no sub-cluster lists: stored, and shown as whole nodes\n"
        "           4  lines with further names\n"
        "\n"
        "Clusters without a cluster.json: not stored\n"
        "           7  2026-01-21 06:30:01  tiny\n"
        "\n"
        "Refused, by reason\n"
        "           5  -  late\n"
        "              l\n"
        "\n"
        "Members of events whose values were of no use: left out\n"
        "           2  -  walltime\n"
        "              job 8 of big: walltime\n");
  CHECK(unmatched_text(parsed(kUnmatched), {200, false, false}).find("1768977000\n") !=
        std::string::npos);
  CHECK(unmatched_text(parsed("{}"), {}) == "Everything that agents sent was known and taken.\n");
}

TEST_CASE("the exit status of status is readiness") {
  bool ready = true;
  FakeDaemon daemon([&ready](const FakeDaemon::Request& request) -> std::string {
    if (request.line.starts_with("GET /api/unmatched ")) return std::string(kUnmatched);
    if (!request.line.starts_with("GET /api/status ")) return {};
    return ready ? std::string(kStatus) : R"({"ready":false,"reasons":["loading"]})";
  });
  const auto run = [&daemon](StatusOptions options) {
    int status = -1;
    const auto text = printed_by([&] { status = show_status(daemon.client(), options); });
    CHECK_FALSE(text.empty());
    return status;
  };
  CHECK(run({}) == kExitDone);
  CHECK(run({.json = true}) == kExitDone);
  CHECK(run({.unmatched = true}) == kExitDone);
  CHECK(run({.unmatched = true, .json = true}) == kExitDone);
  ready = false;
  CHECK(run({}) == kExitFailed);
  CHECK(run({.json = true}) == kExitFailed);
}
