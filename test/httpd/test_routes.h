// SPDX-License-Identifier: MIT
// Routes that show what the server did with a request.
#pragma once

#include "base/worker_pool.h"
#include "httpd/router.h"
#include "test/httpd/server_fixture.h"

namespace jobledger::test {

// GET /hello; GET /alive (essential); POST /echo; GET /big (1,000,000 bytes); GET /throw; GET
// /item/{}
httpd::Router test_routes();

// These, and of the control interface: GET /look, POST /change.
httpd::Router control_routes();

// GET /slow: waits on the gate, on a pool thread; answers "stopped" when it was told to stop.
class SlowRoute {
 public:
  ~SlowRoute() { pool_.stop(); }
  httpd::Router router();
  Gate gate;

 private:
  Task<httpd::Response> answer(const httpd::Request& request);
  WorkerPool pool_{"slow", 1, 8};
};

}  // namespace jobledger::test
