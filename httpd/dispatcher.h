// SPDX-License-Identifier: MIT
// Between the wire and the handlers: the rules that hold for every request (request_rules.h,
// methods, security headers), routing, compression and counting.
//
// Executor: the loop. Lifetime: outlives all connections.
#pragma once

#include "base/async.h"
#include "base/telemetry.h"
#include "httpd/config.h"
#include "httpd/message.h"
#include "httpd/request_rules.h"
#include "httpd/router.h"

#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace jobledger::httpd {

class Dispatcher {
 public:
  Dispatcher(Config config, Router router, Telemetry& telemetry);

  // Always an answer: what a handler throws becomes 500. `request` outlives the task.
  Task<Response> answer(Request& request);

  // Of a request of which the header is known.
  std::size_t max_body_bytes(const Request& request) const;

  // Of a request of which the header is known: is it answered on a reserved connection, too?
  bool is_essential(const Request& request) const;

  // For requests that were refused before they could be understood.
  void count_refusal(int status);

  // The answer's line and header, appended. `request` may be half-filled when it was refused.
  void write_head(std::string& out, const Request& request, const Response& response,
                  bool keep_alive);

  const Config& config() const { return config_; }

 private:
  struct Counters {
    std::map<int, Counter> by_status;
    LatencyHistogram latency;
  };
  Task<Response> call(const Route& route, const Request& request);
  static void charge(Response& response, const Request& request);
  // What stands in the way of calling a handler; without any, the route is there.
  std::optional<Response> refusal(const Request& request, const Router::Match& match) const;
  void add_cross_origin(const Request& request, Response& response) const;
  void count(const std::string& route, int status, double seconds);
  const std::string& date();

  Config config_;
  Router router_;
  RequestRules rules_;
  Telemetry& telemetry_;
  std::map<std::string, Counters, std::less<>> counters_;
  std::time_t date_time_ = 0;
  std::string date_text_;
};

}  // namespace jobledger::httpd
