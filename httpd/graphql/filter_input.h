// SPDX-License-Identifier: MIT
// Filters, orders and pages from the client's spelling to storage's.
//
// The field's rules: of a string's conditions the first in the order eq, neq, startsWith, endsWith,
// contains, in counts; 0 in a range means open, and a negative bound makes all of it open; from and
// to of a time come before its named range. A named range or schedule that nobody knows filters
// nothing; a sharing, id or footprint key that cannot exist matches nothing.
#pragma once

#include "base/result.h"
#include "storage/events.h"
#include "storage/jobs/query.h"

#include <graphql/value.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace jobledger::httpd {

// `list`: a coerced [JobFilter!] or null. `now`: epoch seconds, for named time ranges.
std::vector<storage::jobs::JobFilter> job_filters(const graphql::Value& list, std::int64_t now);

// `input`: a coerced OrderByInput or null (ascending id).
Result<storage::jobs::Order> job_order(const graphql::Value& input);

struct PageRequest {
  std::uint64_t page = 1;                            // from 1
  std::optional<std::uint64_t> items_per_page = 50;  // nullopt: all
};
// `input`: a coerced PageRequest or null.
Result<PageRequest> page_request(const graphql::Value& input);

// One element of [NodeFilter!].
struct NodeFilter {
  std::optional<storage::jobs::StringMatch> hostname, cluster, sub_cluster;
  std::optional<schema::SchedulerState> scheduler_state;
  std::optional<schema::MonitoringState> health_state;
  std::optional<std::int64_t> time_start;  // exclusive; counts in histories only
  bool matches_nothing = false;            // asks for a state that there is not

  bool matches(const storage::NodeState& node) const;
};
std::vector<NodeFilter> node_filters(const graphql::Value& list);
bool matches_all(const std::vector<NodeFilter>& filters, const storage::NodeState& node);

bool matches(const storage::jobs::StringMatch& match, std::string_view text);

}  // namespace jobledger::httpd
