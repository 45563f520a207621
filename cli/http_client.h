// SPDX-License-Identifier: MIT
// One HTTP request after another to the daemon, blocking, with a time limit for each.
//
// Over TLS the daemon's certificate must be signed by an authority of this system (SSL_CERT_FILE
// names another list) and be of the host that was asked for. On loopback neither is asked: what is
// said there does not leave the machine, and certificates are not made out to 127.0.0.1.
// Executor: one thread. Redirects and proxies of the environment are not followed.
#pragma once

#include "base/result.h"
#include "cli/daemon_address.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::cli {

struct HttpAnswer {
  long status = 0;
  std::string body;
};

class HttpClient {
 public:
  // Asks the first of these places where somebody listens; at least one.
  explicit HttpClient(std::vector<DaemonAddress> places,
                      std::chrono::seconds patience = std::chrono::seconds(60));

  // `unavailable` when nobody answers. A status of any kind is an answer.
  Result<HttpAnswer> request(std::string_view method, std::string_view target,
                             const std::string& body = {}) const;

  // The body of a 2xx answer; else the error that the daemon gave as its text.
  Result<std::string> get(std::string_view target) const { return checked("GET", target, {}); }
  Result<std::string> post(std::string_view target, const std::string& body) const {
    return checked("POST", target, body);
  }
  Result<std::string> remove(std::string_view target) const {
    return checked("DELETE", target, {});
  }

 private:
  Result<std::string> checked(std::string_view method, std::string_view target,
                              const std::string& body) const;

  std::vector<DaemonAddress> places_;
  std::chrono::seconds patience_;
};

}  // namespace jobledger::cli
