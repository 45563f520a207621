// SPDX-License-Identifier: MIT
// Payloads of job events: parsing plus what is forced, defaulted and checked before they may be
// applied. Pure functions; any thread.
#pragma once

#include "base/result.h"
#include "ingest/config.h"
#include "ingest/event.h"
#include "schema/cluster.h"

#include <string_view>

namespace jobledger::ingest {

// The state is forced to running; everything else is as sent, and must pass schema::check_job():
// `conflict` if it does not, `invalid` for what no cluster would make good. What does not identify
// the job cannot refuse it: numNodes is the number of hosts, a sub-cluster that is none is
// assigned, texts that are too long are left out (event_texts.h).
Result<StartJob> parse_start_job(std::string_view json, const schema::Clusters& clusters,
                                 const LimitsConfig& limits, schema::UnknownMembers* unknown,
                                 schema::DroppedMembers& dropped);

// The stop time is demanded; any state will do.
Result<StopJob> parse_stop_job(std::string_view json, schema::UnknownMembers* unknown,
                               schema::DroppedMembers& dropped);

}  // namespace jobledger::ingest
