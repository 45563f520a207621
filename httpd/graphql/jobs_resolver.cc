// SPDX-License-Identifier: MIT
#include "httpd/graphql/answer.h"
#include "httpd/graphql/bindings.h"
#include "httpd/graphql/filter_input.h"

#include <algorithm>
#include <limits>
#include <string>

namespace jobledger::httpd {
namespace jobs = storage::jobs;
using graphql::Args;
using graphql::Context;
using storage::JobPtr;

namespace {

struct JobList {
  std::vector<JobPtr> items;
  std::optional<std::uint64_t> count;
  std::optional<bool> has_next;
};

// Nothing but what was asked for is computed. One more than the limit is looked for, to tell a
// full answer from one that would be too long.
jobs::PageSpec page_spec(const PageRequest& request, const Context& context, std::size_t most) {
  jobs::PageSpec page;
  page.want_count = context.selects("count");
  if (!context.selects("items") && !context.selects("hasNextPage")) {
    page.limit = 0;
    return page;
  }
  const std::uint64_t bound = most + 1;
  page.limit = std::min(request.items_per_page.value_or(bound), bound);
  if (request.items_per_page) {
    const std::uint64_t size = *request.items_per_page, before = request.page - 1;
    constexpr auto kFar = std::numeric_limits<std::uint64_t>::max() / 2;
    page.offset = before > kFar / size ? kFar : before * size;
  }
  return page;
}

Result<JobList> list_jobs(const Args& args, const Context& context) {
  const Answer& answer = answer_of(context);
  TRY(const PageRequest request, page_request(args["page"]));
  TRY(const jobs::Order order, job_order(args["order"]));
  const std::size_t most = answer.limits->max_page_jobs;
  const jobs::PageSpec spec = page_spec(request, context, most);
  TRY(const jobs::JobPage page,
      answer.find_jobs(job_filters(args["filter"], answer.now), order, spec));
  if (page.items.size() > most) {
    return Error{ErrorKind::too_large, "jobs: more than " + std::to_string(most) +
                                           " jobs in one answer: ask for smaller pages, or filter"};
  }
  JobList list;
  list.count = page.count;
  list.has_next = request.items_per_page.has_value() && page.has_next;
  if (context.selects("items")) {
    TRY(list.items, answer.snapshot->read_jobs(page.items));
  }
  return list;
}

Result<JobPtr> find_job(const Args& args, const Context& context) {
  TRY(auto found, answer_of(context).get_job(args["id"].string()));
  return std::move(found.job);
}

}  // namespace

void bind_jobs(graphql::Binder& binder) {
  binder.type<QueryRoot>("Query")
      .concurrent("jobs", [](const QueryRoot&, const Args& args,
                             const Context& context) { return expected(list_jobs(args, context)); })
      .field("job", [](const QueryRoot&, const Args& args, const Context& context) {
        return expected(find_job(args, context));
      });
  binder.type<JobList>("JobResultList")
      .field(
          "items", [](const JobList& list) -> const auto& { return list.items; })
      .field("offset", [](const JobList&) { return std::optional<int>(); })
      .field("limit", [](const JobList&) { return std::optional<int>(); })
      .field("count", [](const JobList& list) { return list.count; })
      .field("hasNextPage", [](const JobList& list) { return list.has_next; });
}

}  // namespace jobledger::httpd
