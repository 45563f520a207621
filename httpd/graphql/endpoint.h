// SPDX-License-Identifier: MIT
// POST and GET /query: one request, one snapshot, one hop to the pool; GET /schema.graphql.
//
// Root fields that take long run beside the first on threads of the pool that have nothing else to
// do. A client that leaves, or the deadline, stops all of them.
// Executor: the loop, answers are computed on the pool. Lifetime: outlives the router.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "base/worker_pool.h"
#include "httpd/config.h"
#include "httpd/router.h"
#include "httpd/services.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace graphql {
class Engine;
}

namespace jobledger::httpd {

struct Answer;

class GraphqlEndpoint {
 public:
  GraphqlEndpoint(const Config& config, const Services& services, WorkerPool& pool,
                  Telemetry& telemetry);
  ~GraphqlEndpoint();

  // Joins schema and resolvers; internal error with all mistakes when they do not fit.
  Result<void> prepare();
  void add_routes(Router& router);

  // What one answer is made from, as it is now. Executor: the loop.
  struct Sources {
    const storage::Store* store = nullptr;  // null while it is loading
    std::shared_ptr<const schema::Clusters> clusters;
    archive::JobMetrics* metrics = nullptr;  // null: samples cannot be read
    std::int64_t now = 0;                    // epoch seconds
  };
  Sources sources() const;
  // What a pool thread does. Executor: any thread. Pre: prepared, the store is there.
  Response execute(const Request& request, const Sources& sources) const;

 private:
  Task<Response> answer(const Request& request);
  Response schema_text(const Request& request) const;
  Answer make_answer(const Request& request, const Sources& sources) const;

  const Config& config_;
  const Services& services_;
  WorkerPool& pool_;
  mutable LatencyHistogram latency_;
  mutable Counter failed_;
  std::shared_ptr<const graphql::Engine> engine_;
};

}  // namespace jobledger::httpd
