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
// Health needs metrics, and none are stored: by the field's rules a node that is down is `full`
// (nothing is expected of it), any other is `failed` (no metric was seen).
Result<NodeStates> parse_node_states(std::string_view json, const schema::Clusters& clusters,
                                     schema::UnknownMembers* unknown);

}  // namespace jobledger::ingest
