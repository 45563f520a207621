// SPDX-License-Identifier: MIT
// Routes that only programs on this machine may use, until there are users with rights: the peer
// must be loopback, named as such, and not a proxy that speaks for others. All else is answered
// 403.
#pragma once

#include "httpd/router.h"

namespace jobledger::httpd {

DirectHandler local_only(DirectHandler handler);
TaskHandler local_only(TaskHandler handler);

}  // namespace jobledger::httpd
