// SPDX-License-Identifier: MIT
#include "cli/advice.h"

#include "cli/trend.h"
#include "cli/usage.h"
#include "report_fixture.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace jobledger;
using namespace jobledger::cli;

namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

// The first so many values, then others.
std::vector<double> steps(std::size_t first, double before, std::size_t then, double after) {
  std::vector<double> out(first, before);
  out.insert(out.end(), then, after);
  return out;
}

std::vector<double> line(std::size_t count, double from, double to) {
  std::vector<double> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(from + (to - from) * static_cast<double>(i) / static_cast<double>(count - 1));
  }
  return out;
}

std::string text_of(JobReport report, std::string_view rule) {
  judge_usage(report);
  for (const Advice& advice : advise(report)) {
    if (advice.rule == rule) return advice.text;
  }
  return {};
}

// On a part of one node, with 16 of its threads.
JobReport small_report() {
  JobReport report = good_report();
  report.facts.nodes = 1;
  report.facts.threads = 16;
  report.facts.resources = {{"n01", 16, 0}};
  set_nodes(report, "cpu_user", {90});
  set_nodes(report, "cpu_load", {16});
  set_nodes(report, "mem_used", {20});
  set_nodes(report, "flops_any", {100});
  return report;
}

}  // namespace

TEST_CASE("of good jobs there is nothing to say") {
  CHECK(rules_of(good_report()) == "");
  CHECK(rules_of(good_accelerated_report()) == "");
  CHECK(rules_of(small_report()) == "");
}

TEST_CASE("a job is short below its limit, once it has ended") {
  JobReport report = good_report();
  report.facts.walltime = 600;
  report.facts.duration = 120;
  CHECK(rules_of(report) == "");
  report.facts.duration = 119;
  CHECK(rules_of(report) == "short_job");
  report.facts.state = "running";
  CHECK(rules_of(report) == "");
}

TEST_CASE("the time limit is told when it is near, and when it struck") {
  JobReport report = good_report();
  report.facts.duration = 6839;  // 95 % of two hours are 6840 s
  CHECK(rules_of(report) == "");
  report.facts.duration = 6840;
  CHECK(rules_of(report) == "time_limit");
  report.facts.state = "running";
  CHECK(text_of(report, "time_limit") == "It will be ended by its time limit in 0:06:00.");
  report.facts.duration = 6839;
  CHECK(rules_of(report) == "");
  report.facts.duration = 1800;
  report.facts.state = "timeout";
  CHECK(rules_of(report) == "time_limit");
  report.facts.state = "completed";
  report.facts.walltime = 0;
  CHECK(rules_of(report) == "");
}

TEST_CASE("a time limit that is not needed is told of large ones") {
  JobReport report = good_report();
  report.facts.walltime = 4 * 3600;
  CHECK(rules_of(report) == "unused_time");
  report.facts.duration += 1;
  CHECK(rules_of(report) == "");
  report.facts.duration = 1700;
  report.facts.walltime = 7199;
  CHECK(rules_of(report) == "");
  report.facts.walltime = 7200;
  CHECK(rules_of(report) == "unused_time");
  report.facts.state = "failed";
  CHECK(rules_of(report) == "");
}

TEST_CASE("low use of CPU time is told, but not of a job that has just begun") {
  JobReport report = good_report();
  set_nodes(report, "cpu_user", {30, 30});
  CHECK(rules_of(report) == "");
  set_nodes(report, "cpu_user", {29, 29});
  CHECK(rules_of(report) == "low_cpu");
  CHECK(text_of(report, "low_cpu").find("29 % of its CPU time: about 41.8 of 144") !=
        std::string::npos);
  report.facts.duration = 299;
  report.facts.state = "running";
  CHECK(rules_of(report) == "");
}

TEST_CASE("of jobs with accelerators the CPU may be idle") {
  JobReport report = good_accelerated_report();
  set_nodes(report, "cpu_user", {1});
  CHECK(rules_of(report) == "");
}

TEST_CASE("a program that is not parallel is told from one that waits") {
  JobReport report = small_report();
  set_nodes(report, "cpu_user", {100.0 / 16});
  CHECK(rules_of(report) == "one_thread");
  set_nodes(report, "cpu_user", {100 * 1.6 / 16});
  CHECK(rules_of(report) == "low_cpu");
  set_nodes(report, "cpu_user", {100 * 0.4 / 16});
  CHECK(rules_of(report) == "low_cpu");
  report.facts.threads = report.facts.resources.front().threads = 3;
  set_nodes(report, "cpu_user", {33});
  CHECK(rules_of(report) == "");
}

