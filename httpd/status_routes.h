// SPDX-License-Identifier: MIT
// What machines and people ask first: /, /healthz, /readyz, /metrics.
#pragma once

#include "base/telemetry.h"
#include "httpd/router.h"
#include "httpd/services.h"

namespace jobledger::httpd {

// Lifetime: services and telemetry outlive the router.
void add_status_routes(Router& router, const Services& services, Telemetry& telemetry);

}  // namespace jobledger::httpd
