// SPDX-License-Identifier: MIT
#include "httpd/httpd.h"

#include "base/file.h"
#include "base/gzip.h"
#include "test/httpd/graphql_fixture.h"
#include "test/httpd/http_client.h"
#include "test/httpd/httpd_runner.h"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <utility>

namespace jobledger::test {
namespace {

const std::string kJson = "Content-Type: application/json\r\n";

// The whole HTTP side on a loop of its own, over the known jobs. Commands are recorded; answering
// them is the test's business.
class Site {
 public:
  explicit Site(httpd::Config config = {}, std::function<void(httpd::Services&)> change = {}) {
    httpd::Services services = data.services();
    services.submit_command = [this](std::string command, std::function<void(Result<void>)> done) {
      commands.push_back(command);
      std::thread(std::move(done), outcome).join();  // from a thread that is not the loop's
    };
    services.start_import = [this](std::string path) -> Result<void> {
      if (importing) return Error{ErrorKind::conflict, "an import is running"};
      importing = true;
      progress.state = httpd::ImportProgress::State::running;
      progress.path = std::move(path);
      return {};
    };
    services.import_progress = [this] { return progress; };
    if (change) change(services);
    runner_.emplace(std::move(config), std::move(services), data.telemetry());
  }

  Answer ask(std::string_view method, std::string_view target, std::string_view body = {},
             std::string_view headers = {}) const {
    return runner_->ask(method, target, body, headers);
  }

  Answer control(std::string_view method, std::string_view target, std::string_view body = {},
                 std::string_view headers = {}) const {
    return runner_->control(method, target, body, headers);
  }

  std::uint16_t port() const { return runner_->port(); }

  GraphqlFixture data;
  std::vector<std::string> commands;
  Result<void> outcome;
  httpd::ImportProgress progress;
  bool importing = false;

