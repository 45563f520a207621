// SPDX-License-Identifier: MIT
#include "cli/advice.h"
#include "cli/json_view.h"
#include "cli/report_json.h"
#include "cli/report_query.h"
#include "cli/report_read.h"
#include "cli/report_text.h"
#include "cli/usage.h"
#include "report_fixture.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace jobledger;
using namespace jobledger::cli;

namespace {

JobReport recorded_report() {
  JobReport report;
  auto jobs = read_jobs(kJobsAnswer);
  REQUIRE_MESSAGE(jobs, jobs.error().detail);
  REQUIRE(jobs->jobs.size() == 1);
  CHECK(jobs->count == 1);
  report.facts = jobs->jobs.front();
  auto hardware = read_hardware(kHardwareAnswer);
  REQUIRE_MESSAGE(hardware, hardware.error().detail);
  REQUIRE(hardware->size() == 1);
  report.hardware = hardware->front().hardware;
  auto read = read_metrics(kMetricsAnswer, hardware->front().metrics, report);
  REQUIRE_MESSAGE(read, read.error().detail);
  return report;
}

JobReport judged(JobReport report) {
  judge_usage(report);
  report.advice = advise(report);
  return report;
}

std::string plain(const JobReport& report, std::size_t width = 80) {
  return report_text(report, {{width, false, false}, 16});
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    widest = std::max(widest, end - at);
    at = end + 1;
  }
  return widest;
}

}  // namespace

TEST_CASE("a job's answer is read with all that is known") {
  const JobFacts facts = recorded_report().facts;
  CHECK(facts.id == 42);
  CHECK(facts.array_job_id == 3);
  CHECK(facts.neighbours == 2);
  CHECK_FALSE(facts.alone());
  CHECK(facts.resources.size() == 2);
  CHECK(facts.resources[0].hostname == "n02");
  CHECK(facts.resources[0].threads == 4);
  CHECK(facts.energy_parts ==
        std::vector<std::pair<std::string, double>>{{"CPU", 0.5}, {"Accelerator", 1}});
  CHECK(facts.tags == std::vector<std::string>{"app:sim", "x:y (eve)"});
  CHECK(facts.asked_memory_gb == doctest::Approx(20 * 1.073741824));
}

TEST_CASE("metrics are read in the order of the configuration, nodes in that of the job") {
  const JobReport report = recorded_report();
  REQUIRE(report.metrics.size() == 4);
  CHECK(report.hardware.threads() == 64);
  CHECK(report.hardware.accelerator == "A100");
  const ReportMetric& cpu = report.metrics[0];
  CHECK(cpu.name == "cpu_user");
  CHECK_FALSE(cpu.whole_node);
  REQUIRE(cpu.nodes.size() == 2);
  CHECK(cpu.nodes[0].hostname == "n02");
  CHECK(cpu.nodes[1].extent.max == 30);
  CHECK(cpu.accelerators.empty());  // hwthreads are none
  REQUIRE(cpu.curve.values.size() == 10);
  CHECK(cpu.curve.values[0] == 25);
  CHECK(std::isnan(cpu.curve.values[5]));
  CHECK(*report.coverage(cpu) == doctest::Approx(0.9));  // by the values, as it is not said
  const ReportMetric& memory = report.metrics[1];
  CHECK(memory.whole_node);
  CHECK(memory.nodes.size() == 1);  // a node without samples has no zeros
  CHECK(*report.coverage(memory) == doctest::Approx(0.3));
  CHECK(memory.curve.values == std::vector<double>{1, 2, 3, 2, 2, 2});
  const ReportMetric& gpu = report.metrics[2];
  REQUIRE(gpu.accelerators.size() == 2);
  CHECK(gpu.accelerators[0].id == "00:01");
  CHECK(report.metrics[3].nodes.empty());  // there is no node scope of it
}

