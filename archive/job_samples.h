// SPDX-License-Identifier: MIT
// The samples of a finished job as its archive keeps them: which metrics and scopes, and what
// follows from them for the record.
//
// Executor: any thread; blocks while samples are read.
#pragma once

#include "archive/config.h"
#include "archive/tree_writer.h"
#include "base/byte_budget.h"
#include "base/result.h"
#include "schema/cluster.h"
#include "schema/job.h"
#include "schema/metric_data.h"
#include "sources/metric_source.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jobledger::archive {

// A job's own hardware from its start to its end (which a running one does not have yet); metrics
// and scopes are left to who asks.
sources::MetricQuery job_query(const schema::Job& job, const schema::Cluster& cluster);

// The metrics of its sub-cluster; of a job whose sub-cluster is not known any more those of all of
// the cluster, of which each host takes its own. `wanted`: which; null: all.
std::vector<std::string> metrics_of(const sources::MetricQuery& query,
                                    bool (*wanted)(const schema::MetricConfig&) = nullptr);

// What cluster.json does not explain of a job's query, as a source of ours has it. The query then
// names all that is stored, and each metric's grid.
std::vector<sources::ReadNote> settle(const schema::Job& job, sources::MetricQuery& query,
                                      const sources::MetricSource* source,
                                      const storage::Snapshot* snapshot);

// Everything of the job's own hardware from its start to its end, at the scopes of Config::scopes,
// nodes of flops_any and mem_bw made where there are none. What cluster.json does not explain any
// more comes as it was sent, and is logged. Empty: nothing was measured, or the cluster is no
// longer known.
Result<schema::MetricData> read_job_samples(const schema::Job& job,
                                            const schema::Clusters& clusters,
                                            const sources::SourceMap& sources,
                                            const sources::ReadContext& context,
                                            const schema::ArchiveScopeConfig& scopes);

struct FinishOptions {
  const Config& config;
  ByteBudget& budget;  // for the samples of all jobs that are finished at a time
  TreeWriter& tree;    // prepared; for data that does not fit into a share of the budget
  bool last_try = false;
};

// A finished job as it goes into the tree and the index. Lifetime: shorter than the budget's.
struct FinishedJob {
  schema::Job record;     // archived, with statistics, footprint and energy
  bool measured = false;  // there are samples, in one of these:
  schema::MetricData samples;
  std::unique_ptr<StagedFile> file;
  ByteBudget::Lease memory;  // of the samples
  // Why the source could not be read, if so; all else is as it was then.
  std::optional<Error> unread;

  JobData data();  // for TreeWriter::stage(); lives as long as this
};
// The grid begins and ends as job_span.h has it. A job whose samples take more than their share of
// the budget is written piece by piece (large_data.h). `last_try`: without samples if they cannot
// be read; else `unread` says so. Without sources the record stands by the statistics that it
// brought. Failure: `unavailable` when the staging folder refuses, `cancelled`.
Result<FinishedJob> finish_job(const schema::Job& job, const schema::Clusters& clusters,
                               const sources::SourceMap* sources,
                               const sources::ReadContext& context, const FinishOptions& options);

// The job's nodes without samples, statistics only, for metrics that have a footprint or an energy.
Result<schema::MetricData> read_footprint_statistics(const schema::Job& job, std::int64_t now,
                                                     const schema::Clusters& clusters,
                                                     const sources::SourceMap& sources,
                                                     const sources::ReadContext& context);

}  // namespace jobledger::archive
