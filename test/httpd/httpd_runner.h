// SPDX-License-Identifier: MIT
// The whole HTTP side on a loop of its own, on a free port.
#pragma once

#include "base/file.h"
#include "base/telemetry.h"
#include "httpd/httpd.h"
#include "test/httpd/http_client.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <filesystem>
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
  std::filesystem::path socket() const { return folder_.path() / "control.sock"; }
  // By a connection of its own.
  Answer ask(std::string_view method, std::string_view target, std::string_view body = {},
             std::string_view headers = {}) const;
  // ... to the control socket, as the daemon's own user.
  Answer control(std::string_view method, std::string_view target, std::string_view body = {},
                 std::string_view headers = {}) const;

 private:
  TemporaryDirectory folder_;
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::unique_ptr<httpd::Httpd> httpd_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace jobledger::test
