// SPDX-License-Identifier: MIT
#include "test/integration/nats_server.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <vector>

namespace jobledger::test {
namespace {

constexpr std::chrono::seconds kStartPatience{20};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Debian's, or the one that the test is to run with.
const char* program() {
  const char* chosen = std::getenv("JOBLEDGER_NATS_SERVER");
  return chosen != nullptr ? chosen : JOBLEDGER_NATS_SERVER;
}

int free_port() {
  const Fd probe(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(probe.get(), generic, size) == 0);
  REQUIRE(::getsockname(probe.get(), generic, &size) == 0);
  return ntohs(address.sin_port);
}

}  // namespace

NatsServer::NatsServer(bool jetstream) : port_(free_port()) { start(jetstream); }

NatsServer::~NatsServer() { stop(SIGKILL); }

void NatsServer::start(bool jetstream) {
  REQUIRE(process_ == -1);
  const std::string port = std::to_string(port_), data = directory_.path() / "jetstream";
  const std::string log = directory_.path() / "log";
  std::vector<const char*> arguments = {program(),    "-a", "127.0.0.1", "-p",
                                        port.c_str(), "-l", log.c_str()};
  const std::string configuration = directory_.path() / "nats.conf";
  if (std::filesystem::exists(configuration)) {
    arguments.insert(arguments.end(), {"-c", configuration.c_str()});
  } else if (jetstream) {
    arguments.insert(arguments.end(), {"-js", "-sd", data.c_str()});
  }
  arguments.push_back(nullptr);
  process_ = ::fork();
  REQUIRE(process_ >= 0);
  if (process_ == 0) {
    ::execv(arguments[0], const_cast<char* const*>(arguments.data()));
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
  while (!listens()) {
    REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline, "nats-server does not listen");
    ::poll(nullptr, 0, 10);
  }
}

bool NatsServer::listens() const {
  const Fd probe(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = loopback(port_);
  return ::connect(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

void NatsServer::signal(int number) { REQUIRE(::kill(process_, number) == 0); }

void NatsServer::configure(const std::string& text) {
  std::ofstream(directory_.path() / "nats.conf")
      << "jetstream { store_dir: \"" << (directory_.path() / "jetstream").string() << "\" }\n"
      << text;
  if (process_ != -1) signal(SIGHUP);
}

void NatsServer::keep_data() {
  REQUIRE(process_ == -1);
  std::filesystem::copy(directory_.path() / "jetstream", directory_.path() / "kept",
                        std::filesystem::copy_options::recursive);
}

void NatsServer::restore_data() {
  REQUIRE(process_ == -1);
  std::filesystem::remove_all(directory_.path() / "jetstream");
  std::filesystem::copy(directory_.path() / "kept", directory_.path() / "jetstream",
                        std::filesystem::copy_options::recursive);
}

std::size_t NatsServer::logged(const std::string& text) const {
  std::ifstream log(directory_.path() / "log");
  std::size_t count = 0;
  for (std::string line; std::getline(log, line);) {
    if (line.find(text) != std::string::npos) ++count;
  }
  return count;
}

void NatsServer::stop(int signal) {
  if (process_ == -1) return;
  ::kill(process_, signal);
  ::kill(process_, SIGCONT);  // one that was stopped does not end
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

}  // namespace jobledger::test
