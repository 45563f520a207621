// SPDX-License-Identifier: MIT
// The HTTP side on a loop and a port of its own, and requests to it.
#pragma once

#include "base/telemetry.h"
#include "httpd/httpd.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace jobledger::bench {

// Ends the program with the reason: a benchmark has nobody to tell.
template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "bench: %s\n", result.error().detail.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// With the default configuration, on loopback.
class Site {
 public:
  explicit Site(httpd::Services services);
  ~Site();
  std::uint16_t port() const { return httpd_->ports().at(0); }

 private:
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  Telemetry telemetry_;
  std::unique_ptr<httpd::Httpd> httpd_;
  std::thread thread_;
};

// A whole POST of that GraphQL text.
std::string post_query(const std::string& query);

}  // namespace jobledger::bench