 private:
  std::optional<HttpdRunner> runner_;
};

storage::DeadLetter letter(std::uint64_t sequence, std::string payload) {
  storage::DeadLetter made;
  made.origin = {"cc-events", 17, sequence, 0};
  made.subject = "cc.job.event";
  made.reason = "numNodes: expected a number";
  made.payload = std::move(payload);
  made.received = kNow;
  return made;
}

void add_letters(storage::Store& store) {
  auto update = store.begin_update();
  REQUIRE(update.add_dead_letter(letter(5, "job,x event=\"<&>\" 1")).has_value());
  REQUIRE(update.add_dead_letter(letter(6, "\xff broken")).has_value());
  REQUIRE(store.commit(update).has_value());
}

}  // namespace

TEST_CASE("a query over HTTP, plain and compressed, in either media type") {
  Site site;
  const std::string body = R"({"query":"{ jobs { count items { id resources { hostname } } } }"})";
  const Answer plain = site.ask("POST", "/query", body, kJson);
  CHECK(plain.status == 200);
  CHECK(plain.header("content-type") == "application/json");
  CHECK(plain.body.starts_with(R"({"data":{"jobs":{"count":5,)"));

  httpd::Config eager;
  eager.gzip_min_bytes = 1;
  Site small(eager);
  const Answer packed =
      small.ask("POST", "/query", body,
                kJson + "Accept: application/graphql-response+json\r\nAccept-Encoding: gzip\r\n");
  CHECK(packed.header("content-encoding") == "gzip");
  CHECK(packed.header("content-type") == "application/graphql-response+json");
  CHECK(*gunzip(packed.body, 1 << 20) == plain.body);
}

TEST_CASE("the endpoint takes GET, and POST with JSON only") {
  Site site;
  const std::string body = R"({"query":"{ jobs { count } }"})";
  for (const Answer& answer : {site.ask("PUT", "/query", body, kJson),
                               site.ask("POST", "/query", body, "Content-Type: \r\n"),
                               site.ask("POST", "/query", body, "Content-Type: text/plain\r\n")}) {
    CHECK(answer.status == 400);
    CHECK(answer.header("content-type") == "text/plain; charset=utf-8");
    CHECK(answer.body.starts_with(R"({"errors":[{"message":)"));
  }
  CHECK(site.ask("POST", "/query", body, "Content-Type: application/json; charset=utf-8\r\n")
            .status == 200);
}

TEST_CASE("a query by GET, with variables and an operation's name") {
  Site site;
  const Answer plain = site.ask("GET", "/query?query=%7Bjobs%7Bcount%7D%7D");
  CHECK(plain.status == 200);
  CHECK(plain.body == R"({"data":{"jobs":{"count":5}}})");
  CHECK(plain.header("vary") == "Accept");
  const std::string two = "/query?query=query+A($id:ID!){job(id:$id){jobId}}query+B{jobs{count}}";
  CHECK(site.ask("GET", two + "&operationName=A&variables=%7B%22id%22%3A2%7D").body ==
        R"({"data":{"job":{"jobId":102}}})");
  CHECK(site.ask("GET", two + "&operationName=B").body == plain.body);
  const std::string modern = "Accept: application/graphql-response+json\r\n";
  CHECK(site.ask("GET", "/query?query=%7Bnope%7D").status == 422);
  CHECK(site.ask("GET", "/query?query=%7Bnope%7D", "", modern).status == 400);
  for (const auto& [target, problem] : std::map<std::string, std::string>{
           {"/query", "query: the parameter is missing"},
           {"/query?query=%7", "query: the parameter is missing or not properly escaped"},
           {"/query?query=x&variables=%7B", "variables: not JSON"},
           {"/query?query=x&variables=3", "variables: expected an object"}}) {
    const Answer refused = site.ask("GET", target);
    CHECK_MESSAGE(refused.status == 400, target);
    CHECK_MESSAGE(refused.body.find(problem) != std::string::npos, refused.body);
  }
}

TEST_CASE("the schema can be fetched, and be hidden") {
  Site site;
  const Answer schema = site.ask("GET", "/schema.graphql");
  CHECK(schema.status == 200);
  CHECK(schema.body.find("type Query {") != std::string::npos);
  CHECK(schema.body.find("jobs(filter: [JobFilter!]") != std::string::npos);
  httpd::Config silent;
  silent.graphql.introspection = false;
  Site hidden(silent);
  CHECK(hidden.ask("GET", "/schema.graphql").status == 403);
  const std::string body = R"({"query":"{ __schema { queryType { name } } }"})";
  CHECK(site.ask("POST", "/query", body, kJson).status == 200);
  CHECK(hidden.ask("POST", "/query", body, kJson).body.find("introspection") != std::string::npos);
}

TEST_CASE("the query page is there only when its files are named") {
  CHECK(Site().ask("GET", "/graphiql").status == 404);
  TemporaryDirectory folder;
  httpd::Config config;
  config.listen = {"127.0.0.1:0"};
  config.graphiql = folder.path();
  const auto missing = httpd::check_config(config);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].key == "http.graphiql");
  CHECK(missing[0].text.find("index.html") != std::string::npos);
  for (const char* name : {"index.html", "graphiql.min.css", "graphiql.min.js",
                           "react.production.min.js", "react-dom.production.min.js"}) {
    REQUIRE(write_file(folder.path() / name, std::string("the ") + name, false).has_value());
  }
  Site site(config);
  const Answer page = site.ask("GET", "/graphiql");
  CHECK(page.status == 200);
  CHECK(page.header("content-type") == "text/html; charset=utf-8");
  CHECK(page.body == "the index.html");
  const Answer script = site.ask("GET", "/graphiql/react-dom.production.min.js");
  CHECK(script.header("content-type") == "text/javascript; charset=utf-8");
  CHECK(script.body == "the react-dom.production.min.js");
  CHECK(site.ask("GET", "/graphiql/../httpd.yaml").status == 404);
}

TEST_CASE("before the store is there, queries are put off") {
  Site site({}, [](httpd::Services& services) {
    services.store = [] { return nullptr; };
    services.readiness = [] { return httpd::Readiness{false, {"loading the store"}}; };
  });
  CHECK(site.ask("GET", "/healthz").status == 200);
  const Answer ready = site.ask("GET", "/readyz");
  CHECK(ready.status == 503);
  CHECK(ready.body == "{\"ready\":false,\"reasons\":[\"loading the store\"]}\n");
  CHECK(site.ask("POST", "/query", R"({"query":"{ jobs { count } }"})", kJson).status == 503);
  CHECK(site.control("GET", "/api/dead-letters").status == 503);
  CHECK(site.control("GET", "/api/status").body.find("loading the store") != std::string::npos);
}

