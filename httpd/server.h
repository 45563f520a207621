// SPDX-License-Identifier: MIT
// Listens and owns the connections.
//
// Executor: all members on the loop (one thread or a strand); every connection runs there, too.
// Lifetime: stop() must have ended before destruction.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "httpd/config.h"
#include "httpd/router.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::httpd {

struct ListenAddress {
  std::string host;  // a name or an address; empty: all interfaces
  std::string port;
};
Result<ListenAddress> parse_listen_address(std::string_view text);

// All addresses resolve, and none is open to others without leave. Blocks for name service.
Result<void> check_listen(const Config& config);

class Server {
 public:
  Server(boost::asio::any_io_executor executor, Config config, Router router, Telemetry& telemetry);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Result<void> start();
  std::vector<std::uint16_t> ports() const;
  Task<> stop(std::chrono::milliseconds deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::httpd
