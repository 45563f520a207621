// SPDX-License-Identifier: MIT
// What a reader gets of a data file that does not fit into memory (job_metrics.h).
//
// Operation: the file is read twice. The first time tells what is in it, from which follows what is
// delivered. The second time takes the samples, one scope after the other; each series is reduced
// as soon as it is there, or with its scope where all series are needed together.
// Executor: worker threads; blocks. Failure: `too_large` when more than query.max_samples would be
// delivered, or would be needed of one scope.
#pragma once

#include "archive/data_file.h"
#include "archive/job_metrics.h"

#include <vector>

namespace jobledger::archive {

struct StreamLimits {
  ByteBudget& budget;  // for what is read, until it is returned
  const sources::Stop& stop;
};
Result<std::vector<JobMetric>> read_streamed(DataFileReader& file, const schema::Job& job,
                                             const JobMetricsQuery& query,
                                             const StreamLimits& limits);

}  // namespace jobledger::archive
