// SPDX-License-Identifier: MIT
// Whatever a client sends, by a port or the control socket, the session ends and what it answered
// is HTTP.
#include "base/log.h"
#include "httpd/session.h"
#include "test/fuzz/target.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

using namespace jobledger;
using namespace jobledger::httpd;
namespace asio = boost::asio;

namespace {

Router routes() {
  Router router;
  router.add({Method::get, "/", [](const Request&) { return Response{}; }});
  router.add({Method::post, "/echo/{}", [](const Request& request) {
                Response response;
                response.body = request.parameters.at(0) + request.body +
                                request.query_value("q").value_or("") +
                                std::string(request.header("X-A"));
                return response;
              }});
  return router;
}

Config small_limits() {
  Config config;
  config.max_header_bytes = 1'000;
  config.max_body_bytes = 2'000;
  config.gzip_min_bytes = 10;
  return config;
}

struct Server {
  Telemetry telemetry;
  Dispatcher dispatcher{small_limits(), routes(), telemetry};
  Connections connections;
  MemoryBudget memory{small_limits().max_buffer_bytes};
  Admission admission{dispatcher.config()};
  SessionContext context{dispatcher, connections, memory};
};

// Reads what is there; false when the other side has closed.
bool drain(int fd, std::string& out) {
  std::array<char, 4096> piece{};
  for (;;) {
    const auto n = ::recv(fd, piece.data(), piece.size(), MSG_DONTWAIT);
    if (n <= 0) return n < 0;
    out.append(piece.data(), static_cast<std::size_t>(n));
  }
}

// The session over one end of a pair of sockets; nothing waits for a clock.
std::string serve(Server& server, std::string_view input, Access access) {
  std::array<int, 2> pair{};
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0, "no sockets");
  asio::io_context loop;
  asio::local::stream_protocol::socket socket(loop, asio::local::stream_protocol(), pair[0]);
  bool ended = false;
  auto ticket = server.admission.enter(ListenerKind::local, kLocalPeer);
  CHECK(ticket.has_value(), "no place for a connection");
  asio::co_spawn(
      loop,
      serve_connection(std::move(socket), access, *std::move(ticket), server.context, nullptr),
      [&ended](std::exception_ptr failure) {
        CHECK(!failure, "a session ended by an exception");
        ended = true;
      });
  std::string output;
  while (!ended) {
    if (!input.empty()) {
      const auto sent = ::send(pair[1], input.data(), input.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) input = {};
      if (sent > 0) input.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (input.empty()) ::shutdown(pair[1], SHUT_WR);
    loop.poll();
    drain(pair[1], output);
  }
  drain(pair[1], output);
  ::close(pair[1]);
  return output;
}

}  // namespace

FUZZ_TARGET(http_input) {
  static Server server;
  if (size > 64 * 1024) return 0;
  // Names of hosts mean nothing where the peer is known.
  for (const Access access : {Access::open, Access::change}) {
    const std::string output = serve(server, text_of(data, size), access);
    CHECK(output.empty() || output.starts_with("HTTP/1.1 "), "an answer is not HTTP");
  }
  return 0;
}
