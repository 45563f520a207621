// SPDX-License-Identifier: MIT
// The data file of a job whose samples do not fit into memory.
//
// Operation: samples are read in tiles: one metric, some hosts, or one host and a part of the time,
// so that no tile has more than so many samples. A spool holds what was read of one metric; it is
// written scope by scope, series by series when the metric is complete. The text is the one that
// schema::write_metric_data() makes of the whole, and the statistics are the same.
// Executor: one thread. Lifetime: of one job. Failure: that of the source or of the staging folder;
// `cancelled` between two tiles.
#pragma once

#include "archive/sample_spool.h"
#include "archive/staged_file.h"
#include "base/result.h"
#include "schema/job.h"
#include "sources/metric_source.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace jobledger::archive {

// What could not be read of a job.
struct MissingSamples {
  sources::ReadFailure first;
  std::size_t count = 0;

  void add(std::vector<sources::ReadFailure> failures);
};

struct LargeData {
  sources::MetricSource& source;
  const sources::MetricQuery& query;  // all hosts, metrics and scopes; [from, to) is the grid
  const sources::ReadContext& context;
  std::optional<std::int64_t> start_time;  // of the grid, where it is not the job's
  std::uint64_t tile_samples = 0;          // >= 1
  SampleSpool& spool;
};

// The job's statistics, one for each metric that has samples of nodes; nothing: no metric has any.
Result<std::optional<std::vector<schema::JobStatistic>>> write_large_data(const LargeData& data,
                                                                          StagedFile& file,
                                                                          MissingSamples& missing);

}  // namespace jobledger::archive
