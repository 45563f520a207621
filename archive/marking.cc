// SPDX-License-Identifier: MIT
#include "archive/marking.h"

#include "schema/job_check.h"

namespace jobledger::archive {

MarkOutcome mark_archived(storage::Update& update, const std::vector<Archived>& jobs) {
  MarkOutcome outcome;
  for (const Archived& job : jobs) {
    auto now = update.get_job(job.read->id);
    if (!now) {
      outcome.failed.emplace_back(job.read->id, std::move(now).error());
      continue;
    }
    if (*now != *job.read) {
      ++outcome.changed;
      continue;
    }
    auto replaced = update.replace_job(job.written);
    if (replaced)
      ++outcome.archived;
    else
      outcome.failed.emplace_back(job.read->id, std::move(replaced).error());
  }
  return outcome;
}

schema::Job finished_form(const schema::Job& job, const schema::Clusters& clusters) {
  schema::Job out = job;
  out.monitoring_status = schema::MonitoringStatus::archived;
  schema::derive_footprint_and_energy(out, clusters);
  return out;
}

}  // namespace jobledger::archive
