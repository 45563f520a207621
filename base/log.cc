// SPDX-License-Identifier: MIT
#include "base/log.h"

#include "base/printable.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace jobledger {
namespace {

std::atomic<int> threshold{static_cast<int>(LogLevel::info)};

bool journal_reads_us() {
  static const bool yes = std::getenv("JOURNAL_STREAM") != nullptr;
  return yes;
}

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error ";
    case LogLevel::warning:
      return "warning ";
    case LogLevel::info:
      return "";
    case LogLevel::debug:
      return "debug ";
  }
  return "";
}

}  // namespace

void set_log_level(LogLevel level) { threshold = static_cast<int>(level); }
bool log_enabled(LogLevel level) { return static_cast<int>(level) <= threshold; }

void write_log_line(LogLevel level, std::string_view area, std::string_view text) {
  std::string line;
  line.reserve(area.size() + text.size() + 16);
  if (journal_reads_us()) {
    line += '<';
    line += static_cast<char>('0' + static_cast<int>(level));
    line += '>';
  } else {
    line += level_name(level);
  }
  line += area;
  line += ": ";
  std::string one_line(text);
  std::replace_if(
      one_line.begin(), one_line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; },
      ' ');
  line += printable(one_line);
  line += '\n';
  // A log line that cannot be written has nowhere else to go.
  [[maybe_unused]] auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

long LogGate::pass(long interval_seconds) {
  using namespace std::chrono;
  const long now = duration_cast<seconds>(steady_clock::now().time_since_epoch()).count();
  long next = next_.load();
  if (now < next || !next_.compare_exchange_strong(next, now + interval_seconds)) {
    ++held_;
    return -1;
  }
  return held_.exchange(0);
}

void check_failed(std::string_view condition, std::string_view file, int line,
                  std::string_view why) {
  write_log_line(LogLevel::error, "check",
                 fmt::format("{}:{}: {} failed: {}", file, line, condition, why));
  std::abort();
}

}  // namespace jobledger
