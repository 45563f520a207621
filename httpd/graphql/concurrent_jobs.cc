// SPDX-License-Identifier: MIT
#include "httpd/graphql/job_fields.h"

#include <algorithm>

namespace jobledger::httpd {
namespace jobs = storage::jobs;

namespace {

constexpr std::int64_t kMinDuration = 600;  // of the job itself, seconds
constexpr std::int64_t kMinOverlap = 200;   // at either end, seconds

std::vector<jobs::JobFilter> candidates(const schema::Job& job, std::int64_t end) {
  jobs::JobFilter filter;
  filter.cluster = jobs::StringMatch{jobs::StringMatch::Kind::eq, {job.cluster}};
  filter.node.emplace();
  filter.node->kind = jobs::StringMatch::Kind::in;
  for (const auto& resource : job.resources) filter.node->values.push_back(resource.hostname);
  filter.start_time.to = end - kMinOverlap;
  return {filter};
}

}  // namespace

std::int64_t live_duration(const schema::Job& job, std::int64_t now) {
  return job.is_running() ? std::max<std::int64_t>(now - job.start_time, 0) : job.duration;
}

Result<std::optional<JobLinks>> concurrent_jobs(const schema::Job& job, const Answer& answer) {
  const std::int64_t duration = live_duration(job, answer.now);
  if (job.shared == schema::Sharing::none || duration <= kMinDuration || job.resources.empty()) {
    return std::optional<JobLinks>();
  }
  const std::int64_t start = job.start_time, end = start + duration;
  jobs::Order by_start;
  by_start.column = jobs::OrderColumn::start_time;
  jobs::PageSpec all;
  all.limit.reset();
  all.want_count = false;
  TRY(const jobs::JobPage page, answer.find_jobs(candidates(job, end), by_start, all));

  const jobs::View& view = answer.snapshot->jobs();
  JobLinks links;
  links.list_query = "cluster=" + job.cluster;
  for (const jobs::JobRef& ref : page.items) {
    if (ref.id == job.id) continue;
    const auto row = view.find(ref.id);
    if (!row) return Error{ErrorKind::corrupt, "job " + std::to_string(ref.id) + " has no row"};
    const bool running = row->state == schema::JobState::running;
    const bool overlaps = running || (row->start_time < end - kMinOverlap &&
                                      row->start_time + row->duration > start + kMinOverlap);
    if (!overlaps || ++links.count > answer.limits->max_concurrent_jobs) continue;
    links.items.push_back({ref.id, row->job_id});
    links.list_query += "&jobId=" + std::to_string(row->job_id);
  }
  return std::optional(std::move(links));
}

}  // namespace jobledger::httpd