TEST_CASE("health, readiness, metrics and the start page") {
  Site site;
  CHECK(site.ask("GET", "/healthz").body == "ok\n");
  CHECK(site.ask("HEAD", "/healthz").status == 200);
  CHECK(site.ask("GET", "/readyz").body == "{\"ready\":true,\"reasons\":[]}\n");
  CHECK(site.ask("GET", "/").body.find("curl") != std::string::npos);
  site.ask("POST", "/query", R"({"query":"{ job(id: 99) { id } }"})", kJson);
  const Answer metrics = site.ask("GET", "/metrics");
  CHECK(metrics.header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line : {"jobledger_http_requests_total{route=\"/query\",status=\"200\"} 1",
                           "jobledger_graphql_errors_total 1", "jobledger_graphql_seconds_count 1",
                           "jobledger_http_request_seconds_count{route=\"/healthz\"} 2"}) {
    CAPTURE(line);
    CHECK(metrics.body.find(line) != std::string::npos);
  }
}

TEST_CASE("the status tells what there is") {
  Site site({}, [](httpd::Services& services) {
    services.ingest_status = [] { return std::string(R"({"connected":true})"); };
    services.unmatched = [] { return std::string(R"({"metrics":[]})"); };
    services.archive_status = [] { return std::string(R"({"set_aside":1})"); };
    services.set_aside = [] { return std::string(R"({"count":1})"); };
  });
  add_letters(site.data.store());
  const Answer answer = site.control("GET", "/api/status");
  CHECK(answer.status == 200);
  CHECK(answer.body.starts_with(R"({"version":"test","uptime_seconds":)"));
  for (const char* part :
       {R"("ready":true)", R"("ingest":{"connected":true})", R"("dead_letters":2)",
        R"("archive":{"set_aside":1})", R"("jobs":{"total":5,"running":1,"archive_due":3})",
        R"("memory":{"resident_bytes":)", R"("damage":{"tables":0,"jobs":0,"job_ids":[]})",
        R"("refused_tags":0)", R"("metrics":{"hosts":0,"series":0,"head_bytes":)",
        R"("damaged_tables":0,)", R"("unreadable_log_entries":0,"unreadable_blocks":0})"}) {
    CAPTURE(part);
    CHECK(answer.body.find(part) != std::string::npos);
  }
  CHECK(site.control("GET", "/api/unmatched").body == "{\"metrics\":[]}\n");
  CHECK(site.control("GET", "/api/set-aside").body == "{\"count\":1}\n");
}