TEST_CASE("of many nodes one curve comes, which may be of medians only") {
  JobReport report;
  const std::vector<MetricSettings> settings{{"a", {}, "node", 60, 1, false},
                                             {"b", {}, "node", 60, 1, false}};
  REQUIRE(read_metrics(R"({"data":{"nodes":[
    {"name":"a","scope":"node","metric":{"timestep":60,"series":[{"hostname":"n01","coverage":1,
     "statistics":{"min":1,"avg":2,"max":3}}],"statisticsSeries":{"mean":[1,null],"median":[7]}}},
    {"name":"b","scope":"node","metric":{"timestep":60,"series":[{"hostname":"n01",
     "statistics":{"min":1,"avg":2,"max":3}}],"statisticsSeries":{"mean":[],"median":[7]}}}]}})",
                       settings, report));
  CHECK(report.metrics[0].curve.values.size() == 2);
  CHECK(report.metrics[0].curve.values[0] == 1);
  CHECK(report.metrics[1].curve.values == std::vector<double>{7});
  CHECK_FALSE(report.coverage(report.metrics[1]));
}

TEST_CASE("of an archived job with few samples no number is told, however many nodes it has") {
  std::string sparse, empty;
  JobReport report;
  report.facts.state = "completed";
  report.facts.duration = 3600;
  report.facts.nodes = 32;
  for (int i = 0; i < 32; ++i) {
    const std::string host = "n" + std::to_string(10 + i);
    report.facts.resources.push_back({host, 0, 0});
    const auto series = [&](const char* coverage, const char* mean) {
      return std::string(i == 0 ? "" : ",") + R"({"hostname":")" + host + R"(","coverage":)" +
             coverage + R"(,"statistics":{"min":0,"avg":)" + mean + R"(,"max":90}})";
    };
    sparse += series("0.05", i == 0 ? "0" : "90");
    empty += series("0", "0");
  }
  const auto metric = [](const char* name, const char* coverage, const std::string& series) {
    return std::string(R"({"name":")") + name +
           R"(","scope":"node","metric":{"timestep":60,"coverage":)" + coverage + R"(,"series":[)" +
           series + "]}}";
  };
  const std::vector<MetricSettings> settings{{"cpu_user", {}, "hwthread", 60, 100, false},
                                             {"mem_used", {}, "node", 60, 256, false}};
  REQUIRE(read_metrics(R"({"data":{"nodes":[)" + metric("cpu_user", "0.05", sparse) + "," +
                           metric("mem_used", "0", empty) + "]}}",
                       settings, report));
  CHECK(rules_of(report) == "");
  judge_usage(report);
  CHECK_FALSE(report.cpu);
  CHECK_FALSE(report.memory);
  CHECK_FALSE(is_sufficient(report, report.find("cpu_user")));
  CHECK(report_text(report, {}).find("insufficient data") != std::string::npos);
}

TEST_CASE("answers that are errors, or no answers, are told") {
  JobReport report;
  auto failed = read_jobs(R"({"errors":[{"message":"no"},{"message":"never"}],"data":null})");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().detail == "no; never");
  CHECK_FALSE(read_hardware("{}"));
  CHECK_FALSE(read_metrics("<html>", {}, report));
  CHECK_FALSE(read_metrics(R"({"errors":[{"message":"broken"}],"data":{"nodes":[]}})", {}, report));
}

TEST_CASE("what is asked fits the number of nodes and accelerators") {
  MetricQuestion question{42, {"cpu_user", "mem\"used"}, false, true, 60};
  auto request = metrics_request(question);
  CHECK(request.find(
            R"("variables":{"id":"42","metrics":["cpu_user","mem\"used"],"resolution":60})") !=
        std::string::npos);
  CHECK(request.find(" data ") != std::string::npos);
  CHECK(request.find("accelerators") == std::string::npos);
  question.accelerators = true;
  question.curves_of_nodes = false;
  request = metrics_request(question);
  CHECK(request.find(" data ") == std::string::npos);
  CHECK(request.find("accelerators: jobMetrics") != std::string::npos);
  CHECK(parse_answer(request));
  CHECK(parse_answer(hardware_request()));
}

