// SPDX-License-Identifier: MIT
#include "ingest/ingest.h"

#include <doctest/doctest.h>

#include <functional>

namespace jobledger::ingest {
namespace {

TEST_CASE("the defaults are fine, and each broken setting is named") {
  CHECK(check_config({}).empty());
  struct Case {
    std::function<void(Config&)> spoil;
    std::string_view problem;
  };
  const std::vector<Case> cases = {
      {[](Config& c) { c.nats.url = ""; }, "nats url: "},
      {[](Config& c) { c.events.stream = "a.b"; }, "events: stream: "},
      {[](Config& c) { c.events.consumer = ""; }, "events: consumer: "},
      {[](Config& c) { c.events.subjects = {}; }, "events: subjects: there is none"},
      {[](Config& c) { c.events.subjects = {"a..b"}; },
       "events: subjects: not a subject: \"a..b\""},
      {[](Config& c) { c.events.subjects = {"jobledger.>"}; },
       "events: subjects: \"jobledger.>\" takes"},
      {[](Config& c) { c.events.command_subject = "x.*"; }, "events: command subject: "},
      {[](Config& c) { c.events.batch = 0; }, "events: batch: "},
      {[](Config& c) { c.events.batch_bytes = 0; }, "events: batch bytes: "},
      {[](Config& c) { c.events.outstanding_pulls = 0; }, "events: outstanding pulls: "},
      {[](Config& c) { c.events.heartbeat = 1ms; }, "events: heartbeat: "},
      {[](Config& c) { c.events.pull_expires = c.events.heartbeat; }, "events: pull expires: "},
      {[](Config& c) { c.rules.duplicate_window = -1; }, "duplicate window: "},
      {[](Config& c) { c.rules.park_limit = -1; }, "park limit: "},
      {[](Config& c) { c.rules.job_overtime = -1; }, "job overtime: "},
      {[](Config& c) { c.limits.max_pending_batches = 0; }, "pending batches: "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.problem);
    Config config;
    c.spoil(config);
    const auto problems = check_config(config);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].starts_with(c.problem));
  }
}

}  // namespace
}  // namespace jobledger::ingest
