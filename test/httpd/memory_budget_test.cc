// SPDX-License-Identifier: MIT
#include "httpd/memory_budget.h"

#include "test/httpd/http_client.h"
#include "test/httpd/server_fixture.h"
#include "test/httpd/test_routes.h"

#include <doctest/doctest.h>

namespace jobledger::test {
using httpd::MemoryBudget;
using httpd::MemoryShare;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMiB = 1u << 20;

std::string head_of(std::size_t body_bytes) {
  return "POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
         std::to_string(body_bytes) + "\r\n\r\n";
}

// Has the room for its body when this returns, and keeps it.
void hold_room(HttpClient& client, std::size_t body_bytes) {
  client.send(
      "POST /hello HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " +
      std::to_string(body_bytes) + "\r\n\r\n");
  REQUIRE(client.receive()->status == 100);
}

httpd::Config small_budget(std::chrono::milliseconds wait) {
  httpd::Config config;
  config.max_body_bytes = 8 * kMiB;
  config.max_buffer_bytes = 16 * kMiB;  // 12 for long ones
  config.buffer_wait = wait;
  config.read_timeout = 1h;
  return config;
}

}  // namespace

TEST_CASE("large shares leave a quarter of the budget to small ones") {
  MemoryBudget budget(4 * kMiB);
  CHECK(budget.largest_share() == 3 * kMiB);
  MemoryShare large(&budget), other(&budget), small(&budget);
  CHECK(large.resize(3 * kMiB));
  CHECK_FALSE(other.resize(kMiB));
  CHECK(other.bytes() == 0);
  CHECK(small.resize(MemoryBudget::kSmallShare));
  CHECK_FALSE(small.resize(MemoryBudget::kSmallShare + 1));
  CHECK(small.bytes() == MemoryBudget::kSmallShare);
  large.reset();
  CHECK(other.resize(kMiB));
  CHECK(budget.used() == kMiB + MemoryBudget::kSmallShare);
}

TEST_CASE("a share that ends, or is moved over, gives its bytes back once") {
  MemoryBudget budget(4 * kMiB);
  {
    MemoryShare first(&budget);
    CHECK(first.resize(kMiB));
    MemoryShare second(std::move(first));
    CHECK(second.bytes() == kMiB);
    CHECK(budget.used() == kMiB);
    MemoryShare third(&budget);
    CHECK(third.resize(2 * kMiB));
    third = std::move(second);
    CHECK(budget.used() == kMiB);
  }
  CHECK(budget.used() == 0);
  CHECK(budget.take_freed() == 3 * kMiB);
  CHECK(budget.take_freed() == 0);
}

TEST_CASE("a body that finds no room in time is answered 503, small ones pass") {
  ServerFixture server(small_budget(0ms), test_routes());
  HttpClient slow(server.port());
  hold_room(slow, 8 * kMiB);
  HttpClient late(server.port());
  HttpClient other(server.port());
  late.send(head_of(7 * kMiB));
  const std::optional<Answer> answer = late.receive();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->header("retry-after") == "1");
  CHECK(other.request("POST", "/echo", std::string(1000, 'b')).body == std::string(1000, 'b'));
  CHECK(other.request("POST", "/echo", std::string(200'000, 'c')).body.size() == 200'000);
}

TEST_CASE("a body waits until others are done") {
  ServerFixture server(small_budget(1h), test_routes());
  HttpClient first(server.port());
  const std::string body(7 * kMiB, 'x');
  hold_room(first, body.size());
  HttpClient second(server.port());
  second.send(head_of(body.size()));
  first.send(body);
  CHECK(first.receive()->status == 405);  // what the route says to a body that was read
  second.send(body);
  CHECK(second.receive()->status == 405);
}

TEST_CASE("a body that the whole budget cannot hold is answered 413") {
  httpd::Config config = small_budget(1h);
  config.max_body_bytes = 14 * kMiB;
  ServerFixture server(config, test_routes());
  HttpClient client(server.port());
  client.send(head_of(13 * kMiB));
  CHECK(client.receive()->status == 413);
}

TEST_CASE("an answer that finds no room is answered 503") {
  ServerFixture server(small_budget(0ms), test_routes());
  HttpClient holder(server.port());
  hold_room(holder, 8 * kMiB);
  HttpClient second(server.port());
  hold_room(second, 3 * kMiB + kMiB / 2);
  HttpClient client(server.port());
  CHECK(client.request("GET", "/big").status == 503);
  CHECK(client.request("GET", "/hello").body == "hello\n");
}

TEST_CASE("stopping ends the wait for room") {
  ServerFixture server(small_budget(1h), test_routes());
  HttpClient holder(server.port());
  hold_room(holder, 8 * kMiB);
  HttpClient waiting(server.port());
  waiting.send(head_of(8 * kMiB));
  server.stop(1ms).wait();
  CHECK(waiting.closed());
}

}  // namespace jobledger::test
