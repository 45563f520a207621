// SPDX-License-Identifier: MIT
#include "httpd/server.h"

#include "base/gzip.h"
#include "test/httpd/http_client.h"
#include "test/httpd/server_fixture.h"
#include "test/httpd/test_routes.h"

#include <doctest/doctest.h>

namespace jobledger::test {
using namespace std::chrono_literals;

TEST_CASE("one connection serves many requests") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  for (int i = 0; i < 5; ++i) {
    const Answer answer = client.request("GET", "/hello");
    CHECK(answer.status == 200);
    CHECK(answer.body == "hello\n");
    CHECK(answer.header("connection") == "keep-alive");
  }
  CHECK(client.request("POST", "/echo", "body text").body == "body text");
  CHECK(server.telemetry().text().find(
            "jobledger_http_requests_total{route=\"/hello\",status=\"200\"} 5") !=
        std::string::npos);
}

TEST_CASE("a client that wants the connection closed gets its answer and the end") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  const Answer answer = client.request("GET", "/hello", "", "Connection: close\r\n");
  CHECK(answer.header("connection") == "close");
  CHECK(client.closed());
  HttpClient old(server.port());
  old.send("GET /hello HTTP/1.0\r\n\r\n");
  CHECK(old.receive()->body == "hello\n");
  CHECK(old.closed());
}

TEST_CASE("pipelined requests are answered in their order") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string body = "request " + std::to_string(i);
    all +=
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
        "application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  client.send(all);
  for (int i = 0; i < 200; ++i) CHECK(client.receive()->body == "request " + std::to_string(i));
}

TEST_CASE("a request that arrives byte by byte is one request") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  const std::string_view text =
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "4\r\n\r\nbodyGET /hello "
      "HTTP/1.1\r\n"
      "Host: localhost\r\n\r\n";
  for (char c : text) client.send({&c, 1});
  CHECK(client.receive()->body == "body");
  CHECK(client.receive()->body == "hello\n");
}

TEST_CASE("the absolute form, parameters and queries are understood") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  CHECK(client.request("GET", "http://127.0.0.1/hello").body == "hello\n");
  CHECK(client.request("GET", "/item/a%20b?x=1&q=c+d").body == "a b|c d");
  CHECK(client.request("GET", "/item/1#f").body == "1|none");
}

