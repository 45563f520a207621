// SPDX-License-Identifier: MIT
// A job's metrics for whoever reads, whether it runs or is archived.
//
// Operation: a job that runs, or has ended and is not archived yet, is asked of the source that its
// (cluster, sub-cluster) has. All others have a data file in the tree, which is decoded, and kept
// for the next question while there is room.
//   live      A scope that is asked for is answered by the coarser of it and the native one; no
//             scopes: node. No metrics: all of the job's sub-cluster.
//   archived  A metric that has one scope comes with it, whatever was asked for; of several those
//             that were asked for come; all, if none of them is there or none was named. Where node
//             is asked for, metrics that may be added up get it from finer scopes
//             (schema/node_synthesis.h). The coverage is that of the samples in the file over the
//             job's duration.
// A file that is too long to be decoded as a whole is read piece by piece (streamed_metrics.h).
// Statistics are those of the samples as measured, or stand in the file; a display's wishes come
// last and change none. Metrics by name, scopes by their texts, hosts as the job has them.
// Executor: worker threads, any number; calls block. Lifetime: what it is made from outlives it.
// Failure: what can be had is delivered; what failed is counted, and logged sparsely. An error when
// nothing could be read, `not_found` when an archived job has no data file, `too_large` beyond a
// limit, `cancelled` when it was stopped.
#pragma once

#include "archive/data_cache.h"
#include "archive/tree.h"
#include "base/byte_budget.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "schema/config.h"
#include "schema/metric_data.h"
#include "sources/failure_log.h"
#include "sources/metric_source.h"
#include "storage/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jobledger::archive {

// A job as one snapshot has it.
struct JobVersion {
  storage::JobPtr job;         // not null
  std::uint32_t revision = 0;  // of its record
};

// What is made of the samples for display, in this order.
struct Presentation {
  bool statistics_series = false;  // where there are enough series
  std::int64_t resolution = 0;     // seconds; 0: as measured
  schema::ResampleConfig resampling;

  // Whether it would leave the metric as it is.
  bool changes(const schema::ScopedMetric& metric) const;
  void apply(schema::ScopedMetric& metric) const;
};

struct JobMetricsQuery {
  std::optional<std::vector<std::string>> metrics;
  std::optional<std::vector<schema::MetricScope>> scopes;
  bool values = true;  // false: of live jobs statistics only, `data` stays empty
  Presentation presentation;
  std::uint64_t max_samples = 20'000'000;  // of one answer, before resampling
  std::int64_t now = 0;                    // epoch seconds, the end of running jobs
};

struct JobMetric {
  std::string name;
  std::shared_ptr<const schema::ScopedMetric> data;  // not null
  // Over the job's hosts, also those that sent nothing; unset where unknown: of what an external
  // store added up.
  std::optional<float> coverage;
};

class JobMetrics {
 public:
  // Without sources nobody measures: live jobs have no metrics.
  JobMetrics(const Tree& tree, const sources::SourceMap* sources, Telemetry& telemetry);

  // Whether samples are still with their source.
  static bool is_live(const schema::Job& job);

  Result<std::vector<JobMetric>> read(const JobVersion& version, const JobMetricsQuery& query,
                                      const sources::ReadContext& context);
  // The whole job's statistics of query.metrics, in their order; nullopt where nothing is known. Of
  // archived jobs those of the record: no file is opened. Scopes do not matter.
  using Statistics = std::vector<std::optional<schema::JobStatistic>>;
  Result<Statistics> statistics(const schema::Job& job, const JobMetricsQuery& query,
                                const sources::ReadContext& context);

  // What the present cluster.json does not explain of the job's metrics.
  using Notes = std::vector<sources::ReadNote>;
  Result<Notes> notes(const JobVersion& version, std::int64_t now,
                      const sources::ReadContext& context);

  const sources::SourceMap* sources() const { return sources_; }
  sources::FailureLog& failures() { return failures_; }

 private:
  Result<std::vector<JobMetric>> read_live(const schema::Job& job, const JobMetricsQuery& query,
                                           const sources::ReadContext& context);
  Result<std::vector<JobMetric>> read_archived(const JobVersion& version,
                                               const JobMetricsQuery& query,
                                               const sources::ReadContext& context);
  Result<std::vector<JobMetric>> read_large(const schema::Job& job, const JobMetricsQuery& query,
                                            const sources::ReadContext& context);
  Result<schema::MetricData> load(const schema::Job& job, const sources::Stop& stop);
  Notes archived_notes(const schema::Job& job, const sources::MetricQuery& query,
                       const schema::MetricData& data) const;
  Result<schema::MetricData> ask_source(const schema::Job& job, const JobMetricsQuery& query,
                                        const sources::ReadContext& context);

  const Tree& tree_;
  const sources::SourceMap* const sources_;
  DataCache cache_;
  ByteBudget budget_;  // for files while they are read
  sources::FailureLog failures_;
};

}  // namespace jobledger::archive
