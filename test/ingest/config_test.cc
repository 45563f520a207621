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
      {[](Config& c) { c.metrics.stream = c.events.stream; }, "metrics: stream: is that of"},
      {[](Config& c) { c.metrics.stream = ""; }, "metrics: stream: not a name"},
      {[](Config& c) { c.metrics.consumer = "a b"; }, "metrics: consumer: "},
      {[](Config& c) { c.metrics.subjects = {"a b"}; }, "metrics: subjects: not a subject"},
      {[](Config& c) { c.metrics.subjects = {"cc.*.event"}; },
       "metrics: subjects: \"cc.*.event\" overlaps \"cc.job.event\""},
      {[](Config& c) { c.metrics.subjects = {"jobledger.command"}; }, "metrics: subjects: "},
      {[](Config& c) { c.metrics.subject_clusters = {"hpc-nats"}; },
       "metrics: subject clusters: not SUBJECT=CLUSTER: \"hpc-nats\""},
      {[](Config& c) { c.metrics.subject_clusters = {"=big"}; }, "metrics: subject clusters: "},
      {[](Config& c) { c.metrics.late.max_late = -1s; }, "metrics: max late: "},
      {[](Config& c) { c.metrics.late.max_future = -1s; }, "metrics: max future: "},
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

TEST_CASE("without subjects metrics are off, and their settings do not matter") {
  Config config;
  config.metrics.subjects = {};
  config.metrics.stream = config.events.stream;
  CHECK_FALSE(config.metrics.enabled());
  CHECK(check_config(config).empty());
}

}  // namespace
}  // namespace jobledger::ingest
