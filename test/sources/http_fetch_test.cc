// SPDX-License-Identifier: MIT
#include "sources/http_fetch.h"

#include "base/file.h"
#include "base/gzip.h"
#include "test/sources/http_server.h"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

namespace jobledger::sources {
namespace {

using jobledger::test::HttpAnswer;
using jobledger::test::HttpRequest;
using jobledger::test::HttpServer;

HttpAnswer echo(const HttpRequest& request) {
  HttpAnswer answer;
  answer.body = request.method + " " + request.target + " [" + request.header("x-a") + "] [" +
                request.header("authorization") + "] " + request.body;
  return answer;
}

Result<std::string> get_text(const std::string& url, FetchConfig config = {}, Stop stop = {}) {
  HttpFetch http(std::move(config));
  return http.fetch({.url = url}, stop);
}

std::string reason(const Result<std::string>& result, ErrorKind kind) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == kind);
  return result.error().detail;
}

// Handlers wait here until the test lets them go.
class Door {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void await_visitor() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

TEST_CASE("method, headers, authorization and body arrive, also a body of GET") {
  HttpServer server(echo);
  HttpFetch http({});
  FetchRequest request;
  request.url = server.url() + "/a?b=c";
  request.headers = {"X-A: 1"};
  request.body = "the body";
  request.token = Secret("t");
  CHECK(*http.fetch(request, {}) == "GET /a?b=c [1] [Bearer t] the body");
  request.method = "POST";
  request.token = Secret();
  CHECK(*http.fetch(request, {}) == "POST /a?b=c [1] [] the body");
  request.method = "GET";
  request.body.clear();
  request.headers.clear();
  CHECK(*http.fetch(request, {}) == "GET /a?b=c [] [] ");
  request.body = std::string(3'000'000, 'x');
  CHECK(http.fetch(request, {})->size() > 3'000'000);
}

TEST_CASE("a connection is used again; one that the server closed is opened anew") {
  std::atomic<bool> close = false;
  HttpServer server([&close](const HttpRequest& request) {
    HttpAnswer answer = echo(request);
    answer.close = close;
    return answer;
  });
  HttpFetch http({});
  const FetchRequest request{.url = server.url() + "/"};
  for (int i = 0; i < 3; ++i) CHECK(http.fetch(request, {}).has_value());
  CHECK(server.connections() == 1);
  close = true;
  CHECK(http.fetch(request, {}).has_value());
  CHECK(http.fetch(request, {}).has_value());
  CHECK(server.connections() == 2);
}

TEST_CASE("threads ask side by side") {
  Door door;
  std::atomic<int> there = 0;
  HttpServer server([&](const HttpRequest& request) {
    if (++there == 4) door.open();  // none is answered before all are there
    door.wait();
    return echo(request);
  });
  HttpFetch http({});
  std::vector<std::future<bool>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      return http.fetch({.url = server.url() + "/"}, {}).has_value();
    }));
  }
  for (auto& answer : answers) CHECK(answer.get());
  CHECK(server.connections() == 4);
}

