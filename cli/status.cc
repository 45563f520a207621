// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/json_view.h"
#include "cli/status_view.h"
#include "cli/table.h"
#include "cli/terminal.h"

#include <fmt/format.h>

#include <cstdio>

namespace jobledger::cli {
namespace {

int show_unmatched(const HttpClient& daemon, bool json) {
  auto answer = daemon.get("/api/unmatched");
  if (!answer) return fail(answer.error());
  if (json) {
    fmt::print("{}", printable_json(*answer));
    return kExitDone;
  }
  auto report = parse_answer(*answer);
  if (!report) return fail(report.error());
  fmt::print("{}", unmatched_text(*report, find_terminal()));
  return kExitDone;
}

int show_set_aside(const HttpClient& daemon, bool json) {
  auto answer = daemon.get("/api/set-aside");
  if (!answer) return fail(answer.error());
  if (json) {
    fmt::print("{}", *answer);
    return kExitDone;
  }
  auto list = parse_answer(*answer);
  if (!list) return fail(list.error());
  fmt::print("{}", set_aside_text(*list));
  return kExitDone;
}

}  // namespace

int fail(const Error& error) {
  fmt::print(stderr, "jobledger: {}\n", printable(error.detail));
  return error.kind == ErrorKind::unavailable ? kExitUnreachable : kExitFailed;
}

int show_status(const HttpClient& daemon, const StatusOptions& options) {
  if (options.unmatched) return show_unmatched(daemon, options.json);
  if (options.set_aside) return show_set_aside(daemon, options.json);
  auto answer = daemon.get("/api/status");
  if (!answer) return fail(answer.error());
  auto status = parse_answer(*answer);
  if (!status) return fail(status.error());
  if (options.json) {
    fmt::print("{}", printable_json(*answer));
  } else {
    fmt::print("{}", status_text(*status));
  }
  return text_at(*status, "ready") == "true" ? kExitDone : kExitFailed;
}

}  // namespace jobledger::cli
