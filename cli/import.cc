// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/json_view.h"
#include "cli/table.h"
#include "schema/json_write.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace jobledger::cli {
namespace {

using schema::JsonValue;
using namespace std::chrono_literals;

void pause(std::chrono::milliseconds time) {
  boost::asio::io_context loop(1);
  boost::asio::steady_timer timer(loop, time);
  timer.wait();
}

std::string progress(JsonValue status) {
  return fmt::format("{} found, {} imported, {} known before, {} skipped",
                     number_at(status, "total"), number_at(status, "imported"),
                     number_at(status, "unchanged"), number_at(status, "skipped"));
}

int finish(JsonValue status) {
  fmt::print("{}\n", progress(status));
  const JsonValue reasons = at(status, "skipped_because");
  if (reasons.type() == schema::JsonType::object) {
    const auto scanned = reasons.each_member([](std::string_view reason, JsonValue count) {
      fmt::print("  {:>8} skipped: {}\n", count.as_int64().value_or(0), printable(reason));
      return Result<void>();
    });
    static_cast<void>(scanned);
  }
  if (text_at(status, "state") == "failed") return fail(invalid(text_at(status, "error")));
  return kExitDone;
}

}  // namespace

int import_archive(const HttpClient& daemon, const std::filesystem::path& folder, bool wait) {
  std::error_code ec;
  const auto path = std::filesystem::absolute(folder, ec).lexically_normal();
  if (ec) return fail(io_error(folder.string() + ": " + ec.message()));
  std::string request = "{\"path\":";
  schema::write_json_string(request, path.native());
  auto started = daemon.post("/api/import", request + "}");
  if (!started) return fail(started.error());
  if (!wait) return kExitDone;
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  for (auto due = std::chrono::steady_clock::now() + 5s;; pause(200ms)) {
    auto body = daemon.get("/api/import");
    if (!body) return fail(body.error());
    auto status = parse_answer(*body);
    if (!status) return fail(status.error());
    const bool running = text_at(*status, "state") == "running";
    if (terminal) fmt::print("\r\033[K");
    if (!running) return finish(*status);
    if (terminal) {
      fmt::print("{}", progress(*status));
    } else if (std::chrono::steady_clock::now() >= due) {
      fmt::print("{}\n", progress(*status));
      due += 5s;
    }
    std::fflush(stdout);
  }
}

}  // namespace jobledger::cli
