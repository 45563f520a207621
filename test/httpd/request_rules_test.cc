// SPDX-License-Identifier: MIT
#include "httpd/request_rules.h"

#include "base/file.h"
#include "httpd/httpd.h"
#include "test/httpd/http_client.h"
#include "test/httpd/server_fixture.h"
#include "test/httpd/test_routes.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace jobledger::test {
namespace {

httpd::Router routes() {
  httpd::Router router = test_routes();
  router.add(
      {httpd::Method::get, "/healthz", [](const httpd::Request&) { return httpd::Response{}; }});
  return router;
}

// A server with names and origins of its own.
class RuleSite {
 public:
  explicit RuleSite(std::vector<std::string> origins = {})
      : server_(config(std::move(origins)), routes()) {}

  std::optional<Answer> send(const std::string& text) const {
    HttpClient client(server_.port());
    client.send(text);
    return client.receive();
  }
  int get(const std::string& host, const std::string& target = "/hello") const {
    return send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")->status;
  }
  Answer post(const std::string& headers, const std::string& body = "{}") const {
    return *send(
        fmt::format("POST /echo HTTP/1.1\r\nHost: localhost:8080\r\n{}Content-Length: {}\r\n\r\n{}",
                    headers, body.size(), body));
  }
  int post_json(const std::string& headers) const {
    return post("Content-Type: application/json\r\n" + headers).status;
  }

 private:
  static httpd::Config config(std::vector<std::string> origins) {
    httpd::Config out;
    out.hosts = {"Ledger.example.org"};
    out.origins = std::move(origins);
    return out;
  }
  ServerFixture server_;
};

}  // namespace

TEST_CASE("addresses, localhost and own names are answered") {
  const RuleSite site;
  for (const char* host :
       {"localhost", "localhost:8080", "LOCALHOST:8080", "localhost.", "localhost.:80",
        "localhost:", "127.0.0.1", "127.0.0.1:8080", "127.0.0.1.", "192.0.2.7", "[::1]",
        "[::1]:8080", "[2001:db8::7]:443", "ledger.example.org", "LEDGER.example.org.:8080"}) {
    CAPTURE(host);
    CHECK(site.get(host) == 200);
  }
}

