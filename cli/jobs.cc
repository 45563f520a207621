// SPDX-License-Identifier: MIT
#include "base/printable.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/job_view.h"

#include <fmt/format.h>

#include <cstdio>

namespace jobledger::cli {

int list_jobs(const HttpClient& daemon, const JobsOptions& options) {
  auto answer = daemon.post("/query", list_request(options.selection, options.limit));
  if (!answer) return fail(answer.error());
  auto jobs = list_text(*answer);
  if (!jobs) return fail(jobs.error());
  if (options.json) {
    fmt::print("{}\n", printable_json(*answer));
    return kExitDone;
  }
  fmt::print("{}", jobs->text);
  if (std::cmp_less(jobs->shown, jobs->count)) {
    fmt::print(stderr, "{} of {} jobs; --limit shows more\n", jobs->shown, jobs->count);
  }
  return kExitDone;
}

}  // namespace jobledger::cli
