// SPDX-License-Identifier: MIT
// A daemon that answers with what was recorded, on a loopback socket, and a place where the
// standard output of commands goes meanwhile.
#pragma once

#include "cli/http_client.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::cli {

class FakeDaemon {
 public:
  struct Request {
    std::string line, body;  // "GET /x HTTP/1.1"
  };
  // Called on the daemon's thread; an empty answer is a 404.
  using Answers = std::function<std::string(const Request&)>;

  explicit FakeDaemon(Answers answers);
  ~FakeDaemon();

  unsigned short port() const;
  HttpClient client() const;
  std::vector<Request> requests() const;  // so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What `run` prints to stdout.
std::string printed_by(const std::function<void()>& run);

}  // namespace jobledger::cli
