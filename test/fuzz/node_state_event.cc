// SPDX-License-Identifier: MIT
// Node states that are taken have names and resolve.
#include "base/log.h"
#include "schema/job_json.h"
#include "test/fuzz/target.h"

using namespace jobledger;
using namespace jobledger::schema;

FUZZ_TARGET(node_state_event) {
  UnknownMembers unknown;
  DroppedMembers dropped;
  const Result<NodeStateEvent> event =
      parse_node_state_event(text_of(data, size), &unknown, &dropped);
  if (!event) return 0;
  CHECK(!event->cluster.empty(), "an event without cluster");
  for (const NodeReport& node : event->nodes) {
    CHECK(!node.hostname.empty(), "a node without name");
    CHECK(!to_string(resolve_scheduler_state(node.states)).empty(), "a state without text");
  }
  return 0;
}
