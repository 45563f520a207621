// SPDX-License-Identifier: MIT
#include "httpd/server.h"

#include "base/log.h"
#include "base/task_group.h"
#include "httpd/connections.h"
#include "httpd/control_socket.h"
#include "httpd/dispatcher.h"
#include "httpd/session.h"
#include "httpd/tls.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <malloc.h>

#include <algorithm>

namespace jobledger::httpd {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kSweepInterval{100};  // precision of deadlines
constexpr std::chrono::milliseconds kAcceptPause{100};    // after a failed accept
constexpr std::size_t kTrimAfter = 16u << 20;             // bytes of bodies and answers freed
constexpr std::chrono::seconds kTrimPause{5};             // between two trims

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n";

Result<std::vector<tcp::endpoint>> resolve(const std::string& text) {
  TRY(const ListenAddress address, parse_listen_address(text));
  asio::io_context context;
  tcp::resolver resolver(context);
  error_code ec;
  auto flags = tcp::resolver::passive | tcp::resolver::numeric_service;
  // That name means this machine (RFC 6761); a fresh one may not be able to look it up.
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  const auto found = resolver.resolve(host, address.port, flags, ec);
  if (ec) return invalid("listen address \"" + text + "\": " + ec.message());
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) {
    if (std::find(endpoints.begin(), endpoints.end(), entry.endpoint()) == endpoints.end()) {
      endpoints.push_back(entry.endpoint());
    }
  }
  return endpoints;
}

std::string to_text(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

bool is_loopback(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

Peer peer_of(const asio::ip::address& address) {
  if (address.is_v4()) {
    return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
  }
  Peer peer = address.to_v6().to_bytes();
  if (address.to_v6().is_v4_mapped()) return peer;
  std::fill(peer.begin() + 8, peer.end(), 0);
  peer.back() = 1;  // the network of zeros is not the local socket
  return peer;
}

Result<std::vector<tcp::endpoint>> permitted_endpoints(const Config& config) {
  if (config.listen.empty()) return invalid("no listen address");
  std::vector<tcp::endpoint> all;
  for (const std::string& text : config.listen) {
    TRY(const auto endpoints, resolve(text));
    for (const auto& endpoint : endpoints) {
      if (!is_loopback(endpoint.address()) && !config.allow_unauthenticated_remote) {
        return invalid("listen address \"" + text +
                       "\": without authentication only loopback addresses are served, unless "
                       "http.allow_unauthenticated_remote is set");
      }
    }
    all.insert(all.end(), endpoints.begin(), endpoints.end());
  }
  return all;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto fail = [&](std::string_view why) {
    return invalid("listen address \"" + std::string(text) + "\": " + std::string(why));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail("expected host:port");
  std::string_view host = text.substr(0, colon), port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string_view::npos ||
      std::stoul(std::string(port)) > 65535) {
    return fail("the port must be a number from 0 to 65535");
  }
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 3) return fail("the brackets do not match");
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return fail("put IPv6 addresses into brackets");
  }
  return ListenAddress{std::string(host), std::string(port)};
}

Result<void> check_listen(const Config& config) {
  TRY(permitted_endpoints(config));
  return {};
}

struct Server::Impl {
  Impl(asio::any_io_executor ex, Config config, Router router, Telemetry& telemetry)
      : executor(ex),
        dispatcher(std::move(config), std::move(router), telemetry),
        memory(dispatcher.config().max_buffer_bytes),
        admission(dispatcher.config()),
        context{dispatcher, connections, memory},
        open(telemetry.gauge("jobledger_http_connections", "Open client connections")),
        buffered(telemetry.gauge("jobledger_http_buffer_bytes",
                                 "Of http.max_buffer_bytes, taken by bodies and answers")),
        accepted(telemetry.counter("jobledger_http_connections_total", "Accepted connections")),
        refused(telemetry.counter("jobledger_http_connections_refused_total",
                                  "Connections beyond the limit")),
        loops(ex),
        sessions(ex),
        drained(ex) {}

