// SPDX-License-Identifier: MIT
#include "bench/http_site.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace jobledger::bench {
namespace asio = boost::asio;

Site::Site(httpd::Services services) : guard_(loop_.get_executor()) {
  httpd::Config config;
  config.listen = {"127.0.0.1:0"};
  config.socket.clear();
  httpd_ = must(httpd::Httpd::make(loop_.get_executor(), config, std::move(services), telemetry_));
  must(httpd_->start());
  thread_ = std::thread([this] { loop_.run(); });
}

Site::~Site() {
  asio::co_spawn(loop_, httpd_->stop(std::chrono::seconds(5)), asio::use_future).wait();
  guard_.reset();
  thread_.join();
}

std::string post_query(const std::string& query) {
  std::string body = "{\"query\":\"";
  for (char c : query) body += c == '"' ? std::string("\\\"") : std::string(1, c);
  body += "\"}";
  return "POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace jobledger::bench
