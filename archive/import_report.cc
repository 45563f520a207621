// SPDX-License-Identifier: MIT
#include "archive/import_report.h"

#include "base/ascii.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace jobledger::archive {
namespace {

constexpr std::size_t kMaxReasonBytes = 160;
constexpr std::size_t kMaxExampleBytes = 400;
constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::chrono::seconds kLineEvery{5};
constexpr int kBarWidth = 30;

// The same fault in different places reads the same.
std::string class_of(std::string_view detail) {
  std::string out;
  for (std::size_t i = 0; i < detail.size() && out.size() < kMaxReasonBytes; ++i) {
    if (is_digit(detail[i])) {
      while (i + 1 < detail.size() && is_digit(detail[i + 1])) ++i;
      out += '#';
    } else if (detail[i] == '"') {
      const std::size_t end = detail.find('"', i + 1);
      if (end == std::string_view::npos) {
        out += "\"...";
        break;
      }
      out += "\"...\"";
      i = end;
    } else {
      out += detail[i];
    }
  }
  return out;
}

void append_problems(std::string& out, const std::vector<ImportProblem>& problems) {
  for (const ImportProblem& problem : problems)
    fmt::format_to(std::back_inserter(out), "  {:>9}  {}\n             such as {}\n", problem.count,
                   problem.reason, problem.example);
}

std::uint64_t sum_of(const std::vector<ImportProblem>& problems) {
  std::uint64_t sum = 0;
  for (const ImportProblem& problem : problems) sum += problem.count;
  return sum;
}

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

}  // namespace

void ProblemCount::add(std::string_view path, std::string_view detail) {
  std::string reason = class_of(detail);
  const std::lock_guard lock(mutex_);
  ++total_;
  auto at = reasons_.find(reason);
  if (at == reasons_.end()) {
    if (reasons_.size() >= kMaxReasons) reason = "other reasons";
    at = reasons_.try_emplace(reason).first;
  }
  ImportProblem& problem = at->second;
  if (problem.count++ > 0) return;
  problem.reason = std::move(reason);
  problem.example = fmt::format("{}: {}", path, detail).substr(0, kMaxExampleBytes);
}

std::vector<ImportProblem> ProblemCount::by_count() const {
  const std::lock_guard lock(mutex_);
  std::vector<ImportProblem> out;
  for (const auto& [reason, problem] : reasons_) out.push_back(problem);
  std::stable_sort(out.begin(), out.end(), [](const ImportProblem& a, const ImportProblem& b) {
    return a.count > b.count;
  });
  return out;
}

std::uint64_t ProblemCount::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

std::string format_report(const ImportReport& report) {
  std::string out =
      fmt::format("imported {} of {} jobs in {:.1f} s ({:.0f} per second), {} were there already\n",
                  report.imported, report.found, report.took.count(),
                  per_second(report.found, report.took.count()), report.unchanged);
  if (report.skipped > 0) {
    fmt::format_to(std::back_inserter(out), "skipped {} jobs:\n", report.skipped);
    append_problems(out, report.skipped_because);
  }
  if (!report.ignored.empty()) {
    fmt::format_to(std::back_inserter(out), "ignored {} entries that are no jobs:\n",
                   sum_of(report.ignored));
    append_problems(out, report.ignored);
  }
  return out;
}

ProgressPrinter::ProgressPrinter(bool terminal, std::function<void(std::string_view)> write)
    : terminal_(terminal), write_(std::move(write)) {}

ProgressPrinter ProgressPrinter::to_stderr() {
  return ProgressPrinter(::isatty(STDERR_FILENO) == 1, [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  });
}

void ProgressPrinter::show(const ImportProgress& progress, Instant now) {
  if (!begun_) {
    begun_ = true;
    begin_ = last_ = now;
    return;
  }
  if (now - last_ < (terminal_ ? std::chrono::milliseconds(kRedraw) : kLineEvery)) return;
  last_ = now;
  const double part = progress.units == 0 ? 0
                                          : static_cast<double>(progress.units_done) /
                                                static_cast<double>(progress.units);
  const double rate =
      per_second(progress.found, std::chrono::duration<double>(now - begin_).count());
  if (!terminal_) {
    write_(fmt::format("import: {} jobs read, {:.0f}% of the tree, {:.0f} per second, {} skipped\n",
                       progress.found, part * 100, rate, progress.skipped));
    return;
  }
  drawn_ = true;
  const auto full = static_cast<std::size_t>(part * kBarWidth);
  write_(fmt::format("\r[{:-<{}}] {:3.0f}%  {} jobs, {:.0f}/s, {} skipped \x1b[K",
                     std::string(full, '#'), kBarWidth, part * 100, progress.found, rate,
                     progress.skipped));
}

void ProgressPrinter::end() {
  if (drawn_) write_("\n");
  drawn_ = false;
}

}  // namespace jobledger::archive
