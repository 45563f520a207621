// SPDX-License-Identifier: MIT
#include "httpd/graphql/answer.h"

#include "base/log.h"

#include <charconv>

namespace jobledger::httpd {

Result<storage::jobs::JobPage> Answer::find_jobs(std::vector<storage::jobs::JobFilter> filters,
                                                 const storage::jobs::Order& order,
                                                 const storage::jobs::PageSpec& page) const {
  if (caller.visible_jobs) filters.push_back(*caller.visible_jobs);
  return storage::jobs::find_jobs(snapshot->jobs(), filters, order, page, now, stop);
}

const Answer& answer_of(const graphql::Context& context) { return context.host<Answer>(); }

graphql::Failure to_failure(const Error& error) {
  switch (error.kind) {
    case ErrorKind::not_found:
      return {error.detail, "NOT_FOUND"};
    case ErrorKind::invalid:
      return {error.detail, "BAD_USER_INPUT"};
    case ErrorKind::too_large:
      return {error.detail, "RESULT_TOO_LARGE"};
    case ErrorKind::conflict:
      return {error.detail, "CONFLICT"};
    case ErrorKind::unavailable:
      return {error.detail, "UNAVAILABLE"};
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
