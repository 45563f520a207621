// SPDX-License-Identifier: MIT
#include "test/httpd/httpd_runner.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <utility>

namespace jobledger::test {

namespace asio = boost::asio;

HttpdRunner::HttpdRunner(httpd::Config config, httpd::Services services, Telemetry& telemetry)
    : guard_(loop_.get_executor()) {
  config.listen = {"127.0.0.1:0"};
  config.socket = socket();
  auto made = httpd::Httpd::make(loop_.get_executor(), config, std::move(services), telemetry);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().detail));
  httpd_ = std::move(*made);
  auto started = httpd_->start();
  REQUIRE_MESSAGE(started.has_value(), (started ? "" : started.error().detail));
  port_ = httpd_->ports().at(0);
  thread_ = std::thread([this] { loop_.run(); });
}

HttpdRunner::~HttpdRunner() {
  asio::co_spawn(loop_, httpd_->stop(std::chrono::seconds(5)), asio::use_future).wait();
  guard_.reset();
  thread_.join();
}

Answer HttpdRunner::ask(std::string_view method, std::string_view target, std::string_view body,
                        std::string_view headers) const {
  HttpClient client(port_);
  return client.request(method, target, body, headers);
}

Answer HttpdRunner::control(std::string_view method, std::string_view target, std::string_view body,
                            std::string_view headers) const {
  HttpClient client(socket());
  return client.request(method, target, body, headers);
}

}  // namespace jobledger::test
