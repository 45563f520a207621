// SPDX-License-Identifier: MIT
#include "daemon/config.h"

#include "base/file.h"
#include "daemon/config_keys.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

using namespace jobledger;
using namespace jobledger::daemon;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> errors_of(std::string_view yaml) {
  std::vector<std::string> out;
  for (const auto& error : parse_config(yaml).errors) out.push_back(to_string(error, "f"));
  return out;
}

}  // namespace

TEST_CASE("an empty file gives the defaults") {
  for (const std::string yaml : {"", "\n# nothing\n", "---\n", "http:\nstorage:\n"}) {
    CAPTURE(yaml);
    auto loaded = parse_config(yaml);
    CHECK(loaded.errors.empty());
    CHECK(print_config(loaded.settings) == print_config(Settings()));
  }
}

TEST_CASE("the reference file is what the built-in defaults print") {
  auto text = read_file(JOBLEDGER_SOURCE_ROOT "/conf/jobledger.yaml", 1u << 20);
  REQUIRE(text);
  CHECK_MESSAGE(*text == print_config(Settings()),
                "write it again: jobledgerd --config /dev/null --print-config");
}

TEST_CASE("what is printed loads to the same settings") {
  auto loaded = parse_config(R"(
log: {level: debug}
http:
  listen: ["127.0.0.1:0", "[::1]:0"]
  idle_timeout: 90s
  gzip: false
  resampling:
    algorithm: min_max
    resolutions: [10m, 90s]
storage:
  path: "/a path/with \"quotes\""
  cache_bytes: 1000MB
  node_history: 36h
)");
  REQUIRE(loaded.errors.empty());
  CHECK(loaded.settings.log_level == LogLevel::debug);
  CHECK(loaded.settings.http.listen == std::vector<std::string>{"127.0.0.1:0", "[::1]:0"});
  CHECK(loaded.settings.http.idle_timeout == 90s);
  CHECK_FALSE(loaded.settings.http.gzip);
  CHECK(loaded.settings.http.resampling.algorithm == schema::ResampleAlgorithm::min_max);
  CHECK(loaded.settings.http.resampling.resolutions == std::vector<std::int32_t>{600, 90});
  CHECK(loaded.settings.storage.path == "/a path/with \"quotes\"");
  CHECK(loaded.settings.storage.cache_bytes == 1'000'000'000);
  CHECK(loaded.settings.storage.node_history == 36h);
  const auto printed = print_config(loaded.settings);
  auto again = parse_config(printed);
  CHECK(again.errors.empty());
  CHECK(print_config(again.settings) == printed);
}

TEST_CASE("metrics can be switched off, events cannot") {
  auto loaded = parse_config("ingest:\n  metrics:\n    subjects: []\n    max_late: 2d\n");
  REQUIRE(loaded.errors.empty());
  CHECK_FALSE(loaded.settings.ingest.metrics.enabled());
  CHECK(loaded.settings.ingest.metrics.late.max_late == 48h);
  CHECK(print_config(loaded.settings).find("subjects: []") != std::string::npos);
  CHECK(errors_of("ingest:\n  events:\n    subjects: []\n") ==
        std::vector<std::string>{"f:3: ingest.events.subjects: expected at least one value"});
}

TEST_CASE("every kind of error names line, key and reason") {
  struct Row {
    std::string yaml;
    const char* error;
  };
  for (const Row& row : {
           Row{"htp: {}", "f:1: htp: unknown key"},
           Row{"http:\n  listne: 127.0.0.1:1",
               "f:2: http.listne: unknown key; did you mean http.listen?"},
           Row{"http:\n  gzip: true\n  gzip: true\n",
               "f:3: http.gzip: given twice, first in line 2"},
           Row{"http:\n  gzip: true\nhttp:\n  gzip: true\n",
               "f:3: http: given twice, first in line 1"},
           Row{"http:\n  gzip: yes", "f:2: http.gzip: expected true or false, found \"yes\""},
           Row{"http:\n  gzip: \"true\"",
               "f:2: http.gzip: expected true or false, found the text \"true\""},
           Row{"http:\n  gzip:", "f:2: http.gzip: has no value"},
           Row{"http:\n  gzip: [true]", "f:2: http.gzip: expected true or false, found a list"},
           Row{"http:\n  gzip: {a: b}", "f:2: http.gzip: expected a value, found a section"},
           Row{"http: 7", "f:1: http: expected keys and values"},
           Row{"http:\n  max_connections: many",
               "f:2: http.max_connections: expected a whole number, found \"many\""},
           Row{"http:\n  max_connections: 1.5",
               "f:2: http.max_connections: expected a whole number, found \"1.5\""},
           Row{"http:\n  max_connections: -1",
               "f:2: http.max_connections: expected a whole number, found \"-1\""},
           Row{"http:\n  max_connections: 0", "f:2: http.max_connections: 0 is less than 1"},
           Row{"http:\n  max_connections: \"5\"",
               "f:2: http.max_connections: expected a whole number, found the text \"5\""},
           Row{"http:\n  max_connections: 1000001",
               "f:2: http.max_connections: 1000001 is more than 1000000"},
           Row{"http:\n  max_body_bytes: 1B", "f:2: http.max_body_bytes: 1B is less than 1KiB"},
           Row{"http:\n  idle_timeout: 1ms", "f:2: http.idle_timeout: 1ms is less than 1s"},
           Row{"storage:\n  node_history: 3600500ms",
               "f:2: storage.node_history: expected whole seconds"},
           Row{"storage:\n  path: no",
               "f:2: storage.path: expected text; write \"no\" in quotes if it is meant"},
           Row{"storage:\n  path: [a]", "f:2: storage.path: expected text, found a list"},
           Row{"http:\n  listen: []", "f:2: http.listen: expected at least one value"},
           Row{"http:\n  listen: [[a]]", "f:2: http.listen: expected a list of plain values"},
           Row{"? [a]\n: b", "f:1: expected a plain name as key"},
           Row{"a: b\n---\nc: d", "f:3: a second document; one is expected"},
           Row{"log:\n  level: loud",
               "f:2: log.level: expected error, warning, info or debug, found \"loud\""},
           Row{"auth:\n  enabled: true",
               "f:2: auth.enabled: authentication is not built yet; set it to false and listen on "
               "loopback, behind a proxy that authenticates"},
           Row{"http:\n  resampling:\n    algorithm: average",
               "f:3: http.resampling.algorithm: expected lttb or min_max, found \"average\""},
           Row{"http:\n  resampling:\n    resolutions: [1m, 500ms]",
               "f:3: http.resampling.resolutions: 500ms is less than 1s"},
           Row{"http:\n  tls:\n    key: /k",
               "f:3: http.tls.key: certificate and key belong together: give both or none"},
       }) {
    CAPTURE(row.yaml);
    const auto errors = errors_of(row.yaml);
    REQUIRE(errors.size() == 1);
    CHECK(errors.front() == row.error);
  }
}

TEST_CASE("rules of the log's settings are told with their lines, beside all others") {
  const auto errors = errors_of(
      "nats:\n  user: eve\ningest:\n  events:\n    stream: a.b\n    heartbeat: 20s\n"
      "    subjects: [x..y]\narchive:\n  retry_min: 2m\nhttp:\n  gzip: 7\n");
  REQUIRE(errors.size() == 6);
  CHECK(errors[0].starts_with("f:2: nats.user: "));
  CHECK(errors[1] ==
        "f:4: ingest.events.pull_expires: must be more than twice the heartbeat of that stream");
  CHECK(errors[2].starts_with("f:5: ingest.events.stream: "));
  CHECK(errors[3] == "f:7: ingest.events.subjects: \"x..y\" is not a subject");
  CHECK(errors[4].starts_with("f:9: archive.retry_min: "));
  CHECK(errors[5].starts_with("f:11: http.gzip: "));
}

TEST_CASE("files that the settings name are looked at, each told once and with its line") {
  LoadedConfig loaded = parse_config(
      "http:\n  listen: nowhere:1\n  graphiql: /nowhere\n  tls:\n    certificate: /no.crt\n"
      "    key: /no.key\n");
  REQUIRE(loaded.errors.size() == 1);
  check_surroundings(loaded);
  REQUIRE(loaded.errors.size() == 3);
  CHECK(to_string(loaded.errors[0], "f").starts_with("f:2: http.listen: expected ADDRESS:PORT"));
  CHECK(to_string(loaded.errors[1], "f").starts_with("f:3: http.graphiql: "));
  CHECK(to_string(loaded.errors[2], "f").starts_with("f:4: http.tls: certificate /no.crt: "));
}

TEST_CASE("a list of records is read, and printed as what it was read from") {
  auto loaded = parse_config(R"(
sources:
  external:
    - scope: big-gpu
      kind: influxdb
      url: https://db.example.org:8086
      token_file: /run/credentials/influx
      org: hpc
      bucket: "a \"bucket\""
      timeout: 30s
    - {scope: "*", url: "http://[::1]:8082/store"}
)");
  REQUIRE_MESSAGE(loaded.errors.empty(), to_string(loaded.errors[0], "f"));
  const auto& external = loaded.settings.sources.external;
  REQUIRE(external.size() == 2);
  CHECK(external[0].kind == sources::SourceKind::influxdb);
  CHECK(external[0].bucket == "a \"bucket\"");
  CHECK(external[0].timeout == 30s);
  CHECK(external[0].connect_timeout == sources::ExternalConfig().connect_timeout);
  CHECK(external[1].scope == "*");
  CHECK(external[1].kind == sources::SourceKind::cc_metric_store);
  const auto printed = print_config(loaded.settings);
  CHECK(printed.find("\n  external:\n    - scope: big-gpu\n      kind: influxdb\n") !=
        std::string::npos);
  auto again = parse_config(printed);
  CHECK(again.errors.empty());
  CHECK(print_config(again.settings) == printed);
  CHECK(again.settings.sources.external.size() == 2);
  CHECK(parse_config("sources:\n  external: []\n").errors.empty());
}

TEST_CASE("errors in a list of records name the record, its member and the line, all at once") {
  const std::string good = "url: \"http://h:1\"";
  struct Row {
    std::string external;
    std::vector<std::string> errors;
  };
  for (const Row& row : {
           Row{"  external: big",
               {"f:2: sources.external: expected a list of records, each with "
                "keys and values"}},
           Row{"  external:",
               {"f:2: sources.external: expected a list of records, each with keys "
                "and values"}},
           Row{"  external:\n  - big\n",
               {"f:3: sources.external[0]: expected keys and values",
                "f:3: sources.external[0].scope: is needed: cluster-subcluster, cluster or \"*\"",
                "f:3: sources.external[0].url: is needed"}},
           Row{"  external:\n  - scope: a\n    " + good + "\n    ulr: x\n    scope: b\n",
               {"f:5: sources.external[0].ulr: unknown key; did you mean url?",
                "f:6: sources.external[0].scope: given twice, first in line 3"}},
           Row{"  external:\n  - scope: a\n    " + good +
                   "\n  - scope: a\n    url: nowhere\n    kind: prometheus\n    timeout: 1ms\n"
                   "    org: [x]\n    bucket: b\n    token_file:\n    max_queries: {a: b}\n",
               {"f:5: sources.external[1].scope: a has a source already, the one with place 0",
                "f:6: sources.external[1].url: expected http:// or https://",
                "f:7: sources.external[1].kind: expected cc-metric-store or influxdb, found "
                "\"prometheus\"",
                "f:8: sources.external[1].timeout: 1ms is less than 100ms",
                "f:9: sources.external[1].org: expected text, found a list",
                "f:11: sources.external[1].token_file: has no value",
                "f:12: sources.external[1].max_queries: expected a value, found a section"}},
           Row{"  external:\n  - scope: a\n    " + good + "\n    kind: influxdb\n",
               {"f:3: sources.external[0].bucket: is needed for influxdb",
                "f:3: sources.external[0].org: is needed for influxdb"}},
           Row{"  external:\n  - scope: a\n    url: \"http://user:word@h\"\n    bucket: b\n",
               {"f:4: sources.external[0].url: a URL may not name a user",
                "f:5: sources.external[0].bucket: is for influxdb only"}},
           Row{"  external:\n  - ? [a]\n    : b\n    scope: a\n    " + good + "\n",
               {"f:3: sources.external[0]: expected a plain name as key"}},
       }) {
    CAPTURE(row.external);
    CHECK(fmt::format("{}", fmt::join(errors_of("sources:\n" + row.external), "\n")) ==
          fmt::format("{}", fmt::join(row.errors, "\n")));
  }
}

TEST_CASE("text that is not YAML is one error with its line") {
  for (const std::string yaml : {"a: [1, 2", "a: b: c", "{a", "*nowhere"}) {
    CAPTURE(yaml);
    const auto errors = errors_of(yaml);
    REQUIRE(errors.size() == 1);
    CHECK(errors.front().find("not valid YAML") != std::string::npos);
  }
}

TEST_CASE("all errors are told at once, in order of lines") {
  CHECK(errors_of("http:\n  gzip: maybe\n  colour: red\nstorage:\n  cache_bytes: lots\n  path: ~\n")
            .size() == 4);
  const auto errors = errors_of("storage:\n  paht: x\nhttp:\n  gzip: 1\n");
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].starts_with("f:2: storage.paht"));
  CHECK(errors[1].starts_with("f:4: http.gzip"));
}

