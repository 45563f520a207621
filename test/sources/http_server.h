// SPDX-License-Identifier: MIT
// A small HTTP server for tests of clients: answers by a function, over TLS when it is given a
// certificate. A thread per connection.
#pragma once

#include "test/certificate.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace jobledger::test {

struct HttpRequest {
  std::string method, target;                  // "/api/query?version=v2"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int connection = 0;  // from 1, in the order of their arrival

  std::string header(const std::string& name) const;
  std::string path() const { return target.substr(0, target.find('?')); }
};

struct HttpAnswer {
  int status = 200;
  std::string body;
  std::map<std::string, std::string> headers = {};
  bool close = false;                             // after it
  std::optional<std::string> raw = std::nullopt;  // these bytes instead, and the end
};

class HttpServer {
 public:
  // Called by any thread, several at once.
  using Handler = std::function<HttpAnswer(const HttpRequest&)>;

  explicit HttpServer(Handler handler, std::optional<CertificateFiles> tls = std::nullopt);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  std::string url(const std::string& host = "localhost") const;
  int connections() const;
  int requests() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::test
