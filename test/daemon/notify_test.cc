// SPDX-License-Identifier: MIT
#include "daemon/notify.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

using namespace jobledger;
using namespace std::chrono_literals;

namespace {

// The receiving side, as systemd has it.
class Socket {
 public:
  Socket() : path_((folder_.path() / "notify").string()) {
    fd_ = Fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  const std::string& path() const { return path_; }
  std::string next() {
    char buffer[512];
    const auto n = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return n < 0 ? "" : std::string(buffer, static_cast<std::size_t>(n));
  }

 private:
  TemporaryDirectory folder_;
  std::string path_;
  Fd fd_;
};

}  // namespace

TEST_CASE("systemd hears of ready, status, watchdog and stopping") {
  Socket systemd;
  daemon::Notify notify(systemd.path(), 40s);
  CHECK(notify.watchdog_interval() == 10s);
  notify.status("loading");
  CHECK(systemd.next() == "STATUS=loading");
  notify.ready("2 jobs");
  CHECK(systemd.next() == "READY=1\nSTATUS=2 jobs");
  notify.watchdog();
  CHECK(systemd.next() == "WATCHDOG=1");
  notify.extend_start(30s);
  CHECK(systemd.next() == "EXTEND_TIMEOUT_USEC=30000000");
  notify.stopping("bye");
  CHECK(systemd.next() == "STOPPING=1\nSTATUS=bye");
}

TEST_CASE("a line end in a status does not become an assignment") {
  Socket systemd;
  daemon::Notify notify(systemd.path(), std::nullopt);
  notify.status("bad\nMAINPID=1");
  CHECK(systemd.next() == "STATUS=bad MAINPID=1");
  CHECK_FALSE(notify.watchdog_interval());
}

TEST_CASE("without a usable socket nothing happens") {
  for (const char* path : {"", "relative", "/nowhere/at/all"}) {
    daemon::Notify notify(path, std::nullopt);
    notify.ready("x");
    notify.watchdog();
  }
}
