// SPDX-License-Identifier: MIT
// The JSON interface of the command line: status, dead letters, import. It is served on the Unix
// socket only: members of a group may read, root and the daemon's own user may change.
//
// Executor: the loop; what reads the disk hops to the pool. Lifetime: outlives the router.
#pragma once

#include "base/async.h"
#include "base/worker_pool.h"
#include "httpd/router.h"
#include "httpd/services.h"

#include <chrono>
#include <functional>
#include <string>

namespace jobledger::httpd {

class ControlApi {
 public:
  ControlApi(const Services& services, WorkerPool& pool);

  // GET /api/status                        GET /api/unmatched
  // GET /api/dead-letters?after=&limit=     GET, DELETE /api/dead-letters/{}
  // POST /api/dead-letters/{}/retry         GET, POST /api/import
  void add_routes(Router& router);

 private:
  Task<Response> status(const Request& request);
  Task<Response> unmatched(const Request& request);
  Task<Response> set_aside(const Request& request);
  Task<Response> list_dead_letters(const Request& request);
  Task<Response> show_dead_letter(const Request& request);
  Task<Response> retry_dead_letter(const Request& request);
  Task<Response> drop_dead_letter(const Request& request);
  Response start_import(const Request& request);
  Response import_progress() const;
  Task<Response> change_dead_letter(std::string id, std::string command);

  const Services& services_;
  WorkerPool& pool_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace jobledger::httpd
