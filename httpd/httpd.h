// SPDX-License-Identifier: MIT
// The HTTP side of the daemon: pool, routes and server in one piece. First file to read.
//
// Operation: start() binds and answers at once; while Services::store gives null, /readyz and
// everything that needs the store answer 503. Nothing here changes storage: commands go out
// through Services::submit_command.
// Executor: constructed, started and stopped on the loop (one thread or a strand); queries run on
// an own bounded pool. Lifetime: stop() must have ended before destruction, and before the store
// closes.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "base/setting_problem.h"
#include "base/telemetry.h"
#include "httpd/config.h"
#include "httpd/services.h"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace jobledger::httpd {

// Can these settings be served? Resolves the addresses, refuses any that is not loopback while
// everybody may see everything, loads certificate and key. For --check-config; make() asks, too.
// All that is wrong; empty: they can.
std::vector<SettingProblem> check_config(const Config& config);

class Httpd {
 public:
  // Fails when the GraphQL schema and its resolvers do not fit, or by check_config.
  static Result<std::unique_ptr<Httpd>> make(boost::asio::any_io_executor executor, Config config,
                                             Services services, Telemetry& telemetry);
  ~Httpd();

  Result<void> start();
  std::vector<std::uint16_t> ports() const;  // bound, in the order of Config::listen

  // Refuses new connections, closes idle ones, lets requests in flight finish until the deadline,
  // then stops them too. Returns when nothing is left.
  Task<> stop(std::chrono::milliseconds deadline);

 private:
  struct Impl;
  explicit Httpd(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::httpd
