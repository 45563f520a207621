// SPDX-License-Identifier: MIT
// What an import did and did not do, for people.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::archive {

struct ImportProblem {
  std::string reason;  // numbers as #, quoted texts as "..."
  std::uint64_t count = 0;
  std::string example;  // "<path>: <the whole reason>"
};

// Counts problems by reason. Any thread.
class ProblemCount {
 public:
  void add(std::string_view path, std::string_view detail);
  std::vector<ImportProblem> by_count() const;  // most frequent first
  std::uint64_t total() const;

 private:
  // Hostile trees could make up reasons without end; beyond this they are counted together.
  static constexpr std::size_t kMaxReasons = 64;
  mutable std::mutex mutex_;
  std::map<std::string, ImportProblem, std::less<>> reasons_;
  std::uint64_t total_ = 0;
};

struct ImportProgress {
  bool running = false;
  std::uint64_t units = 0, units_done = 0;  // folders of up to a thousand job numbers
  std::uint64_t found = 0, imported = 0, unchanged = 0, skipped = 0;  // jobs
};

struct ImportReport {
  std::uint64_t found = 0;      // jobs' folders
  std::uint64_t imported = 0;   // new in the index
  std::uint64_t unchanged = 0;  // in the index with the same contents
  std::uint64_t skipped = 0;    // not taken, by reason:
  std::vector<ImportProblem> skipped_because;
  std::vector<ImportProblem> ignored;  // what is no job's folder
  std::chrono::duration<double> took{0};
};

// Some lines, each with its newline.
std::string format_report(const ImportReport& report);

// A bar that redraws itself on a terminal, else a line every few seconds.
class ProgressPrinter {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  ProgressPrinter(bool terminal, std::function<void(std::string_view)> write);
  // To stderr, as what it is.
  static ProgressPrinter to_stderr();

  void show(const ImportProgress& progress, Instant now);
  void end();  // leaves the line of the bar

 private:
  bool terminal_;
  std::function<void(std::string_view)> write_;
  bool begun_ = false, drawn_ = false;
  Instant begin_, last_;
};

}  // namespace jobledger::archive