TEST_CASE("a header beyond the limit is answered by 431") {
  httpd::Config config;
  config.max_header_bytes = 1'000;
  ServerFixture server(config, test_routes());
  HttpClient client(server.port());
  const Answer answer =
      client.request("GET", "/hello", "", "X-Long: " + std::string(100'000, 'a') + "\r\n");
  CHECK(answer.status == 431);
  CHECK(client.closed());
}

TEST_CASE("a body beyond the limit is answered by 413, before it is sent") {
  httpd::Config config;
  config.max_body_bytes = 1'000;
  ServerFixture server(config, test_routes());
  HttpClient patient(server.port());
  patient.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n");
  CHECK(patient.receive()->status == 413);
  HttpClient eager(server.port());
  CHECK(eager.request("POST", "/echo", std::string(500'000, 'a')).status == 413);
  CHECK(eager.closed());
  HttpClient fits(server.port());
  CHECK(fits.request("POST", "/echo", std::string(1'000, 'a')).body.size() == 1'000);
}

TEST_CASE("a route may take longer bodies than others, also with GET") {
  httpd::Config config;
  config.max_body_bytes = 1'000;
  ServerFixture server(config, test_routes());
  for (const char* method : {"GET", "POST"}) {
    HttpClient client(server.port());
    CHECK(client.request(method, "/roomy", std::string(2'000, 'a')).body.size() == 2'000);
    CHECK(client.request(method, "/roomy", std::string(2'001, 'a')).status == 413);
  }
  HttpClient client(server.port());
  CHECK(client.request("GET", "/hello", std::string(1'001, 'a')).status == 413);
}

TEST_CASE("lengths must be told, chunks are refused") {
  ServerFixture server({}, test_routes());
  const struct {
    std::string_view text;
    int status;
  } cases[] = {
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
       "chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
       411},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", 411},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
       400},
      {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: "
       "chunked\r\n\r\na",
       400},
      {"GET /hello HTTP/1.1\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
      {"GET /hello HTTP/3.0\r\nHost: localhost\r\n\r\n", 505},
      {"nonsense\r\n\r\n", 400},
      {"GET  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\nHost : a\r\n\r\n", 400},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    HttpClient client(server.port());
    client.send(each.text);
    const auto answer = client.receive();
    REQUIRE(answer);
    CHECK(answer->status == each.status);
    CHECK(client.closed());
  }
}

TEST_CASE("a client that waits for leave to send its body gets it") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: "
      "100-continue\r\nContent-Length: "
      "4\r\n\r\n");
  CHECK(client.receive()->status == 100);
  client.send("body");
  CHECK(client.receive()->body == "body");
}

TEST_CASE("a request that never ends is answered by 408, a silent connection is closed") {
  httpd::Config config;
  config.read_timeout = 1ms;
  config.idle_timeout = 1ms;
  config.linger_timeout = 1ms;
  ServerFixture server(config, test_routes());
  HttpClient slow(server.port());
  slow.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
  const auto answer = slow.receive();
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(slow.closed());
  HttpClient silent(server.port());
  CHECK(silent.closed());
}

TEST_CASE("a client that does not read its answer is dropped") {
  httpd::Config config;
  config.write_timeout = 1ms;
  httpd::Router router;
  router.add({httpd::Method::get, "/huge", [](const httpd::Request&) {
                httpd::Response response;
                response.body.assign(100'000'000, 'x');
                return response;
              }});
  ServerFixture server(config, std::move(router));
  HttpClient client(server.port());
  client.send("GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n");
  // Stopping waits for answers in flight: it ends only because the write gave up.
  CHECK(server.stop(1h).wait_for(1min) == std::future_status::ready);
}

TEST_CASE("an answer larger than a write piece arrives whole") {
  httpd::Router router;
  router.add({httpd::Method::get, "/huge", [](const httpd::Request&) {
                httpd::Response response;
                for (int i = 0; i < 1'000'000; ++i) response.body += std::to_string(i);
                return response;
              }});
  ServerFixture server({}, std::move(router));
  HttpClient client(server.port());
  std::string expected;
  for (int i = 0; i < 1'000'000; ++i) expected += std::to_string(i);
  CHECK(client.request("GET", "/huge").body == expected);
  const Answer packed = client.request("GET", "/huge", "", "Accept-Encoding: gzip\r\n");
  CHECK(packed.header("content-encoding") == "gzip");
  CHECK(*gunzip(packed.body, 1u << 30) == expected);
}

TEST_CASE("HEAD is GET without the body") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  const Answer head = client.request("HEAD", "/big");
  CHECK(head.status == 200);
  CHECK(head.header("content-length") == "1000000");
  CHECK(client.request("GET", "/hello").body == "hello\n");
}

TEST_CASE("wrong paths and methods") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  CHECK(client.request("GET", "/nowhere").header("content-type") == "text/html; charset=utf-8");
  CHECK(
      client.request("GET", "/api/nowhere").body ==
      "{\"error\":\"the requested endpoint does not exist\",\"status\":\"Resource not found\"}\n");
  const Answer wrong = client.request("POST", "/hello", "x");
  CHECK(wrong.status == 405);
  CHECK(wrong.body.empty());
  CHECK(wrong.header("allow") == "GET, HEAD, OPTIONS");
  CHECK(client.request("BREW", "/hello").status == 405);
}

TEST_CASE("a handler that throws is 500 and tells nothing") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  const Answer answer = client.request("GET", "/throw");
  CHECK(answer.status == 500);
  CHECK(answer.body.empty());
  CHECK(client.request("GET", "/hello").status == 200);
}

TEST_CASE("every answer carries the security headers") {
  ServerFixture server({}, test_routes());
  HttpClient client(server.port());
  for (const char* path : {"/hello", "/nowhere"}) {
    const Answer answer = client.request("GET", path);
    CHECK(answer.header("x-content-type-options") == "nosniff");
    CHECK(answer.header("x-frame-options") == "DENY");
    CHECK(answer.header("referrer-policy") == "same-origin");
    CHECK(answer.header("content-security-policy") ==
          "frame-ancestors 'none'; object-src 'none'; base-uri 'self'");
    CHECK(answer.header("strict-transport-security").empty());
    CHECK_FALSE(answer.header("date").empty());
  }
  CHECK(client.request("GET", "/hello", "", "X-Forwarded-Proto: https\r\n")
            .header("strict-transport-security")
            .empty());
}

TEST_CASE("connections beyond the limit are told nothing but what is essential") {
  httpd::Config config;
  config.max_connections = 2;
  ServerFixture server(config, test_routes());
  HttpClient first(server.port()), second(server.port());
  CHECK(first.request("GET", "/hello").status == 200);
  CHECK(second.request("GET", "/hello").status == 200);
  HttpClient third(server.port());
  const Answer refused = third.request("GET", "/hello");
  CHECK(refused.status == 503);
  CHECK(refused.header("retry-after") == "1");
  CHECK(third.closed());
  HttpClient fourth(server.port());
  CHECK(fourth.request("GET", "/alive").body == "yes\n");
  CHECK(fourth.closed());
  CHECK(first.request("GET", "/hello").status == 200);
}

TEST_CASE("work is told to stop when its client leaves") {
  SlowRoute slow;
  ServerFixture server({}, slow.router());
  {
    HttpClient leaving(server.port());
    leaving.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    slow.gate.wait_for_arrival();
  }
  // Nobody opens the gate: stopping ends only because the work saw its flag.
  CHECK(server.stop(1h).wait_for(1min) == std::future_status::ready);
}

TEST_CASE("stopping lets the request in flight finish and closes idle connections") {
  SlowRoute slow;
  ServerFixture server({}, slow.router());
  HttpClient idle(server.port()), busy(server.port());
  CHECK(idle.request("GET", "/hello").status == 200);
  busy.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  slow.gate.wait_for_arrival();
  auto stopped = server.stop(1min);
  CHECK(idle.closed());
  CHECK_THROWS(HttpClient(server.port()));
  slow.gate.open();
  const auto answer = busy.receive();
  REQUIRE(answer);
  CHECK(answer->body == "finished");
  CHECK(answer->header("connection") == "close");
  CHECK(busy.closed());
  stopped.wait();
}

TEST_CASE("after the deadline requests in flight are stopped") {
  SlowRoute slow;
  ServerFixture server({}, slow.router());
  HttpClient busy(server.port());
  busy.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  slow.gate.wait_for_arrival();
  auto stopped = server.stop(1ms);
  CHECK(busy.closed());
  CHECK(stopped.wait_for(1min) == std::future_status::ready);
}

}  // namespace jobledger::test
