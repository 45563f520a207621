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
// Nothing without a token file. It is read each time, so that a token can be exchanged while the
// daemon runs.
Result<Secret> read_token(const ExternalConfig& config);
// What single series may not fail by: a source's own `invalid` becomes `unavailable`.
Error unavailable(Error error);
// The path of the API below the configured URL.
std::string endpoint(const ExternalConfig& config, std::string_view path);

// A plan with its sums, within the limit of samples.
struct PendingRead {
  ReadPlan plan;
  std::vector<MetricSum> sums;  // by plan.metrics()

  static Result<PendingRead> make(const MetricQuery& query, const ExternalConfig& config);
  MetricAnswer finish(const MetricQuery& query);
};

// The metrics whose presence is asked of each host: those named, else those of its sub-cluster.
// Hosts that have the same ones stand together, as places in query.hostnames.
std::map<std::vector<std::string>, std::vector<std::size_t>> expected_by_host(
    const HealthQuery& query);
// full, partial or failed, by what is missing or degraded of so many.
schema::MonitoringState state_of(const HostHealth& host, std::size_t expected);

}  // namespace jobledger::sources
