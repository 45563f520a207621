// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/job_view.h"
#include "cli/json_view.h"

#include <fmt/format.h>

#include <cstdio>

namespace jobledger::cli {
namespace {

using Format = Result<JobText> (*)(std::string_view);

// nullopt: printed as JSON.
Result<std::optional<JobText>> ask(const HttpClient& daemon, std::string request, bool json,
                                   Format format) {
  TRY(const std::string answer, daemon.post("/query", std::move(request)));
  if (std::string failed = error_text(answer); !failed.empty()) return invalid(std::move(failed));
  if (json) {
    fmt::print("{}\n", answer);
    return std::optional<JobText>();
  }
  TRY(JobText text, format(answer));
  return std::optional<JobText>(std::move(text));
}

}  // namespace

int list_jobs(const HttpClient& daemon, const JobsOptions& options) {
  auto jobs = ask(daemon, list_request(options.selection, options.limit), options.json, list_text);
  if (!jobs) return fail(jobs.error());
  if (!*jobs) return kExitDone;
  fmt::print("{}", (*jobs)->text);
  if (std::cmp_less((*jobs)->shown, (*jobs)->count)) {
    fmt::print(stderr, "{} of {} jobs; --limit shows more\n", (*jobs)->shown, (*jobs)->count);
  }
  return kExitDone;
}

int show_job(const HttpClient& daemon, const JobsOptions& options) {
  auto jobs =
      ask(daemon, detail_request(options.selection, options.limit), options.json, detail_text);
  if (!jobs) return fail(jobs.error());
  if (!*jobs) return kExitDone;
  if ((*jobs)->shown == 0) {
    return fail({ErrorKind::not_found,
                 fmt::format("no job {} is known", options.selection.job_id.value_or(0))});
  }
  fmt::print("{}", (*jobs)->text);
  return kExitDone;
}

}  // namespace jobledger::cli
