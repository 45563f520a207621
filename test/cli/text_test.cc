// SPDX-License-Identifier: MIT
#include "cli/job_query.h"
#include "cli/job_view.h"
#include "cli/json_view.h"
#include "cli/pacing.h"
#include "cli/table.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace jobledger;
using namespace jobledger::cli;
using namespace std::chrono_literals;

TEST_CASE("a table is as wide as its cells and hides control characters") {
  Table table({{"ID", Table::Align::right}, {"NA\u009bME"}, {"END"}});
  table.add({"7", "plain", "x"});
  table.add({"12345", "grün", "y\033[2J\n\u202e\ufeff"});
  CHECK(table.text() ==
        "   ID  NA?ME  END\n"
        "    7  plain  x\n"
        "12345  grün   y?[2J???\n");
}

TEST_CASE("durations and sizes read like those of the scheduler's tools") {
  CHECK(cli::format_duration(0) == "0:00:00");
  CHECK(cli::format_duration(3723) == "1:02:03");
  CHECK(cli::format_duration(86400 + 3723) == "1-01:02:03");
  CHECK(cli::format_duration(12 * 86400 + 23 * 3600) == "12-23:00:00");
  CHECK(cli::format_duration(-1) == "-");
  CHECK(format_bytes(999) == "999 B");
  CHECK(format_bytes(1'440'000'000) == "1.4 GB");
  CHECK(format_time("2026-01-21T06:52:19+01:00") == "2026-01-21 06:52:19");
  CHECK(format_time("") == "");
}

TEST_CASE("moments are ages or dates") {
  setenv("TZ", "UTC", 1);
  tzset();
  constexpr std::int64_t kNow = 1'768'978'339;
  struct Row {
    const char* text;
    std::int64_t time;
  };
  for (const Row& row :
       {Row{"2h", kNow - 7200}, Row{"7d", kNow - 604'800}, Row{"0s", kNow},
        Row{"2026-01-21", 1'768'953'600}, Row{"2026-01-21 06:30", 1'768'977'000},
        Row{"2026-01-21 06:30:01", 1'768'977'001}, Row{"2026-01-21T06:30:01Z", 1'768'977'001}}) {
    CAPTURE(row.text);
    auto time = parse_moment(row.text, kNow);
    REQUIRE(time);
    CHECK(*time == row.time);
  }
  for (const char* text : {"", "h", "-2h", "2w", "yesterday", "2026-02-30", "2026-13-01",
                           "2026-01-21x", "99999999999h"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_moment(text, kNow));
  }
  CHECK(format_utc(1'768'977'001) == "2026-01-21T06:30:01Z");
}

TEST_CASE("a selection becomes one filter of variables, whatever users are called") {
  JobSelection selection;
  CHECK(list_request(selection, 20)
            .find(R"("variables":{"filter":[{}],"page":{"itemsPerPage":20,)") != std::string::npos);
  selection.users = {"eve", "o\"neill"};
  selection.states = {"running", "failed"};
  selection.node = "n01";
  selection.name = "si";
  selection.job_id = 7;
  selection.since = 1'768'977'001;
  selection.until = 1'768'977'002;
  CHECK(detail_request(selection, 5)
            .find(R"("filter":[{"user":{"in":["eve","o\"neill"]},"node":{"eq":"n01"},)"
                  R"("jobName":{"contains":"si"},"jobId":{"eq":"7"},"state":["running","failed"],)"
                  R"("startTime":{"from":"2026-01-21T06:30:01Z","to":"2026-01-21T06:30:02Z"}}])") !=
        std::string::npos);
  CHECK(parse_answer(detail_request(selection, 5)));
}

TEST_CASE("a list of jobs is a line for each") {
  auto list = list_text(R"({"data":{"jobs":{"count":12,"items":[
    {"jobId":1034871,"cluster":"big","user":"eve","project":"abc","partition":"main",
     "state":"running","numNodes":2,"numHWThreads":144,"numAcc":0,
     "startTime":"2026-01-21T06:52:19Z","duration":90061,"metaData":{"jobName":"sim"}},
    {"jobId":7,"cluster":"big","user":"bob","project":"abc","partition":"","state":"failed",
     "numNodes":1,"numHWThreads":0,"numAcc":8,"startTime":"2026-01-20T00:00:00Z","duration":59,
     "metaData":null}]}}})");
  REQUIRE_MESSAGE(list, list.error().detail);
  CHECK(list->shown == 2);
  CHECK(list->count == 12);
  CHECK(list->text ==
        "  JOBID  CLUSTER  USER  PROJECT  STATE    NODES  HWTHREADS  ACC  STARTED              "
        "  DURATION  NAME\n"
        "1034871  big      eve   abc      running      2        144    0  2026-01-21 06:52:19  "
        "1-01:01:01  sim\n"
        "      7  big      bob   abc      failed       1          0    8  2026-01-20 00:00:00  "
        "   0:00:59  \n");
}