TEST_CASE("a packed answer is unpacked, and bounded by what it unpacks to") {
  const std::string text(100'000, 'a');
  HttpServer server([&text](const HttpRequest& request) {
    HttpAnswer answer;
    CHECK(request.header("accept-encoding") == "gzip");
    answer.body = gzip(text, 6);
    answer.headers["Content-Encoding"] = "gzip";
    return answer;
  });
  CHECK(*get_text(server.url()) == text);
  FetchConfig small;
  small.max_answer_bytes = 50'000;
  const std::string why = reason(get_text(server.url(), small), ErrorKind::too_large);
  CHECK(why.find("longer than 50000 bytes") != std::string::npos);
}

TEST_CASE("what is refused is told with its status and the server's first words") {
  HttpServer server([](const HttpRequest& request) {
    HttpAnswer answer;
    answer.status = request.path() == "/moved" ? 302 : 401;
    answer.body = "no entry for " + request.header("authorization") + "\nsecond line";
    answer.headers["Location"] = "/other";
    return answer;
  });
  HttpFetch http({});
  FetchRequest request{.url = server.url() + "/here"};
  request.token = Secret("abc.def");
  const std::string refused = reason(http.fetch(request, {}), ErrorKind::unavailable);
  CHECK(refused == "GET " + request.url + ": status 401: no entry for Bearer [secret]");
  request.url = server.url() + "/moved";
  CHECK(reason(http.fetch(request, {}), ErrorKind::unavailable).find("status 302") !=
        std::string::npos);
  CHECK(server.requests() == 2);  // nobody went to /other
}

TEST_CASE("a server that is not there, or speaks nonsense, is unavailable") {
  std::string url;
  {
    HttpServer gone(echo);
    url = gone.url("127.0.0.1");
  }
  const std::string refused = reason(get_text(url + "/x"), ErrorKind::unavailable);
  CHECK(refused.starts_with("GET " + url + "/x: "));
  HttpServer server([](const HttpRequest& request) {
    HttpAnswer answer;
    answer.raw = request.path() == "/cut" ? "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"
                                          : "this is no HTTP\r\n\r\n";
    return answer;
  });
  reason(get_text(server.url() + "/cut"), ErrorKind::unavailable);
  reason(get_text(server.url() + "/noise"), ErrorKind::unavailable);
  reason(get_text("ftp://localhost/"), ErrorKind::unavailable);
}

TEST_CASE("a request ends when it is stopped, in time or not at all") {
  Door door;
  HttpServer server([&door](const HttpRequest& request) {
    door.wait();
    return echo(request);
  });
  std::atomic<bool> flag = false;
  auto waiting = std::async(std::launch::async, [&] {
    return get_text(server.url(), {}, {&flag, std::chrono::steady_clock::time_point::max()});
  });
  door.await_visitor();
  flag = true;
  CHECK(reason(waiting.get(), ErrorKind::cancelled).find("stopped") != std::string::npos);

  FetchConfig hasty;
  hasty.timeout = std::chrono::milliseconds(1);
  reason(get_text(server.url(), hasty), ErrorKind::unavailable);
  const Stop late{nullptr, std::chrono::steady_clock::now() - std::chrono::seconds(1)};
  CHECK(reason(get_text(server.url(), {}, late), ErrorKind::unavailable).find("no time is left") !=
        std::string::npos);
  door.open();
  CHECK(get_text(server.url()).has_value());
}

TEST_CASE("certificates are verified, by the system's authorities or those of a file") {
  TemporaryDirectory folder;
  const auto files = jobledger::test::make_certificate(folder.path(), "server");
  const auto others = jobledger::test::make_certificate(folder.path(), "other");
  HttpServer server(echo, files);
  FetchConfig config;
  reason(get_text(server.url(), config), ErrorKind::unavailable);
  config.ca_file = others.certificate;
  reason(get_text(server.url(), config), ErrorKind::unavailable);
  config.ca_file = files.certificate;
  const auto answer = get_text(server.url(), config);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().detail);
  CHECK(*answer == "GET / [] [] ");
  // The name has to fit, too.
  reason(get_text(server.url("127.0.0.1"), config), ErrorKind::unavailable);
  CHECK(server.requests() == 1);
}

TEST_CASE("a URL names a server and no secrets") {
  for (const char* good :
       {"http://localhost:8082", "https://h.example.org/path/", "http://[::1]:1"}) {
    CHECK_MESSAGE(check_url(good).has_value(), good);
  }
  for (const char* bad : {"", "localhost:8082", "ftp://h", "http://", "http://u:p@h", "http://u@h",
                          "http://h/?a=b", "http://h/#x", "http://h:port", "HTTP"}) {
    CHECK_FALSE_MESSAGE(check_url(bad).has_value(), bad);
  }
  CHECK(percent_encode("a b/ü&=+~") == "a%20b%2F%C3%BC%26%3D%2B~");
}

}  // namespace
}  // namespace jobledger::sources