TEST_CASE("without authentication a public address needs the key that says so") {
  const auto errors = errors_of("http:\n  listen: 0.0.0.0:8080\n");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].find("http.allow_unauthenticated_remote") != std::string::npos);
  CHECK(errors[0].starts_with("f:2: http.listen: 0.0.0.0:8080 is not a loopback address"));
  CHECK(errors_of("http:\n  listen: [\"[::]:8080\"]\n  allow_unauthenticated_remote: true\n")
            .empty());
}

TEST_CASE("an anchor that contains itself ends in errors, not in a loop") {
  CHECK_FALSE(errors_of("http: &a\n  http: *a\n").empty());
  CHECK_FALSE(errors_of("storage: &a\n  writer: *a\n").empty());
}

TEST_CASE("a file that is not there is one error with its name") {
  auto loaded = load_config("/nowhere/jobledger.yaml");
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].message.find("/nowhere/jobledger.yaml") != std::string::npos);
}

TEST_CASE("every key is listed once and explained, its section together") {
  std::set<std::string_view> paths;
  std::set<std::string_view> sections;
  std::string_view last;
  for (const Key& key : config_keys()) {
    CAPTURE(key.path);
    CHECK(paths.insert(key.path).second);
    CHECK(key.help.size() > 10);
    const auto section = key.path.substr(0, key.path.find('.'));
    CHECK(section.size() < key.path.size());
    if (section != last) CHECK(sections.insert(section).second);
    last = section;
    if (section != "log") CHECK_FALSE(section_help(section).empty());
  }
}
