// SPDX-License-Identifier: MIT
// Samples of hosts, from whichever sources they have.
//
// Executor: pool threads. Failure: what can be had is delivered, the rest is noted; an error when a
// limit is exceeded, the request was stopped, or nothing could be read.
#pragma once

#include "base/result.h"
#include "httpd/graphql/answer.h"
#include "schema/cluster.h"
#include "schema/metric_data.h"
#include "sources/metric_source.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace jobledger::httpd {

struct HostMetricsQuery {
  const schema::Cluster* cluster = nullptr;  // not null
  std::vector<std::string> hosts;            // each once
  std::vector<std::string> metrics;          // those of each host's sub-cluster count
  std::vector<schema::MetricScope> scopes;
  std::int64_t from = 0, to = 0;  // epoch seconds, [from, to)
  bool values = true;
};

// not_found, with its name.
Result<const schema::Cluster*> get_cluster(std::string_view name, const Answer& answer);

// Those asked for that the cluster has; all of it when none are named.
std::vector<std::string> known_metrics(const schema::Cluster& cluster,
                                       const std::optional<std::vector<std::string>>& asked);

// Hosts of the cluster that sent anything, by name, from all of its sources.
Result<std::vector<std::string>> hosts_with_samples(const schema::Cluster& cluster,
                                                    std::int64_t from, std::int64_t to,
                                                    const Answer& answer);

// One answer per source that the hosts have.
Result<std::vector<schema::MetricData>> read_hosts(const HostMetricsQuery& query,
                                                   const Answer& answer);

// The metrics of one host, by name, scopes by their texts.
struct HostMetrics {
  std::string hostname;
  std::vector<archive::JobMetric> metrics;
};
// Of those that have any samples, by host name; as the wish says.
Result<std::vector<HostMetrics>> read_host_metrics(const HostMetricsQuery& query,
                                                   const archive::Presentation& presentation,
                                                   const Answer& answer);

}  // namespace jobledger::httpd
