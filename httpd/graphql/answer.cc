// SPDX-License-Identifier: MIT
#include "httpd/graphql/answer.h"

#include "base/log.h"
#include "httpd/discreet.h"

#include <charconv>

namespace jobledger::httpd {

Result<storage::jobs::JobPage> Answer::find_jobs(std::vector<storage::jobs::JobFilter> filters,
                                                 const storage::jobs::Order& order,
                                                 const storage::jobs::PageSpec& page) const {
  if (caller.visible_jobs) filters.push_back(*caller.visible_jobs);
  return storage::jobs::find_jobs(snapshot->jobs(), filters, order, page, now, reading.stop.flag);
}

Result<std::vector<archive::JobVersion>> Answer::read_jobs(
    std::vector<storage::jobs::JobFilter> filters, std::size_t most, std::string_view field) const {
  storage::jobs::Order by_start;
  by_start.column = storage::jobs::OrderColumn::start_time;
  storage::jobs::PageSpec all;
  all.limit = most + 1;
  all.want_count = false;
  TRY(const storage::jobs::JobPage page, find_jobs(std::move(filters), by_start, all));
  if (page.items.size() > most) {
    return Error{ErrorKind::too_large, std::string(field) + ": more than " + std::to_string(most) +
                                           " jobs: filter for fewer"};
  }
  TRY(auto jobs, snapshot->read_jobs(page.items));
  std::vector<archive::JobVersion> versions;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    versions.push_back({std::move(jobs[i]), page.items[i].revision});
  return versions;
}

Result<archive::JobVersion> Answer::get_job(std::string_view text) const {
  const auto id = parse_id(text);
  if (!id) return invalid("job: the id \"" + std::string(text) + "\" is not a number");
  storage::jobs::JobFilter only;
  only.ids = {*id};
  TRY(auto found, read_jobs({std::move(only)}, 1, "job"));
  if (found.empty()) return Error{ErrorKind::not_found, "no job with id " + std::string(text)};
  return std::move(found.front());
}

Result<archive::JobMetrics*> Answer::job_metrics() const {
  if (metrics == nullptr) return Error{ErrorKind::unavailable, "metrics cannot be read now"};
  return metrics;
}

const Answer& answer_of(const graphql::Context& context) { return context.host<Answer>(); }

graphql::Failure to_failure(const Error& error) {
  switch (error.kind) {
    case ErrorKind::not_found:
      return {without_places(error.detail), "NOT_FOUND"};
    case ErrorKind::invalid:
      return {without_places(error.detail), "BAD_USER_INPUT"};
    case ErrorKind::too_large:
      return {without_places(error.detail), "RESULT_TOO_LARGE"};
    case ErrorKind::conflict:
      return {without_places(error.detail), "CONFLICT"};
    case ErrorKind::unavailable:
      return {without_places(error.detail), "UNAVAILABLE"};
    case ErrorKind::cancelled:
      return {"the request was cancelled", "CANCELLED"};
    case ErrorKind::corrupt:
    case ErrorKind::io:
    case ErrorKind::internal:
      break;
  }
  LOG(error, "graphql", "a field failed: {}: {}", to_string(error.kind), error.detail);
  return {"internal error: the log of the server has the details", "INTERNAL"};
}

std::optional<std::int64_t> parse_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace jobledger::httpd
