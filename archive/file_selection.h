// SPDX-License-Identifier: MIT
// What of a data file answers a query (job_metrics.h), whether the file is decoded as a whole or
// read piece by piece.
#pragma once

#include "archive/job_metrics.h"
#include "schema/metric_data.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace jobledger::archive {

bool is_asked(std::string_view metric, const JobMetricsQuery& query);
// Places of those of a metric's scopes that are delivered.
std::vector<std::size_t> select_scopes(std::span<const schema::MetricScope> there,
                                       const JobMetricsQuery& query);
// The place in `selected` of the scope from which node scope is made; nothing: it is not asked for,
// or there already, or the metric's values may not be added up.
std::optional<std::size_t> synthesis_source(std::string_view metric,
                                            std::span<const schema::MetricScope> selected,
                                            const JobMetricsQuery& query);
// Node scope of a job that lasted so many seconds, from one finer scope.
std::shared_ptr<const schema::ScopedMetric> synthesize(schema::ScopedMetric finer,
                                                       std::int64_t duration);
// Files do not say it: it is what their samples show.
void set_coverage(schema::Series& series, std::int32_t timestep, std::int64_t duration);

}  // namespace jobledger::archive
