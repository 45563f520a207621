// SPDX-License-Identifier: MIT
// The JSON that a cc-metric-store takes and gives, as values. Pure.
//
// Failure: `invalid` for text that is no answer of such a store.
#pragma once

#include "base/result.h"
#include "schema/metric_data.h"
#include "sources/metric_source.h"
#include "sources/metric_sum.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobledger::sources {

struct CcQuery {
  std::string_view metric, hostname;
  std::string_view type;                   // "hwthread"; empty: the node
  std::vector<std::string_view> type_ids;  // with a type: one, or several that are aggregated
};

struct CcRequest {
  std::string_view cluster;
  std::int64_t from = 0, to = 0;
  bool values = true;  // else statistics only
  std::span<const CcQuery> queries;
  std::vector<std::string_view> for_all_nodes;  // metrics
};
std::string write_cc_request(const CcRequest& request);

// One result of a query.
struct CcSeries {
  std::string error;                                   // empty: none, and the rest counts
  SampleRun samples;                                   // without padding
  std::optional<schema::SeriesStatistics> statistics;  // none when there is no sample
};

struct CcAnswer {
  std::vector<std::vector<CcSeries>> results;  // by query
  std::vector<std::string> hosts;              // of the generated queries
};
// `max_bytes`: the longest text that is read.
Result<CcAnswer> parse_cc_answer(std::string_view json, std::size_t max_bytes);

std::string write_cc_health_request(std::string_view cluster,
                                    std::span<const std::string> hostnames,
                                    std::span<const std::string> metrics);
// Hosts in any order.
Result<std::vector<HostHealth>> parse_cc_health(std::string_view json, std::size_t max_bytes);

}  // namespace jobledger::sources
