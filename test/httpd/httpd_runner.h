// SPDX-License-Identifier: MIT
// The whole HTTP side on a loop of its own, on a free port.
#pragma once

#include "base/telemetry.h"
#include "httpd/httpd.h"
#include "test/httpd/http_client.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

namespace jobledger::test {

class HttpdRunner {
 public:
  // What the services use must outlive it.
  HttpdRunner(httpd::Config config, httpd::Services services, Telemetry& telemetry);
  ~HttpdRunner();

  std::uint16_t port() const { return port_; }
  // By a connection of its own.
  Answer ask(std::string_view method, std::string_view target, std::string_view body = {},
             std::string_view headers = {}) const;

 private:
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::unique_ptr<httpd::Httpd> httpd_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace jobledger::test