TEST_CASE("a name that is not ours is 421, and the answer names the key") {
  const RuleSite site;
  for (const char* host : {"evil.example",
                           "evil.example:8080",
                           "localhost.evil.example",
                           "127.0.0.1.evil.example:8080",
                           "127.evil.example",
                           "127.",
                           "127.1",
                           "0x7f.0.0.1",
                           "2130706433",
                           "evil.localhost",
                           "::1",
                           "[::1",
                           "::1]",
                           "[127.0.0.1]",
                           "[localhost]",
                           "localhost:80:80",
                           "localhost:x",
                           "localhost..",
                           "user@localhost",
                           "localhost, evil.example",
                           "local%68ost",
                           "ledger.example.org.evil.example",
                           "example.org",
                           "",
                           ":8080",
                           "."}) {
    CAPTURE(host);
    CHECK(site.get(host) == 421);
    CHECK(site.get(host, "/healthz") == 200);
    CHECK(site.get(host, "/healthz/") == 421);
  }
  const auto refused = site.send("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  CHECK(refused->body.find("http.hosts") != std::string::npos);
  CHECK(refused->body.find("evil") == std::string::npos);
  CHECK(site.send("GET /hello HTTP/1.0\r\n\r\n")->status == 200);
  CHECK(site.send("GET /hello HTTP/1.0\r\nHost: evil.example\r\n\r\n")->status == 421);
  CHECK(site.send("GET /hello HTTP/1.1\r\n\r\n")->status == 400);
  CHECK(site.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")->status ==
        400);
}

TEST_CASE("the host of an absolute target counts, what proxies add does not") {
  const RuleSite site;
  CHECK(site.get("localhost", "http://evil.example/hello") == 421);
  CHECK(site.get("localhost", "http://evil.example?x") == 421);
  CHECK(site.get("localhost", "http:///hello") == 421);
  CHECK(site.get("evil.example", "http://127.0.0.1:8080/hello") == 200);
  for (const char* header : {"X-Forwarded-Host: localhost", "Forwarded: host=localhost",
                             "X-Forwarded-For: 127.0.0.1", "X-Real-Ip: 127.0.0.1"}) {
    CHECK(site.get("evil.example\r\n" + std::string(header)) == 421);
  }
  CHECK(site.get("localhost\r\nX-Forwarded-Host: evil.example") == 200);
}

TEST_CASE("the machine's names are its host name and what stands beside it") {
  using Names = std::vector<std::string>;
  CHECK(httpd::names_of_machine("", "127.0.0.1 localhost") == Names{"localhost"});
  CHECK(httpd::names_of_machine("Ledger",
                                "127.0.0.1 localhost # Ledger\n127.0.1.1\tledger.HPC.example "
                                "ledger\n10.0.0.1 other other.example") ==
        Names{"localhost", "ledger", "ledger", "ledger.hpc.example", "ledger"});
  CHECK(httpd::names_of_machine("l.example.org", "::1\n") ==
        Names{"localhost", "l.example.org", "l"});
}

TEST_CASE("what changes something comes from our own pages or from none") {
  const RuleSite site;
  struct Row {
    std::string headers;
    int expected;
  };
  for (const auto& [headers, expected] :
       {Row{"", 200}, Row{"Origin: http://localhost:8080\r\n", 200},
        Row{"Origin: https://LOCALHOST:8080\r\n", 200}, Row{"Origin: null\r\n", 403},
        Row{"Origin: \r\n", 403}, Row{"Origin: http://localhost\r\n", 403},
        Row{"Origin: http://localhost:8081\r\n", 403},
        Row{"Origin: http://127.0.0.1:8080\r\n", 403},
        Row{"Origin: http://localhost:8080.evil.example\r\n", 403},
        Row{"Origin: http://localhost:8080/\r\n", 403}, Row{"Origin: file://\r\n", 403},
        Row{"Origin: https://evil.example\r\n", 403},
        Row{"Origin: http://localhost:8080\r\nSec-Fetch-Site: same-origin\r\n", 200},
        Row{"Sec-Fetch-Site: none\r\n", 200}, Row{"Sec-Fetch-Site: cross-site\r\n", 403},
        Row{"Sec-Fetch-Site: same-site\r\n", 403}, Row{"Sec-Fetch-Site: what\r\n", 403},
        Row{"Origin: http://localhost:8080\r\nSec-Fetch-Site: same-site\r\n", 403},
        Row{"Origin: https://evil.example\r\nSec-Fetch-Site: none\r\n", 403}}) {
    CAPTURE(headers);
    CHECK(site.post_json(headers) == expected);
  }
  CHECK(site.post("Sec-Fetch-Site: cross-site\r\n").body == "cross-site request blocked\n");
  CHECK(site.post("Origin: null\r\n").body.find("http.origins") != std::string::npos);
  CHECK(site.get("localhost\r\nOrigin: https://evil.example\r\nSec-Fetch-Site: cross-site") == 200);
  for (const char* method : {"PUT", "PATCH", "DELETE", "BREW"}) {
    CAPTURE(method);
    CHECK(site.send(std::string(method) +
                    " /echo HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil\r\n"
                    "Content-Length: 0\r\n\r\n")
              ->status == 403);
  }
}

TEST_CASE("a page may be behind a proxy that speaks TLS, at the usual port") {
  const RuleSite site;
  const auto post = [&](const std::string& host, const std::string& origin) {
    return site
        .send("POST /echo HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin +
              "\r\nContent-Length: 0\r\n\r\n")
        ->status;
  };
  CHECK(post("ledger.example.org", "https://ledger.example.org") == 200);
  CHECK(post("ledger.example.org:443", "https://ledger.example.org") == 200);
  CHECK(post("ledger.example.org:80", "http://ledger.example.org") == 200);
  CHECK(post("ledger.example.org", "http://ledger.example.org:8080") == 403);
  CHECK(post("[::1]:8080", "http://[::1]:8080") == 200);
}

TEST_CASE("no page of another origin may read, unless the settings name its origin") {
  const std::string origin = "Origin: https://portal.example.org\r\n";
  const std::string preflight = "OPTIONS /echo HTTP/1.1\r\nHost: localhost\r\n" + origin +
                                "Access-Control-Request-Method: POST\r\n\r\n";
  const std::string read = "GET /hello HTTP/1.1\r\nHost: localhost\r\n" + origin + "\r\n";
  const RuleSite closed;
  for (const std::string& text : {preflight, read}) {
    const auto answer = closed.send(text);
    CHECK(answer->status == 200);
    for (const auto& [name, value] : answer->headers) {
      CHECK_FALSE(name.starts_with("access-control"));
    }
  }
  const RuleSite open({"HTTPS://Portal.example.org:443"});
  CHECK(open.send(read)->header("access-control-allow-origin") == "https://portal.example.org");
  CHECK(open.send(read)->header("vary") == "Origin");
  const auto asked = open.send(preflight);
  CHECK(asked->header("access-control-allow-origin") == "https://portal.example.org");
  CHECK(asked->header("access-control-allow-methods") == "GET, POST, HEAD, OPTIONS");
  CHECK(asked->header("access-control-allow-headers").find("Content-Type") != std::string::npos);
  CHECK(open.post_json(origin + "Sec-Fetch-Site: same-site\r\n") == 200);
  const std::string other = "Origin: https://portal.example.org.evil.example\r\n";
  CHECK(open.post_json(other) == 403);
  CHECK(open.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n" + other + "\r\n")
            ->header("access-control-allow-origin")
            .empty());
}

TEST_CASE("a body is JSON and says so") {
  const RuleSite site;
  struct Row {
    std::string type;
    int expected;
  };
  for (const auto& [type, expected] :
       {Row{"application/json", 200}, Row{"application/json; charset=utf-8", 200},
        Row{"Application/JSON;charset=UTF-8", 200}, Row{"text/plain", 415},
        Row{"text/plain; x=application/json", 415}, Row{"multipart/form-data; boundary=x", 415},
        Row{"application/x-www-form-urlencoded", 415}, Row{"application/jsonp", 415},
        Row{"text/plain, application/json", 415}, Row{"", 415}}) {
    CAPTURE(type);
    CHECK(site.post("Content-Type: " + type + "\r\n").status == expected);
  }
  CHECK(site.post("").status == 415);
  CHECK(site.post("", "").status == 200);
  CHECK(site.post("Content-Type: text/plain\r\n", "").status == 415);
}

TEST_CASE("on the control socket a name means nothing, the other rules hold") {
  TemporaryDirectory folder;
  httpd::Config config;
  config.socket = folder.path() / "control.sock";
  ServerFixture server(config, control_routes());
  const auto send = [&](const std::string& text) {
    HttpClient client(config.socket);
    client.send(text);
    return client.receive()->status;
  };
  CHECK(send("GET /look HTTP/1.1\r\nHost: jobledger\r\n\r\n") == 200);
  const std::string change = "POST /change HTTP/1.1\r\nHost: localhost\r\n";
  CHECK(send(change + "Content-Length: 0\r\n\r\n") == 200);
  CHECK(send(change + "Content-Length: 0\r\nOrigin: http://evil.example\r\n\r\n") == 403);
  CHECK(send(change + "Content-Length: 2\r\nContent-Type: text/plain\r\n\r\n{}") == 415);
}

TEST_CASE("names and origins that can be none are refused") {
  httpd::Config config;
  config.listen = {"127.0.0.1:0"};
  config.hosts = {"ledger.example.org", "10.0.0.1", "http://x", "x:80",
                  "*.example.org",      "",         "x/y",      "x."};
  config.origins = {"https://portal.example.org",
                    "http://x:3000",
                    "*",
                    "portal.example.org",
                    "https://x/",
                    "null",
                    ""};
  std::size_t hosts = 0, origins = 0;
  for (const SettingProblem& problem : httpd::check_config(config)) {
    hosts += problem.key == "http.hosts";
    origins += problem.key == "http.origins";
  }
  CHECK(hosts == 6);
  CHECK(origins == 5);
}

}  // namespace jobledger::test