TEST_CASE("idle nodes are named") {
  JobReport report = good_report();
  set_nodes(report, "cpu_user", {95, 4.9});
  CHECK(rules_of(report) == "idle_nodes");
  CHECK(
      text_of(report, "idle_nodes") ==
      "1 of its 2 nodes does nothing: n02. Ask for 1, or see that the program is started on all.");
  set_nodes(report, "cpu_user", {95, 5});
  CHECK(rules_of(report) == "imbalance");
  set_nodes(report, "cpu_user", {1, 1});  // all: not a matter of nodes
  CHECK(rules_of(report) == "low_cpu");
}

TEST_CASE("nodes are out of balance when the least busy one is far behind") {
  JobReport report = good_report();
  set_nodes(report, "cpu_user", {100, 61});
  CHECK(rules_of(report) == "");
  set_nodes(report, "cpu_user", {100, 60});
  CHECK(rules_of(report) == "imbalance");
  CHECK(text_of(report, "imbalance").find("100 % on n01, 60 % on n02") != std::string::npos);
}

TEST_CASE("a job that does nothing any more has stalled") {
  JobReport report = good_report();
  set_nodes(report, "cpu_user", {45, 45});
  set_curve(report, "cpu_user", steps(30, 90, 30, 1));
  CHECK(rules_of(report) == "stalled");
  report.facts.state = "running";
  CHECK(text_of(report, "stalled") ==
        "It has done nothing for the last 0:30:00: see whether it hangs, and cancel it if so.");
  // Too short in itself, and as a share of the job.
  set_curve(report, "cpu_user", steps(51, 90, 9, 1));
  CHECK(rules_of(report) == "");
  set_curve(report, "cpu_user", steps(49, 90, 11, 1));
  CHECK(rules_of(report) == "");
  set_curve(report, "cpu_user", steps(48, 90, 12, 1));
  CHECK(rules_of(report) == "stalled");
  // Not idle, or never busy.
  set_curve(report, "cpu_user", steps(30, 90, 30, 5));
  CHECK(rules_of(report) == "");
  set_curve(report, "cpu_user", steps(30, 19, 30, 1));
  CHECK(rules_of(report) == "");
}

TEST_CASE("with accelerators it is these that stall") {
  JobReport report = good_accelerated_report();
  set_curve(report, "cpu_user", steps(30, 90, 30, 1));
  CHECK(rules_of(report) == "");
  set_curve(report, "acc_utilization", steps(30, 90, 30, 0));
  CHECK(rules_of(report) == "stalled");
}

TEST_CASE("idle accelerators are counted") {
  JobReport report = good_accelerated_report();
  set_accelerators(report, "acc_utilization", {90, 90, 5, 90});
  CHECK(rules_of(report) == "");
  set_accelerators(report, "acc_utilization", {90, 0, 4.9, 90});
  CHECK(rules_of(report) == "idle_accelerators");
  CHECK(text_of(report, "idle_accelerators") ==
        "2 of its 4 accelerators are idle. Ask for 2, or see that the program uses all.");
  set_accelerators(report, "acc_utilization", {0, 0, 0, 0});
  CHECK(text_of(report, "idle_accelerators").starts_with("It does not use its 4 accelerators"));
}

TEST_CASE("accelerators that wait are told") {
  JobReport report = good_accelerated_report();
  set_accelerators(report, "acc_utilization", {40, 40, 40, 40});
  CHECK(rules_of(report) == "");
  set_accelerators(report, "acc_utilization", {39, 39, 39, 39});
  CHECK(rules_of(report) == "low_accelerators");
}

TEST_CASE("memory that was asked for and not used is told of large requests") {
  JobReport report = small_report();
  report.facts.asked_memory_gb = 88;
  CHECK(rules_of(report) == "unused_memory");  // at most 22
  report.facts.asked_memory_gb = 87;
  CHECK(rules_of(report) == "");
  set_nodes(report, "mem_used", {1});
  report.facts.asked_memory_gb = 15.9;
  CHECK(rules_of(report) == "");
  report.facts.asked_memory_gb = 16;
  CHECK(rules_of(report) == "unused_memory");
  report.facts.asked_memory_gb = 0;  // that a node has much is nobody's fault
  CHECK(rules_of(report) == "");
}

TEST_CASE("memory that is nearly full is told, against what was asked for or the node has") {
  JobReport report = good_report();
  set_nodes(report, "mem_used", {100, 0.95 * 256 / 1.1 + 0.01});
  CHECK(rules_of(report) == "full_memory");
  CHECK(text_of(report, "full_memory").find("243 GB of the 256 GB that the node has on n02") !=
        std::string::npos);
  set_nodes(report, "mem_used", {100, 0.95 * 256 / 1.1 - 0.01});
  CHECK(rules_of(report) == "");
  JobReport small = small_report();
  small.facts.asked_memory_gb = 23;
  CHECK(rules_of(small) == "full_memory");
  small.facts.asked_memory_gb = 24;
  CHECK(rules_of(small) == "");
  small.facts.state = "out_of_memory";  // says the same, and that it happened
  small.facts.asked_memory_gb = 23;
  CHECK(rules_of(small) == "out_of_memory");
}

