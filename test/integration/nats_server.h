// SPDX-License-Identifier: MIT
// A real nats-server on a free port of the loopback, with its data in a folder that outlives it.
#pragma once

#include "base/file.h"

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>

namespace jobledger::test {

class NatsServer {
 public:
  explicit NatsServer(bool jetstream = true);
  ~NatsServer();
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  void start(bool jetstream = true);  // on the same port, with the same data
  void stop(int signal);              // returns when the process is gone
  void signal(int number);
  // Text of a configuration file, for now and for further starts; with JetStream.
  void configure(const std::string& text);
  // The data as they are now, of a server that is stopped; and back to them.
  void keep_data();
  void restore_data();
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  const std::filesystem::path& folder() const { return directory_.path(); }
  // How often a line of its log has that text.
  std::size_t logged(const std::string& text) const;

 private:
  bool listens() const;

  TemporaryDirectory directory_;
  int port_ = 0;
  pid_t process_ = -1;
};

}  // namespace jobledger::test
