// SPDX-License-Identifier: MIT
// Our own metric store as a source: what storage::MetricReader reads, at the scopes that are asked
// for.
//
// Where all hardware of an element counts, roll-ups answer; else the elements that count are read
// and aggregated. Executor, failure: as MetricSource. Lifetime: the snapshot of each call.
#pragma once

#include "sources/metric_source.h"

#include <memory>

namespace jobledger::sources {

class OwnStore : public MetricSource {
 public:
  explicit OwnStore(std::shared_ptr<const schema::Clusters> clusters)
      : clusters_(std::move(clusters)) {}

  bool is_own() const override { return true; }
  Result<MetricAnswer> read(const MetricQuery& query, const ReadContext& context) override;
  // When a host began is known as long as nothing of it is sealed.
  Result<std::vector<std::string>> hosts(std::string_view cluster, std::int64_t from,
                                         std::int64_t to, const ReadContext& context) override;
  Result<std::vector<HostHealth>> health(const HealthQuery& query,
                                         const ReadContext& context) override;

 private:
  std::shared_ptr<const schema::Clusters> clusters_;
};

}  // namespace jobledger::sources
