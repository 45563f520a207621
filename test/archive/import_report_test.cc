// SPDX-License-Identifier: MIT
#include "archive/import_report.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace jobledger::archive {

TEST_CASE("reasons are counted by kind, and their number is bounded") {
  ProblemCount problems;
  problems.add("a", "resources[3].hwthreads[17]: found \"x\"");
  problems.add("b", "resources[12].hwthreads[0]: found \"something \xff else\"");
  problems.add("c", "unclosed \"quote");
  auto list = problems.by_count();
  REQUIRE(list.size() == 2);
  CHECK(list[0].reason == "resources[#].hwthreads[#]: found \"...\"");
  CHECK(list[0].count == 2);
  CHECK(list[0].example == "a: resources[3].hwthreads[17]: found \"x\"");
  for (int i = 0; i < 500; ++i)
    problems.add("d", "made up " + std::string(1 + static_cast<std::size_t>(i), 'x'));
  CHECK(problems.total() == 503);
  CHECK(problems.by_count().size() <= 65);
}

TEST_CASE("progress is a bar on a terminal and a line every few seconds elsewhere") {
  using std::chrono::milliseconds;
  const ProgressPrinter::Instant start{};
  ImportProgress progress;
  progress.units = 10;
  progress.units_done = 5;
  progress.found = 5000;
  std::string out;
  const auto write = [&](std::string_view text) { out += text; };

  ProgressPrinter bar(true, write);
  bar.show(progress, start);
  CHECK(out.empty());
  bar.show(progress, start + milliseconds(1000));
  CHECK(out == "\r[###############---------------]  50%  5000 jobs, 5000/s, 0 skipped \x1b[K");
  bar.show(progress, start + milliseconds(1100));
  CHECK(std::count(out.begin(), out.end(), '\r') == 1);
  bar.end();
  CHECK(out.back() == '\n');

  out.clear();
  ProgressPrinter lines(false, write);
  lines.show(progress, start);
  lines.show(progress, start + milliseconds(4900));
  CHECK(out.empty());
  lines.show(progress, start + milliseconds(5000));
  CHECK(out == "import: 5000 jobs read, 50% of the tree, 1000 per second, 0 skipped\n");
  lines.end();
  CHECK(out.back() == '\n');
  CHECK(std::count(out.begin(), out.end(), '\n') == 1);
}

}  // namespace jobledger::archive
