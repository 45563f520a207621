// SPDX-License-Identifier: MIT
// Node scope for metric data that has finer scopes only, as some archived jobs do.
#pragma once

#include "schema/metric_data.h"

#include <string_view>

namespace jobledger::schema {

// The metrics for which the field expects it: flops_any and mem_bw, whose values may be added up.
bool has_synthetic_node_scope(std::string_view metric);

// Adds node scope, one series per host in the order of their first series: the sum at each time
// step of the coarsest scope that is there, as long as the longest. Statistics are those of the
// sums; where series end early or have gaps, the others are added up and the coverage says so.
// False, and nothing changes: node scope is there already, or there is no other scope.
bool synthesize_node_scope(MetricSamples& metric);

}  // namespace jobledger::schema
