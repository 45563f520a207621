// SPDX-License-Identifier: MIT
#include "sources/source_map.h"

#include "base/file.h"
#include "sources/own_store.h"
#include "test/certificate.h"
#include "test/sources/source_fixture.h"

#include <doctest/doctest.h>

namespace jobledger::sources {
namespace {

using test::known_clusters;

ExternalConfig external(std::string scope, SourceKind kind = SourceKind::cc_metric_store) {
  ExternalConfig config;
  config.scope = std::move(scope);
  config.kind = kind;
  config.url = "http://localhost:1";
  if (kind == SourceKind::influxdb) config.org = config.bucket = "x";
  return config;
}

// "member: message" of each problem, with the record in front.
std::vector<std::string> texts(const std::vector<ConfigProblem>& problems) {
  std::vector<std::string> out;
  for (const ConfigProblem& problem : problems) {
    out.push_back(std::to_string(problem.record) + " " + std::string(problem.member) + ": " +
                  problem.message);
  }
  return out;
}

// Which of the two it is: nobody listens there, and the error says what was asked.
std::string asked(MetricSource& source) {
  const auto failed = source.hosts("big", test::kBegin, test::kBegin + 60, {});
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().kind == ErrorKind::unavailable);
  return failed.error().detail.substr(0, failed.error().detail.find_first_of("?:", 30));
}

TEST_CASE("the most specific source counts, our own store when none fits") {
  Telemetry telemetry;
  OwnStore own(known_clusters());
  Config config;
  config.external = {external("big-gpu", SourceKind::influxdb), external("big")};
  ConfiguredSources sources(config, known_clusters(), own, telemetry);
  const std::string influx = "POST http://localhost:1/api/v2/query",
                    store = "GET http://localhost:1/api/query";
  CHECK(asked(sources.source_of("big", "gpu")) == influx);
  CHECK(asked(sources.source_of("big", "main")) == store);
  CHECK(&sources.source_of("big", "") == &sources.source_of("big", "main"));
  CHECK(&sources.source_of("other", "main") == &own);

  config.external.push_back(external("*", SourceKind::influxdb));
  ConfiguredSources all(config, known_clusters(), own, telemetry);
  CHECK(asked(all.source_of("other", "main")) == influx);
  CHECK(asked(all.source_of("big", "main")) == store);
  CHECK(telemetry.text().find("jobledger_source_errors_total{source=\"big\"} 2") !=
        std::string::npos);
  ConfiguredSources none({}, known_clusters(), own, telemetry);
  CHECK(&none.source_of("big", "gpu") == &own);
}

TEST_CASE("kinds have the names of the configuration") {
  for (const SourceKind kind : {SourceKind::cc_metric_store, SourceKind::influxdb}) {
    CHECK(parse_source_kind(to_string(kind)) == kind);
  }
  CHECK_FALSE(parse_source_kind("prometheus").has_value());
}

TEST_CASE("settings that cannot work are named, all of them") {
  Config config;
  config.external = {external("big"), external("big"), ExternalConfig(),
                     external("*", SourceKind::influxdb)};
  config.external[1].url = "http://user:word@host";
  config.external[1].bucket = "b";
  config.external[1].org = "o";
  config.external[3].bucket = config.external[3].org = "";
  CHECK(texts(check_config(config)) ==
        std::vector<std::string>{
            "1 scope: big has a source already, the one with place 0",
            "1 url: a URL may not name a user",
            "1 bucket: is for influxdb only",
            "1 org: is for influxdb only",
            "2 scope: is needed: cluster-subcluster, cluster or \"*\"",
            "2 url: is needed",
            "3 bucket: is needed for influxdb",
            "3 org: is needed for influxdb",
        });
}

TEST_CASE("files that are named must be there and hold what is expected") {
  TemporaryDirectory folder;
  const auto files = jobledger::test::make_certificate(folder.path(), "server");
  Config config;
  config.external = {external("a"), external("b")};
  config.external[0].token_file = folder.path() / "none";
  config.external[0].ca_file = folder.path() / "none";
  config.external[1].token_file = folder.path() / "empty";
  config.external[1].ca_file = folder.path() / "empty";
  REQUIRE(write_file(folder.path() / "empty", "\n", false).has_value());
  const auto problems = texts(check_files(config));
  REQUIRE(problems.size() == 4);
  CHECK(problems[0].starts_with("0 token_file: open "));
  CHECK(problems[1].starts_with("0 ca_file: open "));
  CHECK(problems[2] == "1 token_file: the first line is empty");
  CHECK(problems[3] == "1 ca_file: holds no certificate (PEM)");
  config.external = {external("a")};
  config.external[0].token_file = files.key;
  config.external[0].ca_file = files.certificate;
  CHECK(check_files(config).empty());
}

TEST_CASE("scopes that no cluster has are found") {
  Config config;
  config.external = {external("big"), external("big-main"), external("*"), external("big-none"),
                     external("main")};
  CHECK(unknown_scopes(config, *known_clusters()) == std::vector<std::string>{"big-none", "main"});
}

}  // namespace
}  // namespace jobledger::sources