TEST_CASE("dead letters are listed, shown, retried and dropped through the log") {
  Site site;
  add_letters(site.data.store());
  CHECK(site.control("GET", "/api/dead-letters").body ==
        R"({"count":2,"items":[{"id":1,"stream":"cc-events","sequence":5,"line":0,)"
        R"("subject":"cc.job.event","received":1704067200,"reason":"numNodes: expected a number",)"
        R"("payload_bytes":19,"payload_cut":false},{"id":2,"stream":"cc-events","sequence":6,)"
        R"("line":0,"subject":"cc.job.event","received":1704067200,)"
        R"("reason":"numNodes: expected a number","payload_bytes":8,"payload_cut":false}]})"
        "\n");
  CHECK(site.control("GET", "/api/dead-letters?after=2").body == "{\"count\":2,\"items\":[]}\n");
  CHECK(site.control("GET", "/api/dead-letters?limit=1").body.find("\"id\":2") ==
        std::string::npos);
  for (const char* wrong : {"limit=0", "limit=1001", "limit=x", "after=x"}) {
    CAPTURE(wrong);
    CHECK(site.control("GET", "/api/dead-letters?" + std::string(wrong)).status == 400);
  }
  CHECK(site.control("GET", "/api/dead-letters/1")
            .body.find(R"("payload":"job,x event=\"\u003c\u0026\u003e\" 1")") != std::string::npos);
  CHECK(site.control("GET", "/api/dead-letters/2").status == 200);
  CHECK(site.control("GET", "/api/dead-letters/3").status == 404);
  CHECK(site.control("GET", "/api/dead-letters/x").status == 400);

  CHECK(site.control("POST", "/api/dead-letters/1/retry").body == "{\"status\":\"OK\"}\n");
  CHECK(site.control("DELETE", "/api/dead-letters/2").status == 200);
  CHECK(site.commands ==
        std::vector<std::string>{R"({"command":"dead_letter_retry","dead_letter":1})",
                                 R"({"command":"dead_letter_drop","dead_letter":2})"});
  site.outcome = Error{ErrorKind::not_found, "no dead letter 9"};
  CHECK(site.control("DELETE", "/api/dead-letters/9").body ==
        "{\"status\":\"Not Found\",\"error\":\"no dead letter 9\"}\n");
  site.outcome = Error{ErrorKind::unavailable, "the log is out of reach"};
  CHECK(site.control("POST", "/api/dead-letters/1/retry").status == 503);
}

TEST_CASE("an import is begun once and can be watched") {
  Site site;
  CHECK(site.control("GET", "/api/import").body.find(R"("state":"none")") != std::string::npos);
  CHECK(site.control("POST", "/api/import", "{}").body.find("path: missing") != std::string::npos);
  CHECK(site.control("POST", "/api/import", R"({"path":"relative"})").status == 400);
  CHECK(site.control("POST", "/api/import", R"({"path":"/a","other":1})").status == 400);
  CHECK(site.control("POST", "/api/import", "nonsense").status == 400);
  const Answer begun = site.control("POST", "/api/import", R"({"path":"/archive"})");
  CHECK(begun.status == 202);
  CHECK(begun.body.find(R"("state":"running","path":"/archive")") != std::string::npos);
  CHECK(site.control("POST", "/api/import", R"({"path":"/archive"})").status == 409);
  site.progress.skipped_because = {{"no such cluster", 3}};
  CHECK(
      site.control("GET", "/api/import").body.find(R"("skipped_because":{"no such cluster":3})") !=
      std::string::npos);
}

TEST_CASE("the control interface is on its socket and on no port") {
  Site site;
  add_letters(site.data.store());
  const std::vector<std::pair<std::string, std::string>> routes = {
      {"GET", "/api/status"},
      {"GET", "/api/unmatched"},
      {"GET", "/api/dead-letters"},
      {"GET", "/api/dead-letters/1"},
      {"DELETE", "/api/dead-letters/1"},
      {"POST", "/api/dead-letters/1/retry"},
      {"GET", "/api/import"},
      {"POST", "/api/import"},
      {"HEAD", "/api/status"},
      {"OPTIONS", "/api/status"},
      {"GET", "/api/debug"},
      {"POST", "/api/free?to=1"}};
  for (const auto& [method, target] : routes) {
    CAPTURE(method + " " + target);
    CHECK(site.ask(method, target, "", kJson).status == 404);
    CHECK(site.control(method, target, "", kJson).status != 404);
  }
  CHECK(site.commands.size() == 2);
  CHECK(site.control("GET", "/readyz").status == 200);
  CHECK(site.control("POST", "/query", R"({"query":"{ jobs { count } }"})", kJson).status == 200);
}

TEST_CASE("settings that cannot be served are refused, all at once") {
  httpd::Config config;
  config.listen = {"127.0.0.1:0"};
  CHECK(httpd::check_config(config).empty());
  config.listen = {"0.0.0.0:0"};
  config.query_threads = 0;
  config.tls.certificate = "/nowhere.crt";
  config.graphiql = "/nowhere";
  const auto problems = httpd::check_config(config);
  std::vector<std::string_view> keys;
  for (const SettingProblem& problem : problems) keys.push_back(problem.key);
  CHECK(keys == std::vector<std::string_view>{"http.query_threads", "http.listen", "http.tls",
                                              "http.graphiql"});
}

}  // namespace jobledger::test
