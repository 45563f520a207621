// SPDX-License-Identifier: MIT
#include "daemon/notify.h"

#include "base/log.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace jobledger::daemon {
namespace {

std::optional<std::int64_t> number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  if (!text) return std::nullopt;
  const std::string_view digits(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value <= 0) {
    return std::nullopt;
  }
  return value;
}

std::string socket_in_environment() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  return socket ? socket : "";
}

std::optional<std::chrono::microseconds> watchdog_in_environment() {
  const auto pid = number_in_environment("WATCHDOG_PID");
  if (pid && *pid != getpid()) return std::nullopt;  // meant for another process
  const auto usec = number_in_environment("WATCHDOG_USEC");
  return usec ? std::optional(std::chrono::microseconds(*usec)) : std::nullopt;
}

// A status is one line of the protocol: line ends in it would start another assignment.
std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return out;
}

}  // namespace

Notify::Notify() : Notify(socket_in_environment(), watchdog_in_environment()) {}

Notify::Notify(const std::string& socket, std::optional<std::chrono::microseconds> watchdog) {
  sockaddr_un address{};
  if (socket.empty()) return;
  if (socket.size() >= sizeof address.sun_path || (socket[0] != '/' && socket[0] != '@')) {
    LOG(warning, "notify", "NOTIFY_SOCKET is not usable: {}", socket);
    return;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  if (socket[0] == '@') address.sun_path[0] = '\0';
  address_.assign(reinterpret_cast<const char*>(&address),
                  offsetof(sockaddr_un, sun_path) + socket.size());
  socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_) LOG(warning, "notify", "no socket: {}", std::strerror(errno));
  if (watchdog) interval_ = *watchdog / 4;
}

void Notify::ready(std::string_view status) { send("READY=1\nSTATUS=" + one_line(status)); }
void Notify::status(std::string_view status) { send("STATUS=" + one_line(status)); }
void Notify::stopping(std::string_view status) { send("STOPPING=1\nSTATUS=" + one_line(status)); }
void Notify::watchdog() { send("WATCHDOG=1"); }
void Notify::extend_start(std::chrono::microseconds more) {
  send(fmt::format("EXTEND_TIMEOUT_USEC={}", more.count()));
}

void Notify::send(const std::string& message) {
  if (!socket_) return;
  const auto* address = reinterpret_cast<const sockaddr*>(address_.data());
  if (sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL, address,
             static_cast<socklen_t>(address_.size())) < 0) {
    static LogGate gate;
    if (const long held = gate.pass(); held >= 0) {
      LOG(warning, "notify", "systemd was not told: {} held_back={}", std::strerror(errno), held);
    }
  }
}

}  // namespace jobledger::daemon