TEST_CASE("a report tells what is known, and marks what is not") {
  CHECK(plain(judged(recorded_report())) ==
        R"(Job 7 on big: si?m
  user          eve, project abc
  state         completed
  started       2026-01-21 06:52:19
  time          0:10:00 of 0:20:00 (50 %)
  where         gpu, long
  hardware      2 nodes, 8 hardware threads, 2 accelerators A100; Fast
  nodes         n02(4 hwthreads)(1 accelerators) n01(4 hwthreads)(1
                accelerators)
  sharing       jobs of other users may run on the same nodes; 2 did
  energy        1.50 kWh (CPU 0.50, Accelerator 1.00)
  footprint     mem_used 31.5 (max)
  tags          app:sim, x:y (eve)
  array job     3
  slurmInfo     29 bytes; --json shows them
  qos           no?rmal
  monitoring    archived
  index id      42

Usage
  CPU           [######..........] 40 %: about 3.2 of 8 hardware threads busy
  memory        insufficient data (30 % of the samples)
  accelerators  [#######.........] 46 %: of 2 accelerators

Metrics
  METRIC           UNIT   MIN   AVG   MAX  KNOWN  OVER TIME
  cpu_user         %     10.0  40.0  80.0   90 %  -~=~~ ~~~~
  mem_used*        GB       -     -     -   30 %  insufficient data
  acc_utilization  %        0  46.0   100         ~~=~
  * of whole nodes, what other jobs did there included
)"
        "\nNodes, min/avg/max\n"
        "  NODE      cpu_user %    mem_used* GB  acc_utilization %\n"
        "  n02   40.0/60.0/80.0  1.00/2.00/3.00      80.0/90.0/100\n"
        "  n01   10.0/20.0/30.0               -        0/2.00/4.00\n"
        "\nAccelerators, min/avg/max\n"
        "  NODE  ACCELERATOR  acc_utilization %\n"
        "  n02   00:01            80.0/90.0/100\n"
        "  n01   00:02              0/2.00/4.00\n"
        "\nAdvice\n"
        "  ! 1 of its 2 accelerators is idle. Ask for 1, or see that the program uses\n"
        "    all.\n");
}

TEST_CASE("a report is no wider than its terminal") {
  JobReport report = good_report();
  for (int i = 0; i < 40; ++i) report.facts.tags.push_back("app:something");
  report = judged(report);
  for (const std::size_t width : {60u, 80u, 132u}) {
    CAPTURE(width);
    CHECK(widest_line(plain(report, width)) <= width);
  }
  CHECK(plain(report, 132).find("METRIC") != std::string::npos);
  CHECK(widest_line(plain(report, 132)) > 90);
}

TEST_CASE("columns of nodes that do not fit stand below") {
  const JobReport report = judged(good_report());
  const auto narrow = plain(report, 50), wide = plain(report, 132);
  const auto count = [](const std::string& text) {
    std::size_t found = 0;
    for (auto at = text.find("  NODE"); at != std::string::npos; at = text.find("  NODE", at + 1)) {
      ++found;
    }
    return found;
  };
  CHECK(count(wide) == 1);
  CHECK(count(narrow) > 1);
  CHECK(narrow.find("flops_any GF/s") != std::string::npos);
}

TEST_CASE("of many nodes those are shown that differ most") {
  JobReport report = good_report();
  report.facts.nodes = 40;
  report.facts.resources.clear();
  std::vector<double> means;
  for (int i = 0; i < 40; ++i) {
    report.facts.resources.push_back({"n" + std::to_string(100 + i), 0, 0});
    means.push_back(i == 20 ? 99 : i == 30 ? 71 : 90);
  }
  for (const char* metric : {"cpu_load", "cpu_user", "mem_used", "flops_any"}) {
    set_nodes(report, metric, means);
  }
  const auto text = plain(judged(report));
  CHECK(text.find("n120 ") != std::string::npos);
  CHECK(text.find("n130 ") != std::string::npos);
  CHECK(text.find("16 of 40") != std::string::npos);
  CHECK(text.find("and 8 more") != std::string::npos);
  const auto all = report_text(judged(report), {{80, false, false}, 1000});
  CHECK(all.find("16 of 40") == std::string::npos);
}

TEST_CASE("a job of which nothing was measured is not said to be idle") {
  JobReport report = good_report();
  for (auto& metric : report.metrics)
    metric = {metric.name, metric.unit, false, 60, 1, {}, {}, {}, {}};
  const auto text = plain(judged(report));
  CHECK(text.find("nothing was measured") != std::string::npos);
  CHECK(text.find("Too little was measured to judge.") != std::string::npos);
  CHECK(text.find("0 %") == text.find("50 %") + 1);  // of the time limit, and of nothing else
}

TEST_CASE("in the first minutes it is too early to judge") {
  JobReport report = good_report();
  report.facts.state = "running";
  report.facts.duration = 299;
  CHECK(plain(judged(report)).find("It is too early to judge.") != std::string::npos);
  report.facts.duration = 300;
  CHECK(plain(judged(report)).find("Nothing was found that could be done better.") !=
        std::string::npos);
}

TEST_CASE("what others use on a node is not held against what the job asked for") {
  JobReport report = good_report();
  report.facts.asked_memory_gb = 20;
  CHECK(plain(judged(report), 132).find("132 of 10.0 GB asked for on n01\n") != std::string::npos);
  report.facts.shared = "multi_user";
  report.facts.neighbours = 3;
  const auto text = plain(judged(report), 132);
  CHECK(text.find("132 of 256 GB there on n01, other") != std::string::npos);
}

TEST_CASE("metrics that could not be asked for leave the facts") {
  JobReport report = good_report();
  report.metrics.clear();
  report.metrics_problem = "no such field";
  const auto text = plain(judged(report));
  CHECK(text.find("metrics       no such field\n") != std::string::npos);
  CHECK(text.find("Advice") == std::string::npos);
}

TEST_CASE("a terminal that can gets blocks and colours") {
  const auto text = report_text(judged(good_report()), {{80, true, true}, 16});
  CHECK(text.find("█") != std::string::npos);
  CHECK(text.find("\033[1mUsage\033[0m") != std::string::npos);
  CHECK(plain(judged(good_report())).find('\033') == std::string::npos);
}

TEST_CASE("programs get the same facts") {
  const JobReport reports[] = {judged(recorded_report()), judged(good_report())};
  const auto json = reports_json(reports);
  auto document = parse_answer(json);
  REQUIRE_MESSAGE(document, document.error().detail);
  std::vector<schema::JsonValue> jobs;
  each(at(*document, "jobs"), [&jobs](auto job) { jobs.push_back(job); });
  REQUIRE(jobs.size() == 2);
  CHECK(number_at(jobs[0], "jobId") == 7);
  CHECK(number_at(jobs[0], "concurrentJobs") == 2);
  CHECK(at(jobs[0], "usage.cpu.share").as_double().value_or(0) == doctest::Approx(0.4));
  CHECK(at(jobs[0], "usage.memory").is_null());  // insufficient: no number
  CHECK(number_at(jobs[0], "usage.accelerators.measured") == 2);
  CHECK(text_at(jobs[1], "usage.memory.hostname") == "n01");
  std::vector<schema::JsonValue> metrics, advice;
  each(at(jobs[0], "metrics"), [&metrics](auto metric) { metrics.push_back(metric); });
  each(at(jobs[0], "advice"), [&advice](auto one) { advice.push_back(one); });
  REQUIRE(metrics.size() == 4);
  CHECK(text_at(metrics[0], "sufficient") == "true");
  CHECK(at(metrics[0], "curve").size() == 10);
  CHECK(text_at(metrics[1], "sufficient") == "false");
  CHECK(text_at(metrics[1], "otherJobsIncluded") == "true");
  CHECK(at(metrics[1], "avg").is_null());
  CHECK(at(metrics[2], "accelerators").size() == 2);
  REQUIRE(advice.size() == 1);
  CHECK(text_at(advice[0], "rule") == "idle_accelerators");
  CHECK(text_at(advice[0], "weight") == "problem");
}

TEST_CASE("numbers keep three digits that matter") {
  CHECK(format_number(0) == "0");
  CHECK(format_number(0.123) == "0.12");
  CHECK(format_number(9.994) == "9.99");
  CHECK(format_number(9.996) == "10.0");
  CHECK(format_number(99.94) == "99.9");
  CHECK(format_number(99.96) == "100");
  CHECK(format_number(12345.6) == "12346");
  CHECK(format_number(-5.5) == "-5.50");
}
