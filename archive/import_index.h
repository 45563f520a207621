// SPDX-License-Identifier: MIT
// The index's side of an import. Executor: the writer thread.
#pragma once

#include "archive/import_report.h"
#include "schema/job.h"
#include "storage/update.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace jobledger::archive {

// The index number of the job with the same natural key.
std::optional<std::int64_t> find_job(const storage::Update& update, const schema::NaturalKey& key);

// Equal but for index numbers, of the job and of its tags, and for the order of the tags.
bool is_same_job(schema::Job a, schema::Job b);

struct ImportCounts {
  std::uint64_t imported = 0, unchanged = 0;
};

// Adds what is not there; the others stay as they are. Jobs that cannot be added go to `skipped`.
ImportCounts add_jobs(storage::Update& update, std::vector<schema::Job> jobs,
                      ProblemCount& skipped);

}  // namespace jobledger::archive