  Result<void> listen(const tcp::endpoint& endpoint);
  Result<void> open_control();
  template <class Acceptor>
  Task<> accept_loop(Acceptor& acceptor);
  void welcome(tcp::socket socket);
  void welcome(ControlSocket::Protocol::socket socket);
  void serve(Socket socket, Access access, Admission::Ticket ticket, asio::ssl::context* secured);
  Task<> sweep_loop();
  void trim_memory(Connection::Clock::time_point now);

  asio::any_io_executor executor;
  Dispatcher dispatcher;
  Connections connections;
  MemoryBudget memory;
  Admission admission;
  SessionContext context;
  Gauge open, buffered;
  Counter accepted, refused;
  LogGate gate;
  std::shared_ptr<asio::ssl::context> tls;
  std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
  std::unique_ptr<ControlSocket> control;
  TaskGroup loops, sessions;
  std::size_t freed = 0;  // of the budget, since memory went back to the system
  Connection::Clock::time_point next_trim{};
  asio::steady_timer drained;  // woken by the sweep when the last connection is gone
  bool stopped = false;
};

Server::Server(asio::any_io_executor executor, Config config, Router router, Telemetry& telemetry)
    : impl_(std::make_unique<Impl>(executor, std::move(config), std::move(router), telemetry)) {}

Server::~Server() = default;

Result<void> Server::Impl::listen(const tcp::endpoint& endpoint) {
  auto acceptor = std::make_unique<tcp::acceptor>(executor);
  error_code ec;
  acceptor->open(endpoint.protocol(), ec);
  if (!ec) acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec && endpoint.address().is_v6()) acceptor->set_option(asio::ip::v6_only(true), ec);
  if (!ec) acceptor->bind(endpoint, ec);
  if (!ec) acceptor->listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return io_error("listen on " + to_text(endpoint) + ": " + ec.message());
  LOG(info, "http", "listening on {}{}", to_text(acceptor->local_endpoint()), tls ? " (TLS)" : "");
  acceptors.push_back(std::move(acceptor));
  return {};
}

// A place that somebody chose must do. Without the default one jobs are followed and shown all the
// same, so a daemon that is tried out by hand starts.
Result<void> Server::Impl::open_control() {
  const Config& config = dispatcher.config();
  if (config.socket.empty()) return {};
  auto made = ControlSocket::make(executor, config.socket, config.socket_group);
  if (made) {
    control = *std::move(made);
  } else if (config.socket == kDefaultControlSocket) {
    LOG(warning, "http", "there is no control socket: {}; http.socket names another place",
        made.error().detail);
  } else {
    return std::move(made).error().in("http.socket");
  }
  return {};
}

Result<void> Server::start() {
  TRY(impl_->tls, make_tls_context(impl_->dispatcher.config().tls));
  TRY(const auto endpoints, permitted_endpoints(impl_->dispatcher.config()));
  for (const auto& endpoint : endpoints) {
    if (auto listening = impl_->listen(endpoint); !listening) {
      impl_->acceptors.clear();
      return listening;
    }
  }
  if (auto control = impl_->open_control(); !control) {
    impl_->acceptors.clear();
    return control;
  }
  for (auto& acceptor : impl_->acceptors) {
    impl_->loops.spawn("http accept", impl_->accept_loop(*acceptor));
  }
  if (impl_->control) {
    impl_->loops.spawn("control accept", impl_->accept_loop(impl_->control->acceptor()));
  }
  impl_->loops.spawn("http sweep", impl_->sweep_loop());
  return {};
}

std::vector<std::uint16_t> Server::ports() const {
  std::vector<std::uint16_t> ports;
  for (const auto& acceptor : impl_->acceptors) {
    ports.push_back(acceptor->local_endpoint().port());
  }
  return ports;
}

