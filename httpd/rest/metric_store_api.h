// SPDX-License-Identifier: MIT
// Our store as a metric store of the field: a cc-backend can be pointed at us (its setting
// metric-store-external). Each path also with a slash at the end.
//
//   GET, POST /api/query     samples and statistics (metric_answer.h); the request is a JSON body
//   GET /api/healthcheck     how complete the metrics of hosts are
//   POST /api/free           accepted, and answered that nothing was freed: what is kept for how
//   long
//                            is a setting, and running jobs need theirs
//   GET /api/debug           what is held in memory, as JSON: selector=, cluster or cluster:host
//
// The last two are on the control socket only. Samples do not come in here, but by the log.
// Executor: the loop; answers are computed on the pool. Lifetime: outlives the router.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "base/worker_pool.h"
#include "httpd/config.h"
#include "httpd/router.h"
#include "httpd/services.h"
#include "sources/metric_source.h"

#include <functional>
#include <memory>
#include <string>

namespace jobledger::httpd {

class MetricStoreApi {
 public:
  MetricStoreApi(const Config& config, const Services& services, WorkerPool& pool)
      : config_(config), services_(services), pool_(pool) {}

  void add_routes(Router& router);

 private:
  // What an answer is made of, on a thread of the pool.
  struct Parts {
    std::shared_ptr<const schema::Clusters> clusters;
    sources::ReadContext reading;
    MemoryShare memory;  // of the answer
  };
  using Work = std::function<Result<Response>(const Request&, Parts&)>;
  Task<Response> on_pool(const Request& request, Work work);

  Task<Response> query(const Request& request);
  Task<Response> health(const Request& request);
  Task<Response> debug(const Request& request);
  Response free(const Request& request) const;

  const Config& config_;
  const Services& services_;
  WorkerPool& pool_;
};

}  // namespace jobledger::httpd
