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
    std::string_view key, text;
  };
  const std::vector<Case> cases = {
      {[](Config& c) { c.nats.url = ""; }, "nats.url", "is empty"},
      {[](Config& c) { c.nats.url = "nats://eve:secret@host"; }, "nats.url", "a login in the URL"},
      {[](Config& c) { c.nats.user = "eve"; }, "nats.user", "user and password_file belong"},
      {[](Config& c) { c.nats.password_file = "/p"; }, "nats.password_file", "user and password"},
      {[](Config& c) {
         c.nats.user = "eve";
         c.nats.password_file = "/p";
         c.nats.credentials = "/c";
       },
       "nats.credentials", "is a login of its own"},
      {[](Config& c) { c.events.stream = "a.b"; }, "ingest.events.stream", "\"a.b\" cannot be"},
      {[](Config& c) { c.events.consumer = ""; }, "ingest.events.consumer", "\"\" cannot be"},
      {[](Config& c) { c.events.subjects = {}; }, "ingest.events.subjects", "there is none"},
      {[](Config& c) { c.events.subjects = {"a..b"}; }, "ingest.events.subjects",
       "\"a..b\" is not a subject"},
      {[](Config& c) { c.events.subjects = {"jobledger.>"}; }, "ingest.events.subjects",
       "\"jobledger.>\" takes the commands"},
      {[](Config& c) { c.events.command_subject = "x.*"; }, "ingest.events.command_subject",
       "\"x.*\" is not a subject"},
      {[](Config& c) { c.events.pull_expires = 2 * c.events.heartbeat; },
       "ingest.events.pull_expires", "must be more than twice"},
      {[](Config& c) { c.metrics.stream = c.events.stream; }, "ingest.metrics.stream",
       "is that of the events"},
      {[](Config& c) { c.metrics.stream = ""; }, "ingest.metrics.stream", "\"\" cannot be"},
      {[](Config& c) { c.metrics.consumer = "a b"; }, "ingest.metrics.consumer",
       "\"a b\" cannot be"},
      {[](Config& c) { c.metrics.subjects = {"a b"}; }, "ingest.metrics.subjects",
       "\"a b\" is not a subject"},
      {[](Config& c) { c.metrics.subjects = {"cc.*.event"}; }, "ingest.metrics.subjects",
       "\"cc.*.event\" overlaps \"cc.job.event\""},
      {[](Config& c) { c.metrics.subjects = {"jobledger.command"}; }, "ingest.metrics.subjects",
       "\"jobledger.command\" overlaps"},
      {[](Config& c) { c.metrics.subject_clusters = {"hpc-nats"}; },
       "ingest.metrics.subject_clusters", "\"hpc-nats\" is not SUBJECT=CLUSTER"},
      {[](Config& c) { c.metrics.subject_clusters = {"=big"}; }, "ingest.metrics.subject_clusters",
       "\"=big\" is not"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.key);
    Config config;
    c.spoil(config);
    const auto problems = check_config(config);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].key == c.key);
    CHECK(problems[0].text.starts_with(c.text));
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
