// SPDX-License-Identifier: MIT
// What sources of other programs share.
#pragma once

#include "base/result.h"
#include "schema/cluster.h"
#include "sources/config.h"
#include "sources/http_fetch.h"
#include "sources/metric_source.h"
#include "sources/metric_sum.h"
#include "sources/read_plan.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::sources {

FetchConfig fetch_config(const ExternalConfig& config);
// What single series may not fail by: a source's own `invalid` becomes `unavailable`.
Error unavailable(Error error);

// Requests to a store in the course of one call of a source. Lifetime: of that call.
class ExternalCall {
 public:
  ExternalCall(const ExternalConfig& config, HttpFetch& http, const ReadContext& context)
      : config_(config), http_(http), context_(context) {}

  // Reads the token, so that it can be exchanged while the daemon runs.
  Result<void> prepare();
  // `path`: below the configured URL. Any thread.
  Result<std::string> send(FetchRequest request, std::string_view path) const;
  const ExternalConfig& config() const { return config_; }

 private:
  const ExternalConfig& config_;
  HttpFetch& http_;
  const ReadContext& context_;
  Secret token_;
};

// A plan with its sums, within the limit of samples.
struct PendingRead {
  ReadPlan plan;
  std::vector<MetricSum> sums;  // by plan.metrics()

  static Result<PendingRead> make(const MetricQuery& query, const ExternalConfig& config);
  MetricAnswer finish(const MetricQuery& query);
};

// Plans the query, has it read and puts the answer together. `Read`: made of a call of the type
// Read::Call, the query, the context and the pending sums; run() fills these.
template <class Read>
Result<MetricAnswer> read_external(const ExternalConfig& config, HttpFetch& http,
                                   const MetricQuery& query, const ReadContext& context) {
  if (query.to <= query.from) return MetricAnswer();
  TRY(PendingRead pending, PendingRead::make(query, config));
  typename Read::Call call(config, http, context);
  TRY(call.prepare());
  TRY(Read(call, query, context, pending).run());
  return pending.finish(query);
}

// The metrics whose presence is asked of each host: those named, else those of its sub-cluster.
// Hosts that have the same ones stand together, as places in query.hostnames.
std::map<std::vector<std::string>, std::vector<std::size_t>> expected_by_host(
    const HealthQuery& query);
// full, partial or failed, by what is missing or degraded of so many.
schema::MonitoringState state_of(const HostHealth& host, std::size_t expected);

}  // namespace jobledger::sources