TEST_CASE("a page of many jobs with long scripts is read") {
  const std::string job = R"({"jobId":7,"cluster":"big","user":"eve","metaData":{"jobScript":")" +
                          std::string(20'000, 's') + R"(","jobName":"sim"}})";
  std::string answer = R"({"data":{"jobs":{"count":1000,"items":[)" + job;
  for (int i = 1; i < 1000; ++i) answer += "," + job;
  const auto list = list_text(answer + "]}}}");
  REQUIRE_MESSAGE(list, list.error().detail);
  CHECK(list->shown == 1000);
}

TEST_CASE("numbers are told in full") {
  const auto answer = parse_answer(R"({"kwh":1250000.5,"part":0.25})");
  REQUIRE(answer);
  CHECK(text_at(*answer, "kwh") == "1250000.5");
  CHECK(text_at(*answer, "part") == "0.25");
}

TEST_CASE("an answer with errors, or of another kind, is an error") {
  auto failed = list_text(R"({"errors":[{"message":"no"},{"message":"never"}],"data":null})");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().detail == "no; never");
  CHECK_FALSE(list_text("{}"));
  CHECK_FALSE(list_text("<html>"));
  CHECK(error_text(R"({"status":"Not Found","error":"no such thing"})") == "no such thing");
  CHECK(error_text("") == "");
}

TEST_CASE("real pacing follows simulated time") {
  auto pacing = Pacing::parse("real", 1, 1000, 1000);
  REQUIRE(pacing);
  CHECK(pacing->due(1000, 5) == 0s);
  CHECK(pacing->due(1060, 5) == 60s);
}

TEST_CASE("compressed time catches up with the present and goes no further") {
  auto pacing = Pacing::parse("real", 60, 10'000, 20'000);
  REQUIRE(pacing);
  CHECK(pacing->due(10'600, 0) == 10s);
  CHECK(pacing->due(20'600, 0) == 600s);
}

TEST_CASE("a rate counts messages, max knows no waiting") {
  CHECK(Pacing::parse("50", 1, 0, 0)->due(99'999, 100) == 2s);
  CHECK(Pacing::parse("max", 1, 0, 0)->due(99'999, 100) == 0s);
  for (const char* rate : {"", "0", "-1", "fast", "1x", "1e99", "nan"}) {
    CAPTURE(rate);
    CHECK_FALSE(Pacing::parse(rate, 1, 0, 0));
  }
}

TEST_CASE("history begins so early that it is over by now") {
  SimulationConfig config;
  config.max_jobs = 200;
  config.cluster.nodes = 16;
  constexpr std::int64_t kNow = 1'768'978'339;
  config.start = default_start(config, kNow, true);
  config.first_job_id = default_job_id(config.start);
  Simulation simulation(config);
  std::int64_t last = 0;
  while (auto event = simulation.next()) last = event->time;
  CHECK(last > config.start);
  CHECK(last <= kNow);
  CHECK(default_start(config, kNow, false) == kNow);
  CHECK(default_job_id(kNow + 1) > default_job_id(kNow));
}
