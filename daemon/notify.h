// SPDX-License-Identifier: MIT
// What systemd wants to know of a Type=notify service, by its datagram protocol: no library needed.
// Without NOTIFY_SOCKET (not under systemd) everything here does nothing.
//
// Executor: any one thread at a time.
#pragma once

#include "base/file.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace jobledger::daemon {

class Notify {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment.
  Notify();
  // For tests: the socket's path ("@name" is abstract).
  Notify(const std::string& socket, std::optional<std::chrono::microseconds> watchdog);

  void ready(std::string_view status);
  void status(std::string_view status);
  void stopping(std::string_view status);
  void watchdog();
  // Long work at start: asks for this much more time before systemd gives up.
  void extend_start(std::chrono::microseconds more);

  // How often watchdog() is to be called: a quarter of what systemd tolerates. Empty: never.
  std::optional<std::chrono::microseconds> watchdog_interval() const { return interval_; }

 private:
  void send(const std::string& message);

  Fd socket_;
  std::string address_;  // sockaddr_un, as bytes
  std::optional<std::chrono::microseconds> interval_;
};

}  // namespace jobledger::daemon
