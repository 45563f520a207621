// SPDX-License-Identifier: MIT
#include "httpd/connections.h"

#include <algorithm>

namespace jobledger::httpd {

// None of the calls removes a connection at once: their coroutines do, when they resume.

void Connections::begin_stop() {
  stopping_ = true;
  for (Connection* each : all_) each->close_if_idle();
}

void Connections::check(Connection::Clock::time_point now) {
  for (Connection* each : all_) each->check(now);
}

void Connections::displace_oldest() {
  const auto oldest = std::find_if(all_.begin(), all_.end(),
                                   [](const Connection* each) { return each->can_be_displaced(); });
  if (oldest != all_.end()) (*oldest)->abort();
}

void Connections::abort() {
  for (Connection* each : all_) each->abort();
}

}  // namespace jobledger::httpd
