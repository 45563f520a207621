// SPDX-License-Identifier: MIT
#include "httpd/dispatcher.h"

#include "base/log.h"
#include "httpd/negotiate.h"

#include <charconv>
#include <exception>

namespace jobledger::httpd {
namespace {

// On every answer, as the field's clients know them.
constexpr std::string_view kSecurityHeaders =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Content-Security-Policy: frame-ancestors 'none'; object-src 'none'; base-uri 'self'\r\n";
constexpr std::string_view kStrictTransport = "Strict-Transport-Security: max-age=31536000\r\n";

constexpr std::string_view kUnrouted = "none";

Response text_response(int status, std::string text) {
  Response response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

bool is_bodiless(int status) { return status == 204; }

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Dispatcher::Dispatcher(Config config, Router router, Telemetry& telemetry)
    : config_(std::move(config)),
      router_(std::move(router)),
      rules_(config_),
      telemetry_(telemetry) {}

Task<Response> Dispatcher::call(const Route& route, const Request& request) {
  Response response;
  try {
    if (const auto* direct = std::get_if<DirectHandler>(&route.handler)) {
      response = (*direct)(request);
    } else {
      const auto& handler = std::get<TaskHandler>(route.handler);
      response = co_await handler(request);
    }
  } catch (const std::exception& e) {
    LOG(error, "http", "{} failed: {}", route.pattern, e.what());
    response = {};
    response.status = 500;
  }
  co_return response;
}

std::size_t Dispatcher::max_body_bytes(const Request& request) const {
  const Router::Match match = router_.find(request.method, request.path, request.access);
  const bool own = match.route != nullptr && match.route->max_body_bytes > 0;
  return own ? match.route->max_body_bytes : config_.max_body_bytes;
}

bool Dispatcher::is_essential(const Request& request) const {
  const Router::Match match = router_.find(request.method, request.path);
  return match.route != nullptr && match.route->essential;
}

Task<Response> Dispatcher::answer(Request& request) {
  Router::Match match = router_.find(request.method, request.path, request.access);
  Response response;
  if (auto refused = refusal(request, match)) {
    response = *std::move(refused);
  } else {
    request.parameters = std::move(match.parameters);
    response = co_await call(*match.route, request);
  }
  add_cross_origin(request, response);
  encode_body(response, request.header("Accept-Encoding"), config_);
  charge(response, request);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - request.arrived;
  count(match.route ? match.route->pattern : std::string(kUnrouted), response.status, took.count());
  LOG(debug, "http", "{} {} {} bytes={} seconds={:.6f}", to_string(request.method), request.path,
      response.status, response.body.size(), took.count());
  co_return response;
}

// Of what a handler made without a share, and of what was packed meanwhile.
void Dispatcher::charge(Response& response, const Request& request) {
  const std::size_t bytes = response.body.size();
  if (bytes <= MemoryBudget::kFree) return response.memory.reset();
  if (response.memory.bytes() == 0) response.memory = MemoryShare(request.budget);
  if (!response.memory.resize(bytes)) response = no_room_response();
}

std::optional<Response> Dispatcher::refusal(const Request& request,
                                            const Router::Match& match) const {
  if (auto refused = rules_.refusal(request)) return refused;
  if (match.route == nullptr) {
    if (match.allow.empty()) return not_found_response(request.path);
    Response response = text_response(request.method == Method::options ? 200 : 405, "");
    response.headers.emplace_back("Allow", match.allow);
    return response;
  }
  if (match.route->needs > request.access) {
    return error_response(403, "only root and the user of the daemon may change anything");
  }
  return match.route->any_method ? std::nullopt : body_refusal(request);
}

// Pages of the origins that the settings name may read, and ask beforehand whether they may send.
void Dispatcher::add_cross_origin(const Request& request, Response& response) const {
  if (!rules_.has_origins()) return;
  response.headers.emplace_back("Vary", "Origin");
  const std::string_view origin = request.header("Origin");
  if (!rules_.trusts(origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  if (request.method != Method::options) return;
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, HEAD, OPTIONS");
  response.headers.emplace_back("Access-Control-Allow-Headers",
                                "X-Requested-With, Content-Type, Authorization, Origin");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
}

void Dispatcher::count(const std::string& route, int status, double seconds) {
  auto found = counters_.find(route);
  if (found == counters_.end()) {
    auto latency = telemetry_.latency("jobledger_http_request_seconds",
                                      "From a request's arrival to its answer", {{"route", route}});
    found = counters_.emplace(route, Counters{{}, latency}).first;
  }
  auto& by_status = found->second.by_status;
  auto counter = by_status.find(status);
  if (counter == by_status.end()) {
    auto made = telemetry_.counter("jobledger_http_requests_total", "Answers by route and status",
                                   {{"route", route}, {"status", std::to_string(status)}});
    counter = by_status.emplace(status, made).first;
  }
  counter->second.add();
  found->second.latency.observe_seconds(seconds);
}

void Dispatcher::count_refusal(int status) { count(std::string(kUnrouted), status, 0); }

const std::string& Dispatcher::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_time_) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[64];
    const auto size = std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    date_text_.assign(text, size);
    date_time_ = now;
  }
  return date_text_;
}

void Dispatcher::write_head(std::string& out, const Request& request, const Response& response,
                            bool keep_alive) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  out.append("Server: jobledger\r\n").append(date());
  if (!is_bodiless(response.status)) {
    if (!response.body.empty()) append_line(out, "Content-Type", response.content_type);
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  for (const auto& [name, value] : response.headers) append_line(out, name, value);
  out.append(kSecurityHeaders);
  if (request.secure) out.append(kStrictTransport);
  out.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

}  // namespace jobledger::httpd
