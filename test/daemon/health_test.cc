// SPDX-License-Identifier: MIT
#include "daemon/health.h"

#include "schema/json_read.h"

#include <doctest/doctest.h>

using namespace jobledger;
using namespace jobledger::daemon;
using namespace std::chrono_literals;

namespace {

Health running() {
  Health health;
  health.phase = Phase::running;
  health.log_reached = true;
  health.ingest.source.mode = ingest::SourceMode::following;
  health.ingest.source.connected = true;
  health.ingest.source.stream = "EVENTS";
  health.ingest.position = 8;
  health.ingest.source.last_sequence = 10;
  health.ingest.lag = 2;
  return health;
}

}  // namespace

TEST_CASE("the daemon is ready only while it runs") {
  const ReadinessConfig config;
  CHECK(readiness(running(), config).ready);
  for (const Phase phase : {Phase::loading, Phase::waiting, Phase::importing, Phase::stopping}) {
    Health health = running();
    health.phase = phase;
    const auto now = readiness(health, config);
    CHECK_FALSE(now.ready);
    CHECK(now.reasons.size() == 1);
  }
}

TEST_CASE("a daemon that has not reached the log since its start is not ready") {
  Health health = running();
  health.log_reached = false;
  health.ingest.source.problem = "connection refused";
  const auto now = readiness(health, {});
  CHECK_FALSE(now.ready);
  CHECK(now.reasons.front() == "the log has not been reached yet: connection refused");
}

TEST_CASE("a log that is away for a moment does not matter, for long it does") {
  Health health = running();
  health.ingest.source.mode = ingest::SourceMode::connecting;
  health.ingest.source.problem = "connection refused";
  health.ingest.source.out_of_reach = 60s;
  CHECK(readiness(health, {}).ready);
  health.ingest.source.out_of_reach = 61s;
  const auto now = readiness(health, {});
  CHECK_FALSE(now.ready);
  CHECK(now.reasons.front() == "the log has been out of reach for 61 s: connection refused");
}

TEST_CASE("dead letters in the reserve of known clusters make the daemon unready") {
  Health health = running();
  health.dead_letter_reserve_touched = true;
  const auto now = readiness(health, {});
  CHECK_FALSE(now.ready);
  REQUIRE(now.reasons.size() == 1);
  CHECK(now.reasons.front().starts_with("dead letters take their reserve"));
}

TEST_CASE("a disk that stays full makes the daemon unready, with the reason") {
  Health health = running();
  health.writer_blocked = "no space";
  health.writer_blocked_for = 10s;
  CHECK(readiness(health, {}).ready);
  health.writer_blocked_for = 10'001ms;
  CHECK(readiness(health, {}).reasons.front() == "nothing could be written for 10 s: no space");
}

TEST_CASE("an archive that is out of order is told, but answers go on") {
  Health health = running();
  health.archive_blocked = "read-only \"disk\"";
  CHECK(readiness(health, {}).ready);
  CHECK(summary(health).find("cannot_archive=\"read-only") != std::string::npos);
  auto json = schema::JsonReader::of_this_thread().parse(ingest_json(health));
  REQUIRE(json);
}

TEST_CASE("an archive that is not there makes the daemon unready, with the reason") {
  Health health = running();
  health.archive_missing = "/archive: another folder is there";
  CHECK(readiness(health, {}).reasons ==
        std::vector<std::string>{"the archive is not there: /archive: another folder is there"});
  CHECK(summary(health).find("archive_missing=") != std::string::npos);
  CHECK(ingest_json(health).find("another folder") != std::string::npos);
  health.phase = Phase::waiting;
  CHECK(readiness(health, {}).reasons.front().find("the log waits for the archive: /archive") == 0);
  CHECK(summary(health) == "waiting for the archive: /archive: another folder is there");
}

TEST_CASE("the log's state is one JSON object") {
  CHECK(ingest_json(running()) ==
        R"({"mode":"following","stream":"EVENTS","problem":"","connected":true,"position":8,)"
        R"("last_sequence":10,"lag":2,"reconnects":0,"missed_messages":0,"rewinds":0,)"
        R"("unproven_resumes":0,"out_of_reach_seconds":0,"warnings":[],"held_up":"",)"
        R"("write_problem":"","archive_problem":""})");
}

TEST_CASE("the log of metrics is told beside it, and readiness does not depend on it") {
  Health health = running();
  health.metrics.emplace();
  health.metrics->source.mode = ingest::SourceMode::waiting_for_stream;
  health.metrics->source.problem = "no room";
  health.metrics->source.warnings = {"a", "b"};
  health.metrics->source.out_of_reach = 1000s;
  health.metrics->lag = 3;
  health.metrics->samples_per_second = 12.34;
  health.metrics->held_up = "metric_head_full";
  health.metrics->refused[static_cast<std::size_t>(ingest::Refusal::late)] = 5;
  health.metrics->refused[static_cast<std::size_t>(ingest::Refusal::syntax)] = 7;
  health.metrics->unmatched = {1, 2, 0, 4};
  CHECK(readiness(health, {}).ready);
  CHECK(summary(health).find("metrics=waiting for the stream metrics_behind=3 "
                             "metrics_problem=\"no room\" metrics_held_up=metric_head_full") !=
        std::string::npos);
  const std::string json = ingest_json(health);
  CHECK(json.ends_with(
      R"("archive_problem":"","metrics":{"mode":"waiting for the stream","stream":"",)"
      R"("problem":"no room","connected":false,"position":0,"last_sequence":0,"lag":3,)"
      R"("reconnects":0,"missed_messages":0,"rewinds":0,"unproven_resumes":0,)"
      R"("out_of_reach_seconds":1000,"warnings":["a","b"],)"
      R"("held_up":"metric_head_full","samples_per_second":12.3,"refused":{"syntax":7,"late":5},)"
      R"("unmatched":{"metrics":1,"hosts":2,"clusters":0,"clocks":4}}})"));
}
