// SPDX-License-Identifier: MIT
// What the configuration file can say, as the parts of the daemon want it: each gets its own struct
// by value.
#pragma once

#include "archive/config.h"
#include "base/log.h"
#include "httpd/config.h"
#include "ingest/config.h"
#include "sources/config.h"
#include "storage/config.h"

#include <chrono>

namespace jobledger::daemon {

struct AuthConfig {
  bool enabled = false;
};

struct ReadinessConfig {
  // /readyz says no until the log was reached once, and when it has been
  // out of reach for longer than this.
  std::chrono::milliseconds max_log_outage{60'000};
  // ... or when the writer has been unable to commit for longer than this.
  std::chrono::milliseconds max_write_outage{10'000};
};

struct ShutdownConfig {
  std::chrono::milliseconds drain{10'000};  // for requests in flight, on SIGTERM
};

struct Settings {
  LogLevel log_level = LogLevel::info;
  httpd::Config http;
  AuthConfig auth;
  storage::Config storage;
  storage::WriterConfig writer;
  sources::Config sources;
  archive::Config archive;
  ingest::Config ingest;
  ReadinessConfig readiness;
  ShutdownConfig shutdown;
};

}  // namespace jobledger::daemon
