// SPDX-License-Identifier: MIT
// Values that fields about metrics are computed into, and what resolvers of metrics share.
#pragma once

#include "archive/job_metrics.h"
#include "httpd/graphql/answer.h"
#include "schema/metric_data.h"

#include <graphql/graphql.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::httpd {

// One metric over a whole job.
struct NamedStats {
  std::string name;
  schema::SeriesStatistics data;  // all 0 where nothing is known
};

// What archive::JobMetrics::statistics() answered for query.metrics.
std::vector<NamedStats> named_stats(const archive::JobMetricsQuery& query,
                                    const archive::JobMetrics::Statistics& statistics);

// The statistics of one metric's series.
struct ScopedMetricStats {
  archive::JobMetric metric;
  bool round = false;  // to two decimals
};
struct ScopedStats {
  const schema::Series* series = nullptr;
  schema::SeriesStatistics data;
};

// A list argument of texts, each once, in the order given; nullopt when it is absent or null.
std::optional<std::vector<std::string>> text_list(const graphql::Value& list);
// The same of MetricScope.
std::optional<std::vector<schema::MetricScope>> scope_list(const graphql::Value& list);

// What is to be read for a field whose metrics (JobMetricWithName) stand at `path` below it: ""
// for its own elements, else such as "items.metrics.".
struct MetricWish {
  archive::Presentation presentation;
  bool values = true;  // false: statistics will do
};
// `resolution`: seconds, 0 for the samples as measured.
MetricWish metric_wish(const graphql::Context& context, std::string_view path,
                       std::int64_t resolution);
// The argument `resolution`, or what the configuration says for clients that name none.
std::int64_t wanted_resolution(const graphql::Value& argument, const Answer& answer);

}  // namespace jobledger::httpd
