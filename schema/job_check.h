// SPDX-License-Identifier: MIT
// The checks and formulas that need a job's cluster: sub-cluster assignment, sanity, footprint and
// energy. Pure functions; the same for start events and for imports.
#pragma once

#include "base/result.h"
#include "schema/cluster.h"
#include "schema/job.h"

namespace jobledger::schema {

// Sets job.sub_cluster where it is empty and checks it where it is given, then all sanity rules, in
// the order and with the wording that the field knows: unknown cluster, sub-cluster, resources and
// user, counts, number of resources; last, that each resource names a host. Leaves the job
// unchanged on error.
Result<void> check_job(Job& job, const Clusters& clusters);

// From the job's statistics; without any, all three stay as they are.
// footprint: for each footprint metric of the sub-cluster the configured statistic under
// "<metric>_<kind>" (metrics without statistics are left out); energy_footprint and energy: for
// each power metric avg * nodes * hours / 1000 kWh, rounded to 2 decimals, and their rounded sum;
// what is beyond the range of a double is left out. Pre: check_job() passed.
void derive_footprint_and_energy(Job& job, const Clusters& clusters);

}  // namespace jobledger::schema
