// SPDX-License-Identifier: MIT
// Telling the index that jobs are in the archive. Executor: apply() on the writer thread.
#pragma once

#include "base/result.h"
#include "schema/cluster.h"
#include "schema/job.h"
#include "storage/snapshot.h"
#include "storage/update.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace jobledger::archive {

// A job that is durable in the tree.
struct Archived {
  storage::JobPtr read;  // as the index had it when it was written
  schema::Job written;   // as it stands in the tree
};

struct MarkOutcome {
  std::size_t archived = 0;
  std::size_t changed = 0;  // no longer as they were written: still due
  // Jobs that cannot be read or replaced, and why: still due.
  std::vector<std::pair<std::int64_t, Error>> failed;
};

// A job that changed meanwhile (a tag, a correction) is left as it is. Never fails as a whole.
MarkOutcome mark_archived(storage::Update& update, const std::vector<Archived>& jobs);

// The record for the index and the tree alike: finished, archived, with footprint and energy.
schema::Job finished_form(const schema::Job& job, const schema::Clusters& clusters);

}  // namespace jobledger::archive
