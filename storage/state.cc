// SPDX-License-Identifier: MIT
#include "storage/state.h"

namespace jobledger::storage {

void ParkedIndex::add(const EventOrigin& origin, std::int64_t job_id, std::int64_t received) {
  remove(origin);
  by_origin_.emplace(origin, Stop{job_id, received});
  by_time_.emplace(received, origin);
  by_job_id_[job_id].emplace(received, origin);
}

void ParkedIndex::remove(const EventOrigin& origin) {
  const auto found = by_origin_.find(origin);
  if (found == by_origin_.end()) return;
  const Stop stop = found->second;
  by_time_.erase({stop.received, origin});
  const auto job = by_job_id_.find(stop.job_id);
  job->second.erase({stop.received, origin});
  if (job->second.empty()) by_job_id_.erase(job);
  by_origin_.erase(found);
}

std::vector<EventOrigin> ParkedIndex::find(std::int64_t job_id) const {
  std::vector<EventOrigin> origins;
  if (const auto found = by_job_id_.find(job_id); found != by_job_id_.end()) {
    for (const auto& [received, origin] : found->second) origins.push_back(origin);
  }
  return origins;
}

}  // namespace jobledger::storage
