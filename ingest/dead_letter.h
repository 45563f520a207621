// SPDX-License-Identifier: MIT
// What cannot be applied is kept with its place in the log, the reason and the text, so that people
// can look at it, mend the cause and retry.
//
// Executor: the writer thread.
#pragma once

#include "ingest/tally.h"
#include "storage/update.h"

#include <string>

namespace jobledger::ingest {

// Stores and counts it. A letter that cannot be stored (the disk fails) is logged whole instead.
void add_dead_letter(storage::Update& update, const Place& place, const Verdict& verdict,
                     Tally& tally);

}  // namespace jobledger::ingest
