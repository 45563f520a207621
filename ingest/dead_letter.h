// SPDX-License-Identifier: MIT
// What cannot be applied is kept with its place in the log, the reason and the text, so that people
// can look at it, mend the cause and retry.
//
// Executor: the writer thread.
#pragma once

#include "ingest/tally.h"
#include "schema/cluster.h"
#include "storage/update.h"

#include <string_view>

namespace jobledger::ingest {

// Stores and counts it. A letter that cannot be stored (the disk fails) is logged whole instead.
void add_dead_letter(storage::Update& update, const Place& place, const Verdict& verdict,
                     bool of_known_cluster, Tally& tally);

// Whether a message, be it ever so broken, says that it is of a cluster that we have.
bool names_known_cluster(std::string_view text, const schema::Clusters& clusters);

}  // namespace jobledger::ingest
