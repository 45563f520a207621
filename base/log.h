// SPDX-License-Identifier: MIT
// One line per event on stderr: "area: what happened key=value", with the syslog priority in front
// when the journal reads us. Levels: error = we broke a promise, warning = peer or input broke it,
// info = life-cycle and summaries, debug = per request.
//
// Executor: any thread; a line is written by one write(2). Include from .cc files only.
#pragma once

#include <fmt/core.h>
#include <fmt/format.h>

#include <atomic>
#include <string>
#include <string_view>

namespace jobledger {

enum class LogLevel { error = 3, warning = 4, info = 6, debug = 7 };

void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
void write_log_line(LogLevel level, std::string_view area, std::string_view text);

// True once per interval for each call site's gate: what repeats is logged sparsely and counted.
class LogGate {
 public:
  // How many were held back since the last one let through; -1 when this one is held back too.
  long pass(long interval_seconds = 10);

 private:
  std::atomic<long> next_{0};
  std::atomic<long> held_{0};
};

[[noreturn]] void check_failed(std::string_view condition, std::string_view file, int line,
                               std::string_view why);

}  // namespace jobledger

// Arguments are not evaluated when the level is off.
#define LOG(level, area, ...)                                                                      \
  do {                                                                                             \
    if (::jobledger::log_enabled(::jobledger::LogLevel::level))                                    \
      ::jobledger::write_log_line(::jobledger::LogLevel::level, area, ::fmt::format(__VA_ARGS__)); \
  } while (false)

// Stays on in release builds: a broken invariant stops the process with the reason.
#define CHECK(condition, ...)                                                                \
  do {                                                                                       \
    if (!(condition)) [[unlikely]]                                                           \
      ::jobledger::check_failed(#condition, __FILE__, __LINE__, ::fmt::format(__VA_ARGS__)); \
  } while (false)
