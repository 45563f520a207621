// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/json_view.h"
#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace jobledger::cli {
namespace {

using schema::JsonType;
using schema::JsonValue;

void line(std::string_view name, std::string_view text) {
  if (!text.empty()) fmt::print("{:<16}{}\n", name, printable(text));
}

void print_log(JsonValue ingest) {
  std::string log = text_at(ingest, "mode");
  if (const auto stream = text_at(ingest, "stream"); !stream.empty()) log += " " + stream;
  line("log", log);
  // The stream's end was heard of a moment ago; we may be past it.
  const auto position = number_at(ingest, "position");
  line("position", fmt::format("{} of {} ({} behind)", position,
                               std::max(position, number_at(ingest, "last_sequence")),
                               number_at(ingest, "lag")));
  line("log problem", text_at(ingest, "problem"));
  if (const auto missed = number_at(ingest, "missed_messages"); missed > 0) {
    line("missed", fmt::format("{} messages had left the stream before we saw them", missed));
  }
}

void print_status(JsonValue status) {
  const bool ready = text_at(status, "ready") == "true";
  line("jobledgerd",
       fmt::format("{}, {}, up {}", text_at(status, "version"), ready ? "ready" : "not ready",
                   format_duration(number_at(status, "uptime_seconds"))));
  const JsonValue reasons = at(status, "reasons");
  if (reasons.type() == JsonType::array) {
    const auto scanned = reasons.each_element([](std::size_t, JsonValue reason) {
      if (auto text = reason.as_string()) line("not ready", *text);
      return Result<void>();
    });
    static_cast<void>(scanned);
  }
  print_log(at(status, "ingest"));
  const JsonValue jobs = at(status, "jobs");
  if (jobs.is_null()) return;  // still loading
  line("jobs", fmt::format("{} in the index, {} running, {} waiting for the archive",
                           number_at(jobs, "total"), number_at(jobs, "running"),
                           number_at(jobs, "archive_due")));
  line("dead letters",
       fmt::format("{} kept, {} dropped for want of room", number_at(status, "dead_letters"),
                   number_at(status, "dead_letters_dropped")));
  line("parked stops", fmt::format("{}", number_at(status, "parked_stops")));
  line("memory",
       format_bytes(static_cast<std::uint64_t>(number_at(status, "memory.resident_bytes"))));
}

}  // namespace

int fail(const Error& error) {
  fmt::print(stderr, "jobledger: {}\n", printable(error.detail));
  return error.kind == ErrorKind::unavailable ? kExitUnreachable : kExitFailed;
}

int show_status(const HttpClient& daemon, bool json) {
  auto answer = daemon.get("/api/status");
  if (!answer) return fail(answer.error());
  if (json) {
    fmt::print("{}", *answer);
    return kExitDone;
  }
  auto status = parse_answer(*answer);
  if (!status) return fail(status.error());
  print_status(*status);
  return text_at(*status, "ready") == "true" ? kExitDone : kExitFailed;
}

}  // namespace jobledger::cli
