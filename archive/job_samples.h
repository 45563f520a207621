// SPDX-License-Identifier: MIT
// The samples of a finished job as its archive keeps them: which metrics and scopes, and what
// follows from them for the record.
//
// Executor: any thread; blocks while samples are read.
#pragma once

#include "archive/config.h"
#include "base/result.h"
#include "schema/cluster.h"
#include "schema/job.h"
#include "schema/metric_data.h"
#include "sources/metric_source.h"

namespace jobledger::archive {

// A job's own hardware from its start to its end (which a running one does not have yet); metrics
// and scopes are left to who asks.
sources::MetricQuery job_query(const schema::Job& job, const schema::Cluster& cluster);

struct FinishOptions {
  const schema::ArchiveScopeConfig& scopes;
  bool last_try = false;
};

// Everything of the job's own hardware from its start to its end, at the scopes of Config::scopes,
// nodes of flops_any and mem_bw made where there are none. Empty: nothing was measured, or the
// cluster is no longer known.
Result<schema::MetricData> read_job_samples(const schema::Job& job,
                                            const schema::Clusters& clusters,
                                            const sources::SourceMap& sources,
                                            const sources::ReadContext& context,
                                            const schema::ArchiveScopeConfig& scopes);

// A finished job as it goes into the tree and the index.
struct FinishedJob {
  schema::Job record;  // archived, with statistics, footprint and energy
  schema::MetricData samples;
  bool measured = false;  // there are samples
};
// `last_try`: without samples if they cannot be read; else that is an `io` error, as it concerns
// this job only. Without sources the record stands by the statistics that it brought.
Result<FinishedJob> finish_job(const schema::Job& job, const schema::Clusters& clusters,
                               const sources::SourceMap* sources,
                               const sources::ReadContext& context, const FinishOptions& options);

// The job's nodes without samples, statistics only, for metrics that have a footprint or an energy.
Result<schema::MetricData> read_footprint_statistics(const schema::Job& job, std::int64_t now,
                                                     const schema::Clusters& clusters,
                                                     const sources::SourceMap& sources,
                                                     const sources::ReadContext& context);

}  // namespace jobledger::archive
