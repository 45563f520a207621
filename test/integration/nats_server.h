// SPDX-License-Identifier: MIT
// A real nats-server on a free port of the loopback, with its data in a folder that outlives it.
#pragma once

#include "base/file.h"

#include <sys/types.h>

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
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }

 private:
  bool listens() const;

  TemporaryDirectory directory_;
  int port_ = 0;
  pid_t process_ = -1;
};

}  // namespace jobledger::test
