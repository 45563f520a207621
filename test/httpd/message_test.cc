// SPDX-License-Identifier: MIT
#include "httpd/message.h"

#include "base/gzip.h"
#include "httpd/negotiate.h"
#include "httpd/router.h"
#include "httpd/server.h"

#include <doctest/doctest.h>

namespace jobledger::httpd {

TEST_CASE("percent escapes are decoded, broken ones refused") {
  CHECK(percent_decode("a%20b%2Fc") == "a b/c");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("a+b", true) == "a b");
  CHECK_FALSE(percent_decode("%"));
  CHECK_FALSE(percent_decode("%4"));
  CHECK_FALSE(percent_decode("%zz"));
  CHECK(percent_decode("") == "");
}

TEST_CASE("the first query value of a name counts") {
  Request request;
  request.query = "a=1&b=x%26y&a=2&flag&=odd";
  CHECK(request.query_value("a") == "1");
  CHECK(request.query_value("b") == "x&y");
  CHECK(request.query_value("flag") == "");
  CHECK_FALSE(request.query_value("c"));
}

TEST_CASE("header names match without case") {
  Request request;
  request.headers = {{"Content-Type", "text/plain"}, {"x-A", ""}};
  CHECK(request.header("content-type") == "text/plain");
  CHECK(request.has_header("X-a"));
  CHECK_FALSE(request.has_header("X-b"));
}

TEST_CASE("gzip is used only for clients that accept it") {
  const struct {
    std::string_view accept;
    bool expected;
  } cases[] = {
      {"gzip", true},      {"deflate, gzip;q=0.5", true},
      {"GZip", true},      {"*", true},
      {"", false},         {"identity", false},
      {"gzip;q=0", false}, {"gzip;q=0.000, *", false},
      {"*;q=0", false},    {"br, zstd", false},
      {"gzipped", false},  {",,;,gzip", true},
  };
  for (const auto& each : cases) {
    CAPTURE(each.accept);
    CHECK(accepts_gzip(each.accept) == each.expected);
  }
}

TEST_CASE("a short body stays as it is, a long one is compressed and says so") {
  Config config;
  Response brief;
  brief.body = "short";
  encode_body(brief, "gzip", config);
  CHECK(brief.body == "short");
  CHECK(brief.headers.empty());

  Response large;
  large.body = std::string(100'000, 'a');
  encode_body(large, "gzip", config);
  CHECK(large.body.size() < 2'000);
  CHECK(*gunzip(large.body, 1 << 20) == std::string(100'000, 'a'));
  CHECK(large.headers.back() == std::pair<std::string, std::string>("Content-Encoding", "gzip"));

  Response refused;
  refused.body = std::string(100'000, 'a');
  encode_body(refused, "", config);
  CHECK(refused.body.size() == 100'000);
  CHECK(refused.headers.at(0).first == "Vary");
}

TEST_CASE("what failed inside is not told to the client") {
  const Response response = error_response(io_error("/var/lib/secret: broken"));
  CHECK(response.status == 500);
  CHECK(response.body.find("secret") == std::string::npos);
  CHECK(error_response(Error{ErrorKind::not_found, "no job 7"}).body ==
        "{\"status\":\"Not Found\",\"error\":\"no job 7\"}\n");
}

TEST_CASE("routes match whole segments and say which methods a path has") {
  Router router;
  const auto nothing = [](const Request&) { return Response{}; };
  router.add({Method::get, "/api/letters", nothing});
  router.add({Method::get, "/api/letters/{}", nothing});
  router.add({Method::del, "/api/letters/{}", nothing});
  router.add({Method::post, "/api/letters/{}/retry", nothing});

  CHECK(router.find(Method::get, "/api/letters").route != nullptr);
  CHECK(router.find(Method::head, "/api/letters").route != nullptr);
  CHECK(router.find(Method::get, "/api/letters/").route == nullptr);
  CHECK(router.find(Method::get, "/api/letters/").allow.empty());
  CHECK(router.find(Method::del, "/api/letters/a%2Fb").parameters ==
        std::vector<std::string>{"a/b"});
  CHECK(router.find(Method::get, "/api/letters/%zz").route == nullptr);
  CHECK(router.find(Method::post, "/api/letters/7/retry").parameters ==
        std::vector<std::string>{"7"});
  CHECK(router.find(Method::get, "/api/letters/7/retry").allow == "POST, OPTIONS");
  CHECK(router.find(Method::put, "/api/letters/7").allow == "GET, HEAD, DELETE, OPTIONS");
}

TEST_CASE("listen addresses") {
  CHECK(parse_listen_address("127.0.0.1:80")->host == "127.0.0.1");
  CHECK(parse_listen_address("[::1]:8080")->host == "::1");
  CHECK(parse_listen_address(":8080")->host == "");
  for (const char* wrong : {"", "localhost", "a:b", "a:", "::1:80", "[::1:80", "a:65536", "a:-1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_listen_address(wrong));
  }
}

TEST_CASE("without authentication others than loopback need leave") {
  Config config;
  config.listen = {"127.0.0.1:0", "[::1]:0", "localhost:0"};
  CHECK(check_listen(config));
  for (const char* open : {"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0"}) {
    CAPTURE(open);
    config.listen = {"127.0.0.1:0", open};
    config.allow_unauthenticated_remote = false;
    auto refused = check_listen(config);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("allow_unauthenticated_remote") != std::string::npos);
    config.allow_unauthenticated_remote = true;
    CHECK(check_listen(config));
  }
}

}  // namespace jobledger::httpd
