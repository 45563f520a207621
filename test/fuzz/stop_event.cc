// SPDX-License-Identifier: MIT
// A stop payload that is taken keeps what the header promises.
#include "base/log.h"
#include "schema/job_json.h"
#include "test/fuzz/target.h"

using namespace jobledger;
using namespace jobledger::schema;

FUZZ_TARGET(stop_event) {
  UnknownMembers unknown;
  DroppedMembers dropped;
  const Result<StopEvent> stop = parse_stop_event(text_of(data, size), &unknown, &dropped);
  if (!stop) return 0;
  CHECK(stop->state != JobState::running && stop->state != JobState::pending, "no end");
  CHECK(stop->scheduler_state.size() <= kMaxStateWordBytes, "a word that is too long");
  CHECK(stop->stop_time >= 0, "a stop before 1970");
  CHECK(!stop->cluster || !stop->cluster->empty(), "an empty cluster is not absent");
  CHECK(!stop->start_time || *stop->start_time > 0, "a zero start time is not absent");
  return 0;
}
