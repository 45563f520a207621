// SPDX-License-Identifier: MIT
// One HTTP request after another to the daemon, blocking, with a time limit for each.
//
// Over TLS the daemon's certificate must be signed by an authority of this system (SSL_CERT_FILE
// names another list) and be of the host that was asked for. On loopback neither is asked: what is
// said there does not leave the machine, and certificates are not made out to 127.0.0.1.
// Executor: one thread; each request runs its own short event loop.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace jobledger::cli {

struct Url {
  bool tls = false;
  std::string host, port;
  std::string prefix;  // path in front of ours, without a slash at the end
};
// "http://host[:port][/prefix]", or https.
Result<Url> parse_url(std::string_view text);

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

class HttpClient {
 public:
  explicit HttpClient(Url url, std::chrono::seconds patience = std::chrono::seconds(60));

  // `unavailable` when nobody answers. A status of any kind is an answer.
  Result<HttpAnswer> request(std::string_view method, std::string_view target,
                             std::string body = {}) const;

  // The body of a 2xx answer; else the error that the daemon gave as its text.
  Result<std::string> get(std::string_view target) const { return checked("GET", target, {}); }
  Result<std::string> post(std::string_view target, std::string body) const {
    return checked("POST", target, std::move(body));
  }
  Result<std::string> remove(std::string_view target) const {
    return checked("DELETE", target, {});
  }

 private:
  Result<std::string> checked(std::string_view method, std::string_view target,
                              std::string body) const;

  Url url_;
  std::chrono::seconds patience_;
};

}  // namespace jobledger::cli
