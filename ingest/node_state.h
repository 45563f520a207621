// SPDX-License-Identifier: MIT
// Payloads of node-state events. Pure functions; any thread.
#pragma once

#include "base/result.h"
#include "ingest/event.h"
#include "schema/cluster.h"

#include <string_view>

namespace jobledger::ingest {

// Resolves each node's scheduler state and sub-cluster (empty when no list names the node). Of a
// node named twice the last entry counts. `not_found`: the cluster is unknown. The time is set when
// the event is applied.
//
// Health is judged when the event is applied (applier.h). Until then, and where nobody measures,
// the field's rules hold: a node that is down is `full` (nothing is expected of it), any other
// `failed` (no metric was seen).
Result<NodeStates> parse_node_states(std::string_view json, const schema::Clusters& clusters,
                                     schema::UnknownMembers* unknown,
                                     schema::DroppedMembers& dropped);

}  // namespace jobledger::ingest
