// SPDX-License-Identifier: MIT
// A start payload that is taken can be archived and read back.
#include "base/log.h"
#include "schema/job_json.h"
#include "test/fuzz/target.h"

#include <string>

using namespace jobledger;
using namespace jobledger::schema;

FUZZ_TARGET(start_event) {
  UnknownMembers unknown;
  DroppedMembers dropped;
  const Result<Job> job = parse_start_event(text_of(data, size), &unknown, &dropped);
  CHECK(unknown.size() <= kMaxUnknownNames, "too many unknown names");
  if (!job) return 0;
  CHECK(job->walltime >= 0 && job->num_hwthreads >= 0, "a negative amount");
  CHECK(job->is_running() && job->id == 0, "a started job is not running");
  std::string text;
  write_meta_json(text, *job);
  const Result<Job> back = parse_meta_json(text, &unknown);
  CHECK(back.has_value() && *back == *job, "a written job differs");
  return 0;
}