template <class Acceptor>
Task<> Server::Impl::accept_loop(Acceptor& acceptor) {
  co_await asio::this_coro::throw_if_cancelled(false);
  asio::steady_timer pause(executor);
  while (!connections.stopping()) {
    auto result = co_await acceptor.async_accept(kAwait);
    auto& [ec, socket] = result;
    if (connections.stopping()) break;
    if (!ec) {
      welcome(std::move(socket));
      continue;
    }
    if (const long held = gate.pass(); held >= 0) {
      LOG(error, "http", "accept: {} (and {} before)", ec.message(), held);
    }
    pause.expires_after(kAcceptPause);
    [[maybe_unused]] auto woken = co_await pause.async_wait(kAwait);
  }
}

void Server::Impl::welcome(tcp::socket socket) {
  error_code ignored;
  const auto end = socket.remote_endpoint(ignored);
  if (ignored) return;  // gone already
  auto ticket = admission.enter(ListenerKind::network, peer_of(end.address()));
  if (!ticket || ticket->service() == Service::essential) refused.add();
  if (admission.reserve_overdrawn()) connections.displace_oldest();
  if (!ticket) {
    socket.non_blocking(true, ignored);
    if (!tls) socket.write_some(asio::buffer(kTooManyConnections), ignored);
    return;
  }
  socket.set_option(tcp::no_delay(true), ignored);
  serve(std::move(socket), Access::open, *std::move(ticket), tls.get());
}

void Server::Impl::welcome(ControlSocket::Protocol::socket socket) {
  auto ticket = admission.enter(ListenerKind::local, kLocalPeer);
  if (!ticket) {
    refused.add();
    return;
  }
  const Access access = control->access_of(socket);
  serve(std::move(socket), access, *std::move(ticket), nullptr);
}

void Server::Impl::serve(Socket socket, Access access, Admission::Ticket ticket,
                         asio::ssl::context* secured) {
  accepted.add();
  sessions.spawn("http connection",
                 serve_connection(std::move(socket), access, std::move(ticket), context, secured));
}

Task<> Server::Impl::sweep_loop() {
  co_await asio::this_coro::throw_if_cancelled(false);
  asio::steady_timer timer(executor);
  while (!stopped) {
    timer.expires_after(kSweepInterval);
    [[maybe_unused]] auto woken = co_await timer.async_wait(kAwait);
    const auto now = Connection::Clock::now();
    connections.check(now);
    trim_memory(now);
    open.set(static_cast<double>(connections.size()));
    buffered.set(static_cast<double>(memory.used()));
    if (connections.stopping() && sessions.size() == 0) drained.cancel();
  }
}

// Long texts go back to the system when they are freed (see tune_allocator() in daemon/main.cc).
// What was decoded for them is in small pieces, which the allocator keeps until it is told.
void Server::Impl::trim_memory(Connection::Clock::time_point now) {
  freed += memory.take_freed();
  if (freed < kTrimAfter || now < next_trim) return;
  freed = 0;
  next_trim = now + kTrimPause;
  ::malloc_trim(0);
}

Task<> Server::stop(std::chrono::milliseconds deadline) {
  error_code ignored;
  for (auto& acceptor : impl_->acceptors) acceptor->close(ignored);
  if (impl_->control) impl_->control->acceptor().close(ignored);
  impl_->connections.begin_stop();
  if (impl_->sessions.size() > 0) {
    impl_->drained.expires_after(deadline);
    [[maybe_unused]] auto woken = co_await impl_->drained.async_wait(kAwait);
  }
  if (impl_->sessions.size() > 0) {
    LOG(warning, "http", "{} requests were not finished in time", impl_->sessions.size());
    impl_->connections.abort();
  }
  co_await impl_->sessions.stop(kSweepInterval);
  impl_->stopped = true;
  co_await impl_->loops.stop(kSweepInterval);
  impl_->control.reset();
}

}  // namespace jobledger::httpd
