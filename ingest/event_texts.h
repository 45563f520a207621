// SPDX-License-Identifier: MIT
// How long the texts of a start event may be. Pure; any thread.
#pragma once

#include "base/result.h"
#include "ingest/config.h"
#include "schema/job.h"
#include "schema/job_json.h"

namespace jobledger::ingest {

// `too_large` when a text that identifies the job is longer than max_text_bytes: cluster, user,
// host names. Any other text beyond its limit is left out and noted in `dropped`.
Result<void> limit_texts(schema::Job& job, const LimitsConfig& limits,
                         schema::DroppedMembers& dropped);

}  // namespace jobledger::ingest
