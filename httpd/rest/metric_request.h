// SPDX-License-Identifier: MIT
// What a client asks of us as a metric store: the bodies of /api/query and /api/healthcheck as
// values. Pure. Failure: `invalid` with the member's path.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::httpd {

struct MetricStoreQuery {
  std::string metric, hostname;
  std::string type, subtype;  // empty: the node, and no sub-type
  std::vector<std::string> type_ids, subtype_ids;
  bool aggregate = false;
  std::int64_t resolution = 0;  // seconds; 0: that of the samples
  double scale = 0;             // 0: as it is
};

struct MetricStoreRequest {
  std::string cluster;
  std::int64_t from = 0, to = 0;  // epoch seconds, [from, to)
  bool statistics = true, values = true;
  bool padding = true;          // the values begin at `from`, whenever the first sample was
  bool full_precision = false;  // else three decimals, and two of statistics
  std::vector<MetricStoreQuery> queries;
  std::vector<std::string> for_all_nodes;  // metrics
};
// Unknown members are ignored.
Result<MetricStoreRequest> parse_metric_store_request(std::string_view body, std::size_t max_bytes);

struct HealthRequest {
  std::string cluster;
  std::vector<std::string> nodes, metrics;
};
Result<HealthRequest> parse_health_request(std::string_view body, std::size_t max_bytes);

// The body of /api/free: selectors, each a list of names; nothing of it is used.
Result<void> check_free_request(std::string_view body, std::size_t max_bytes);

}  // namespace jobledger::httpd