TEST_CASE("memory that grows along a line may leak") {
  JobReport report = good_report();
  set_curve(report, "mem_used", line(60, 60, 120));
  CHECK(rules_of(report) == "memory_growth");
  set_curve(report, "mem_used", line(60, 85, 120));
  CHECK(rules_of(report) == "");
  set_curve(report, "mem_used", line(9, 60, 120));
  CHECK(rules_of(report) == "");
  // A step, of which a line explains three quarters, is no leak.
  set_curve(report, "mem_used", steps(30, 60, 30, 120));
  CHECK(rules_of(report) == "");
  report.facts.state = "running";
  set_curve(report, "mem_used", line(61, 60, 120));  // a GB a minute; 136 GB are left
  CHECK(text_of(report, "memory_growth").find("at this pace 256 GB are full in 2:16:00") !=
        std::string::npos);
}

TEST_CASE("memory of a node that others use is nobody's") {
  JobReport report = small_report();
  report.facts.asked_memory_gb = 88;
  report.facts.shared = "multi_user";
  report.facts.neighbours = 1;
  CHECK(rules_of(report) == "");
  report.facts.neighbours.reset();  // not known: perhaps
  CHECK(rules_of(report) == "");
  report.facts.neighbours = 0;
  CHECK(rules_of(report) == "unused_memory");
}

TEST_CASE("parts of several nodes that would fit on fewer are told") {
  JobReport report = good_report();
  report.facts.threads = 72;
  report.facts.resources = {{"n01", 36, 0}, {"n02", 36, 0}};
  CHECK(rules_of(report) == "fewer_nodes");
  report.facts.resources = {{"n01", 36, 0}, {"n02", 37, 0}};
  CHECK(rules_of(report) == "");
  report.facts.resources = {{"n01", 0, 0}, {"n02", 8, 0}};  // whole nodes are what was asked for
  CHECK(rules_of(report) == "");
}

TEST_CASE("failures that were not the program's are told") {
  JobReport report = good_report();
  report.facts.state = "node_fail";
  CHECK(rules_of(report) == "node_failure");
  report.facts.state = "failed";
  CHECK(rules_of(report) == "");
}

TEST_CASE("nodes of which nothing was heard are named, and not taken for idle ones") {
  JobReport report = good_report();
  for (const char* name : {"cpu_load", "cpu_user", "mem_used", "flops_any"}) {
    find_metric(report, name)->nodes.pop_back();
  }
  CHECK(rules_of(report) == "silent_nodes");
  CHECK(text_of(report, "silent_nodes").find("1 of its 2 nodes: n02") != std::string::npos);
}

TEST_CASE("what is known too little of is not judged") {
  JobReport report = good_report();
  set_nodes(report, "cpu_user", {10, 10});
  ReportMetric& cpu = *find_metric(report, "cpu_user");
  cpu.coverage = kEnoughCoverage;
  CHECK(rules_of(report) == "low_cpu");
  cpu.coverage = kEnoughCoverage - 0.01;
  CHECK(rules_of(report) == "");
  set_nodes(report, "cpu_load", {7, 7});  // then the load tells, of nodes without other jobs
  CHECK(rules_of(report) == "low_cpu");
  report.facts.shared = "multi_user";
  CHECK(rules_of(report) == "");
  judge_usage(report);
  CHECK_FALSE(report.cpu);
}

TEST_CASE("a node or accelerator of which too little is known is not called idle") {
  JobReport report = good_report();
  set_nodes(report, "cpu_user", {90, 0});
  CHECK(rules_of(report) == "idle_nodes");
  ReportMetric& cpu = *find_metric(report, "cpu_user");
  cpu.coverage = 0.6;
  cpu.nodes[1].coverage = kEnoughCoverage - 0.01;
  CHECK(rules_of(report) == "");
  set_nodes(report, "cpu_user", {90, 45});
  CHECK(rules_of(report) == "imbalance");
  cpu.nodes[1].coverage = kEnoughCoverage - 0.01;
  CHECK(rules_of(report) == "");

  report = good_accelerated_report();
  set_accelerators(report, "acc_utilization", {90, 0, 90, 90});
  CHECK(text_of(report, "idle_accelerators").find("1 of its 4 accelerators is idle. Ask for 3") ==
        0);
  find_metric(report, "acc_utilization")->accelerators[1].coverage = 0.1;
  CHECK(rules_of(report) == "");
  judge_usage(report);
  REQUIRE(report.accelerators);
  CHECK(report.accelerators->measured == 3);
  CHECK(report.accelerators->share == doctest::Approx(0.9));
  for (auto& part : find_metric(report, "acc_utilization")->accelerators) part.coverage = 0.1;
  CHECK(rules_of(report) == "");
  judge_usage(report);
  CHECK_FALSE(report.accelerators);
}

