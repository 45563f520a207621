// SPDX-License-Identifier: MIT
// InfluxDB 2 as a source, by Flux over HTTP. The layout of its data stands in flux.h.
//
// Operation: InfluxDB makes one value of each time step of the query's own grid (the mean of its
// samples, nothing where there is none); elements are aggregated here. One request asks for one
// metric and the same elements of many hosts. What is wrong with a query alone is a failure of that
// metric. A metric's health looks an hour back: what has been silent for longer is missing.
//
// Executor: any thread, several at once. Failure: MetricSource.
#pragma once

#include "sources/config.h"
#include "sources/http_fetch.h"
#include "sources/metric_source.h"

#include <string>
#include <string_view>

namespace jobledger::sources {

class Influx : public MetricSource {
 public:
  explicit Influx(ExternalConfig config);

  Result<MetricAnswer> read(const MetricQuery& query, const ReadContext& context) override;
  Result<std::vector<std::string>> hosts(std::string_view cluster, std::int64_t from,
                                         std::int64_t to, const ReadContext& context) override;
  Result<std::vector<HostHealth>> health(const HealthQuery& query,
                                         const ReadContext& context) override;

 private:
  const ExternalConfig config_;
  HttpFetch http_;
};

}  // namespace jobledger::sources
