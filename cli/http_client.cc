// SPDX-License-Identifier: MIT
#include "cli/http_client.h"

#include "base/async.h"
#include "cli/json_view.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/src.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <fmt/format.h>

#include <optional>

namespace jobledger::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

Error unreachable(const Url& url, std::string_view why) {
  return {ErrorKind::unavailable,
          fmt::format("nobody answers at {}://{}:{} ({}). Is jobledgerd running? --url or "
                      "JOBLEDGER_URL name another place",
                      url.tls ? "https" : "http", url.host, url.port, why)};
}

bool is_loopback(const std::string& host) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  return ec ? host == "localhost" : address.is_loopback();
}

// co_spawn wants results that can be made from nothing.
using Outcome = std::optional<Result<HttpAnswer>>;
using Request = http::request<http::string_body>;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// The exchange on an open stream, which the caller keeps.
template <class Stream>
Task<Outcome> ask(Stream& stream, const Url& url, const Request& request) {
  auto written = co_await http::async_write(stream, request, kAwait);
  if (auto ec = std::get<0>(written)) co_return Result<HttpAnswer>(unreachable(url, ec.message()));
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswerBytes);
  auto read = co_await http::async_read(stream, buffer, parser, kAwait);
  if (auto ec = std::get<0>(read)) co_return Result<HttpAnswer>(unreachable(url, ec.message()));
  auto answer = parser.release();
  co_return Result<HttpAnswer>(HttpAnswer{answer.result_int(), std::move(answer.body())});
}

asio::ssl::context make_tls_context(const Url& url) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (is_loopback(url.host)) return context;
  boost::system::error_code ec;
  context.set_default_verify_paths(ec);  // without any, no certificate is good
  context.set_verify_mode(asio::ssl::verify_peer);
  context.set_verify_callback(asio::ssl::host_name_verification(url.host));
  return context;
}

Task<Outcome> ask_over_tls(beast::tcp_stream plain, const Url& url, const Request& request) {
  asio::ssl::context context = make_tls_context(url);
  TlsStream stream(std::move(plain), context);
  std::string name = url.host;  // for servers that have several
  ::SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             name.data());
  auto shaken = co_await stream.async_handshake(asio::ssl::stream_base::client, kAwait);
  if (auto ec = std::get<0>(shaken)) {
    co_return Result<HttpAnswer>(
        Error{ErrorKind::unavailable, fmt::format("no secure connection to https://{}:{}: {}",
                                                  url.host, url.port, ec.message())});
  }
  auto answer = co_await ask(stream, url, request);
  co_return answer;
}

// All of one exchange. Parameters by value: the task outlives its caller's expression.
Task<Outcome> exchange(Url url, Request request, std::chrono::seconds patience) {
  auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  auto resolved = co_await resolver.async_resolve(url.host, url.port, kAwait);
  if (auto ec = std::get<0>(resolved)) co_return Result<HttpAnswer>(unreachable(url, ec.message()));
  beast::tcp_stream stream(executor);
  stream.expires_after(patience);
  auto connected = co_await stream.async_connect(std::get<1>(resolved), kAwait);
  if (auto ec = std::get<0>(connected))
    co_return Result<HttpAnswer>(unreachable(url, ec.message()));
  if (url.tls) {
    auto secured = co_await ask_over_tls(std::move(stream), url, request);
    co_return secured;
  }
  auto answer = co_await ask(stream, url, request);
  co_return answer;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) {
    return invalid(fmt::format("expected a URL such as http://127.0.0.1:8080, found \"{}\"", text));
  }
  std::string_view rest = text.substr(text.find("//") + 2);
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash), path = rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  std::string_view host = authority.substr(0, has_port ? colon : authority.size());
  std::string_view port = has_port ? authority.substr(colon + 1) : tls ? "443" : "80";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || port.empty() ||
      port.find_first_not_of("0123456789") != std::string_view::npos) {
    return invalid(fmt::format("no host and port in \"{}\"", text));
  }
  return Url{tls, std::string(host), std::string(port), std::string(path)};
}

HttpClient::HttpClient(Url url, std::chrono::seconds patience)
    : url_(std::move(url)), patience_(patience) {}

Result<HttpAnswer> HttpClient::request(std::string_view method, std::string_view target,
                                       std::string body) const {
  Request request;
  request.version(11);
  request.method_string({method.data(), method.size()});
  request.target(url_.prefix + std::string(target));
  const bool v6 = url_.host.find(':') != std::string::npos;
  request.set(http::field::host, v6 ? fmt::format("[{}]:{}", url_.host, url_.port)
                                    : fmt::format("{}:{}", url_.host, url_.port));
  request.set(http::field::user_agent, "jobledger");
  request.set(http::field::connection, "close");
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  request.body() = std::move(body);
  if (method != "GET") request.prepare_payload();

  Outcome outcome;
  asio::io_context loop(1);
  asio::co_spawn(loop, exchange(url_, std::move(request), patience_),
                 [&outcome](std::exception_ptr failure, Outcome answer) {
                   if (failure) std::rethrow_exception(failure);
                   outcome = std::move(answer);
                 });
  loop.run();
  return *std::move(outcome);
}

Result<std::string> HttpClient::checked(std::string_view method, std::string_view target,
                                        std::string body) const {
  TRY(HttpAnswer answer, request(method, target, std::move(body)));
  if (answer.status / 100 == 2) return std::move(answer.body);
  const std::string told = error_text(answer.body);
  const auto kind = answer.status == 404   ? ErrorKind::not_found
                    : answer.status == 409 ? ErrorKind::conflict
                    : answer.status == 503 ? ErrorKind::unavailable
                                           : ErrorKind::invalid;
  return Error{kind, told.empty() ? fmt::format("the daemon answered {} to {} {}", answer.status,
                                                method, target)
                                  : told};
}

}  // namespace jobledger::cli
