// SPDX-License-Identifier: MIT
// What all resolvers of one answer share: one snapshot, one clock reading, who asks.
//
// Executor: pool threads; an answer is written by one, root fields and long reads run on others
// beside it. Lifetime: the execution.
#pragma once

#include "archive/job_metrics.h"
#include "base/result.h"
#include "httpd/config.h"
#include "schema/cluster.h"
#include "sources/metric_source.h"
#include "storage/snapshot.h"

#include <graphql/graphql.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace jobledger::httpd {

// Who asks, as far as answers depend on it. Without authentication that is anybody, and everybody
// sees everything.
struct Caller {
  // Holds for every job that this caller may see; unset: all. Added to every filter, also to that
  // of a single job, before anything is counted.
  std::optional<storage::jobs::JobFilter> visible_jobs;
};

// The host object of the engine (Context::host).
struct Answer {
  std::shared_ptr<const storage::Snapshot> snapshot;
  std::shared_ptr<const schema::Clusters> clusters;
  Caller caller;
  std::int64_t now = 0;  // epoch seconds
  const GraphqlConfig* limits = nullptr;
  const schema::ResampleConfig* resampling = nullptr;
  archive::JobMetrics* metrics = nullptr;  // null: samples cannot be read
  // The snapshot, the end of the request, and threads that have nothing else to do.
  sources::ReadContext reading;

  // `unavailable` while samples cannot be read.
  Result<archive::JobMetrics*> job_metrics() const;

  // The jobs that match the filters and that the caller may see.
  Result<storage::jobs::JobPage> find_jobs(std::vector<storage::jobs::JobFilter> filters,
                                           const storage::jobs::Order& order,
                                           const storage::jobs::PageSpec& page) const;
  // The same as records, by start time; too_large when there are more than `most`. `field`: for
  // the message.
  Result<std::vector<archive::JobVersion>> read_jobs(std::vector<storage::jobs::JobFilter> filters,
                                                     std::size_t most,
                                                     std::string_view field) const;
  // By its number in the index, as the client spells it; not_found also when the caller may not see
  // it.
  Result<archive::JobVersion> get_job(std::string_view id) const;
};

// The object behind Query: everything is in the Answer.
struct QueryRoot {};

const Answer& answer_of(const graphql::Context& context);

// For the client: what the request did wrong is told, what failed inside is logged instead.
graphql::Failure to_failure(const Error& error);

template <class T>
graphql::Expected<T> expected(Result<T> result) {
  if (!result) return to_failure(result.error());
  return *std::move(result);
}

// A whole number in decimal, as job and tag ids are.
std::optional<std::int64_t> parse_id(std::string_view text);

}  // namespace jobledger::httpd