TEST_CASE("of all accelerators is spoken only where all were measured") {
  JobReport report = good_accelerated_report();
  set_accelerators(report, "acc_utilization", {0, 0, 0, 0});
  CHECK(text_of(report, "idle_accelerators").find("It does not use its 4 accelerators.") == 0);
  set_accelerators(report, "acc_utilization", {0});
  CHECK(
      text_of(report, "idle_accelerators").find("1 of its 4 accelerators is idle; of the others") ==
      0);
  set_accelerators(report, "acc_utilization", {0, 90});
  CHECK(text_of(report, "idle_accelerators").find("1 of its 4 accelerators is idle. Ask for 3") ==
        0);
}

TEST_CASE("coverage counts silent nodes, and is not known when some node's is not") {
  JobReport report = good_report();
  ReportMetric& metric = *find_metric(report, "cpu_user");
  metric.nodes[0].coverage = 0.5;
  CHECK(*report.coverage(metric) == doctest::Approx(0.75));
  metric.nodes.pop_back();
  CHECK(*report.coverage(metric) == doctest::Approx(0.25));
  metric.coverage = 0.3;
  CHECK(*report.coverage(metric) == doctest::Approx(0.3));
  metric.coverage.reset();
  metric.nodes[0].coverage.reset();
  CHECK_FALSE(report.coverage(metric));  // what an external store added up
  CHECK(is_sufficient(report, &metric));
  metric.nodes.clear();
  CHECK(*report.coverage(metric) == 0);
}

TEST_CASE("of a running job the latest samples are on their way") {
  JobReport report = good_report();
  ReportMetric& metric = *find_metric(report, "cpu_user");
  report.facts.duration = 240;
  metric.coverage = 0.5;
  CHECK(*known_share(report, metric) == 0.5);
  report.facts.state = "running";
  CHECK(*known_share(report, metric) == 1);
  report.facts.duration = 241;
  CHECK(*known_share(report, metric) == 0.5);
  metric.nodes.clear();  // nothing at all is not known
  report.facts.duration = 60;
  CHECK(*known_share(report, metric) == 0);
}

TEST_CASE("a line is found through gaps") {
  const Trend trend = linear_trend({60, {1, kGap, 3, 4, kGap}});
  CHECK(trend.samples == 3);
  CHECK(trend.first == doctest::Approx(1));
  CHECK(trend.last == doctest::Approx(4));
  CHECK(trend.per_second == doctest::Approx(1.0 / 60));
  CHECK(trend.explained == doctest::Approx(1));
  CHECK(linear_trend({60, {5}}).samples == 0);
  CHECK(linear_trend({60, {2, 2, 2}}).explained == 0);
}

TEST_CASE("silence at the end is not idleness") {
  CHECK(idle_end({60, {90, 90, kGap, kGap}}, 5).seconds == 0);
  CHECK(idle_end({60, {90, kGap, 1, kGap}}, 5).seconds == 60);
  CHECK(idle_end({60, {90, 1, kGap, 1}}, 5).seconds == 120);
  CHECK(idle_end({60, {90, 1}}, 5).was_busy);
  CHECK_FALSE(idle_end({60, {}}, 5).was_busy);
}

TEST_CASE("memory asked for stands in the scheduler's text") {
  struct Row {
    const char* text;
    double gb;
  };
  constexpr double kGibi = 1.073741824;
  for (const Row& row : {
           Row{"JobName=x ReqTRES=cpu=8,mem=20G,node=2,billing=8\nx", 20 * kGibi},
           Row{"AllocTRES=cpu=8,mem=2048M", 2 * kGibi},
           Row{"TRES=cpu=1,mem=1.5T", 1.5 * 1024 * kGibi},
           Row{"ReqTRES=cpu=1,mem=1024", kGibi},
           Row{"ReqTRES=cpu=1,mem=1048576K", kGibi},
           Row{"MinMemoryNode=3G MinTmpDiskNode=0", 6 * kGibi},
           Row{"MinMemoryCPU=1G", 8 * kGibi},
           Row{"MinMemoryNode=0", 0},
           Row{"ReqTRES=cpu=1,node=1 mem=7G", 0},
           Row{"ReqTRES=cpu=1,mem=G", 0},
           Row{"", 0},
       }) {
    CAPTURE(row.text);
    CHECK(asked_memory_gb(row.text, 2, 8) == doctest::Approx(row.gb));
  }
}
