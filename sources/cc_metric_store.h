// SPDX-License-Identifier: MIT
// A cc-metric-store of somebody else as a source, by its HTTP API (also another jobledgerd's).
//
// Operation: each query of a request names one element, or all elements of one aggregate, so that
// what a store leaves out cannot shift the ids of others. Elements that are asked for anyway are
// aggregated here. For the rest the store adds up what counts of a host; where it refuses (its
// members begin or end at different times) or delivers gaps (it has one wherever a member has one),
// the elements are read one by one and aggregated here: the numbers are the same as of our own
// store, at the price of a second request. Of what the store added up the coverage is not known.
// With statistics alone, gaps cannot be seen: those of aggregates are over the times at which every
// element was there. Numbers have three decimals, statistics two, as the store writes them.
//
// Executor: any thread, several at once. Failure: MetricSource.
#pragma once

#include "schema/cluster.h"
#include "sources/config.h"
#include "sources/http_fetch.h"
#include "sources/metric_source.h"

#include <memory>
#include <string>
#include <string_view>

namespace jobledger::sources {

class CcMetricStore : public MetricSource {
 public:
  CcMetricStore(ExternalConfig config, std::shared_ptr<const schema::Clusters> clusters);

  Result<MetricAnswer> read(const MetricQuery& query, const ReadContext& context) override;
  // Those that sent a metric which every host of their sub-cluster should send.
  Result<std::vector<std::string>> hosts(std::string_view cluster, std::int64_t from,
                                         std::int64_t to, const ReadContext& context) override;
  Result<std::vector<HostHealth>> health(const HealthQuery& query,
                                         const ReadContext& context) override;

 private:
  const ExternalConfig config_;
  const std::shared_ptr<const schema::Clusters> clusters_;
  HttpFetch http_;
};

}  // namespace jobledger::sources
