// SPDX-License-Identifier: MIT
#include "httpd/connections.h"

namespace jobledger::httpd {

// None of the calls removes a connection at once: their coroutines do, when they resume.

void Connections::begin_stop() {
  stopping_ = true;
  for (Connection* each : all_) each->close_if_idle();
}

void Connections::check(Connection::Clock::time_point now) {
  for (Connection* each : all_) each->check(now);
}

void Connections::abort() {
  for (Connection* each : all_) each->abort();
}

}  // namespace jobledger::httpd
