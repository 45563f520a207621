// SPDX-License-Identifier: MIT
#include "httpd/admission.h"

#include "test/httpd/http_client.h"
#include "test/httpd/server_fixture.h"
#include "test/httpd/test_routes.h"

#include <doctest/doctest.h>

#include <list>

namespace jobledger::test {
using httpd::Admission;
using httpd::ListenerKind;
using httpd::Peer;
using httpd::Service;

namespace {

Peer peer(std::uint8_t number) {
  Peer made{};
  made.back() = number;
  return made;
}

httpd::Config limits(std::size_t all, std::size_t per_peer, std::size_t reserved) {
  httpd::Config config;
  config.max_connections = all;
  config.max_connections_per_peer = per_peer;
  config.reserved_connections = reserved;
  return config;
}

}  // namespace

TEST_CASE("one peer cannot take the connections of all") {
  const httpd::Config config = limits(10, 3, 2);
  Admission admission(config);
  std::list<Admission::Ticket> tickets;
  const auto enter = [&](std::uint8_t from) {
    auto ticket = admission.enter(ListenerKind::network, peer(from));
    REQUIRE(ticket);
    return tickets.emplace_back(*std::move(ticket)).service();
  };
  for (int i = 0; i < 3; ++i) CHECK(enter(1) == Service::all);
  CHECK(enter(1) == Service::essential);
  CHECK(enter(2) == Service::all);
  tickets.pop_front();
  CHECK(enter(1) == Service::all);
}

TEST_CASE("all peers together stay within the limit, and leave places when they go") {
  const httpd::Config config = limits(3, 3, 1);
  Admission admission(config);
  {
    const auto a = admission.enter(ListenerKind::network, peer(1));
    const auto b = admission.enter(ListenerKind::network, peer(2));
    const auto c = admission.enter(ListenerKind::network, peer(3));
    const auto d = admission.enter(ListenerKind::network, peer(4));
    CHECK(c->service() == Service::all);
    CHECK(d->service() == Service::essential);
    CHECK_FALSE(admission.reserve_overdrawn());
    const auto e = admission.enter(ListenerKind::network, peer(5));
    CHECK(admission.reserve_overdrawn());
    CHECK_FALSE(admission.enter(ListenerKind::network, peer(6)));
  }
  CHECK_FALSE(admission.reserve_overdrawn());
  CHECK(admission.enter(ListenerKind::network, peer(4))->service() == Service::all);
}

TEST_CASE("the local socket has places that the network cannot take") {
  const httpd::Config config = limits(1, 1, 1);
  Admission admission(config);
  std::list<Admission::Ticket> tickets;
  while (auto ticket = admission.enter(ListenerKind::network, peer(1))) {
    tickets.push_back(*std::move(ticket));
  }
  const auto local = admission.enter(ListenerKind::local, httpd::kLocalPeer);
  REQUIRE(local);
  CHECK(local->service() == Service::all);
  CHECK_FALSE(admission.enter(ListenerKind::local, httpd::kLocalPeer));
}

TEST_CASE("a full reserve makes room for who comes") {
  ServerFixture server(limits(1, 1, 2), test_routes());
  HttpClient first(server.port());
  CHECK(first.request("GET", "/hello").status == 200);
  std::list<HttpClient> silent;
  for (int i = 0; i < 20; ++i) {
    silent.emplace_back(server.port());
    HttpClient monitor(server.port());
    CHECK(monitor.request("GET", "/alive").status == 200);
  }
  CHECK(silent.front().closed());
  CHECK(first.request("GET", "/hello").status == 200);
}

}  // namespace jobledger::test
