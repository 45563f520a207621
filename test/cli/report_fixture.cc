// SPDX-License-Identifier: MIT
#include "report_fixture.h"

#include "cli/advice.h"
#include "cli/usage.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace jobledger::cli {
namespace {

constexpr std::size_t kSamples = 60;

ReportMetric make_metric(std::string name, schema::Unit unit, bool whole_node, double peak,
                         double level, const std::vector<NodeFacts>& nodes) {
  ReportMetric out;
  out.name = std::move(name);
  out.unit = std::move(unit);
  out.whole_node = whole_node;
  out.timestep = 60;
  out.peak = peak;
  for (const NodeFacts& node : nodes) {
    out.nodes.push_back({node.hostname, {}, {0.9 * level, level, 1.1 * level}, 1.0});
  }
  out.curve = {60, std::vector<double>(kSamples, level)};
  return out;
}

}  // namespace

JobReport good_report() {
  JobReport report;
  JobFacts& facts = report.facts;
  facts.id = 42;
  facts.job_id = 7;
  facts.cluster = "big";
  facts.sub_cluster = "main";
  facts.user = "eve";
  facts.state = "completed";
  facts.shared = "none";
  facts.start_time = "2026-01-21T06:52:19Z";
  facts.duration = 3600;
  facts.walltime = 7200;
  facts.nodes = 2;
  facts.threads = 144;
  facts.monitoring = 3;
  facts.resources = {{"n01", 0, 0}, {"n02", 0, 0}};
  report.hardware = {"Fast 36-core", "", 2, 36, 1};
  report.metrics = {
      make_metric("cpu_load", {"", ""}, true, 72, 70, facts.resources),
      make_metric("cpu_user", {"", ""}, false, 100, 90, facts.resources),
      make_metric("mem_used", {"B", "G"}, true, 256, 120, facts.resources),
      make_metric("flops_any", {"F/s", "G"}, false, 5600, 800, facts.resources),
  };
  return report;
}

JobReport good_accelerated_report() {
  JobReport report = good_report();
  report.facts.nodes = 1;
  report.facts.threads = 64;
  report.facts.accelerators = 4;
  report.facts.resources = {{"g01", 0, 4}};
  report.hardware = {"Fast 32-core", "A100", 2, 32, 1};
  const auto& nodes = report.facts.resources;
  report.metrics = {
      make_metric("cpu_user", {"", ""}, false, 100, 20, nodes),
      make_metric("mem_used", {"B", "G"}, true, 512, 120, nodes),
      make_metric("acc_utilization", {"", ""}, false, 100, 90, nodes),
      make_metric("acc_mem_used", {"B", "G"}, false, 40, 120, nodes),
  };
  set_accelerators(report, "acc_utilization", {88, 90, 91, 92});
  set_accelerators(report, "acc_mem_used", {30, 30, 30, 31});
  return report;
}

ReportMetric* find_metric(JobReport& report, std::string_view name) {
  const auto found = std::find_if(report.metrics.begin(), report.metrics.end(),
                                  [name](const ReportMetric& m) { return m.name == name; });
  REQUIRE(found != report.metrics.end());
  return &*found;
}

void set_nodes(JobReport& report, std::string_view metric, std::vector<double> means) {
  ReportMetric* const found = find_metric(report, metric);
  found->nodes.clear();
  for (std::size_t i = 0; i < means.size(); ++i) {
    const double mean = means[i];
    found->nodes.push_back(
        {report.facts.resources.at(i).hostname, {}, {0.9 * mean, mean, 1.1 * mean}, 1.0});
  }
}

void set_accelerators(JobReport& report, std::string_view metric, std::vector<double> means) {
  ReportMetric* const found = find_metric(report, metric);
  found->accelerators.clear();
  double sum = 0;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const double mean = means[i];
    sum += mean;
    found->accelerators.push_back({report.facts.resources.front().hostname,
                                   "00:0" + std::to_string(i),
                                   {0.9 * mean, mean, 1.1 * mean},
                                   1.0});
  }
  set_nodes(report, metric, {sum / static_cast<double>(means.size())});
}

void set_curve(JobReport& report, std::string_view metric, std::vector<double> values,
               std::int32_t step) {
  find_metric(report, metric)->curve = {step, std::move(values)};
}

std::string rules_of(JobReport report) {
  judge_usage(report);
  std::string out;
  for (const Advice& advice : advise(report)) {
    CHECK_FALSE(advice.text.empty());
    out += (out.empty() ? "" : " ") + advice.rule;
  }
  return out;
}

const std::string_view kJobsAnswer = R"({"data":{"jobs":{"count":1,"items":[
  {"id":42,"jobId":7,"arrayJobId":3,"cluster":"big","subCluster":"gpu","partition":"long",
   "user":"eve","project":"abc","state":"completed","shared":"multi_user",
   "startTime":"2026-01-21T06:52:19Z","duration":600,"walltime":1200,"numNodes":2,
   "numHWThreads":8,"numAcc":2,"SMT":1,"energy":1.5,"monitoringStatus":3,
   "concurrentJobs":{"count":2},
   "energyFootprint":[{"hardware":"CPU","value":0.4},{"hardware":"Accelerator","value":1},
                      {"hardware":"CPU","value":0.1}],
   "tags":[{"type":"app","name":"sim","scope":"global"},{"type":"x","name":"y","scope":"eve"}],
   "resources":[{"hostname":"n02","hwthreads":[0,1,2,3],"accelerators":["00:01"]},
                {"hostname":"n01","hwthreads":[0,1,2,3],"accelerators":["00:02"]}],
   "footprint":[{"name":"mem_used","stat":"max","value":31.5}],
   "metaData":{"jobName":"si\u0007m","slurmInfo":"ReqTRES=cpu=8,mem=20G,node=2\n","qos":"no\u0007rmal"}}]}}})";

const std::string_view kHardwareAnswer = R"({"data":{"clusters":[
  {"name":"other","subClusters":[]},
  {"name":"big","subClusters":[{"name":"gpu","processorType":"Fast","socketsPerNode":2,
    "coresPerSocket":16,"threadsPerCore":2,"footprint":["mem_used"],
    "topology":{"accelerators":[{"model":"A100"}]},
    "metricConfig":[
     {"name":"cpu_user","scope":"hwthread","timestep":60,"peak":100,"unit":{"base":"","prefix":""}},
     {"name":"mem_used","scope":"node","timestep":60,"peak":256,"unit":{"base":"B","prefix":"G"}},
     {"name":"acc_utilization","scope":"accelerator","timestep":60,"peak":100,
      "unit":{"base":"","prefix":""}},
     {"name":"ipc","scope":"hwthread","timestep":60,"peak":4,"unit":{"base":"IPC","prefix":""}}]}]}]}})";

const std::string_view kMetricsAnswer = R"({"data":{
  "nodes":[
   {"name":"cpu_user","scope":"node","metric":{"unit":{"base":"","prefix":""},"timestep":60,
    "coverage":null,"series":[
     {"hostname":"n01","coverage":null,"statistics":{"min":10,"avg":20,"max":30},
      "data":[10,20,30,20,20,null,20,20,20,20]},
     {"hostname":"n02","coverage":null,"statistics":{"min":40,"avg":60,"max":80},
      "data":[40,60,80,60,60,null,60,60,60,60]}],"statisticsSeries":null}},
   {"name":"mem_used","scope":"node","metric":{"unit":{"base":"B","prefix":"G"},"timestep":60,
    "coverage":0.3,"series":[
     {"hostname":"n02","coverage":0.6,"statistics":{"min":1,"avg":2,"max":3},
      "data":[1,2,3,2,2,2]},
     {"hostname":"n01","coverage":0,"statistics":{"min":0,"avg":0,"max":0},
      "data":[null,null]}],"statisticsSeries":null}},
   {"name":"acc_utilization","scope":"node","metric":{"unit":{"base":"","prefix":""},"timestep":60,
    "coverage":1,"series":[
     {"hostname":"n01","coverage":1,"statistics":{"min":0,"avg":2,"max":4},"data":[0,2,4,2]},
     {"hostname":"n02","coverage":1,"statistics":{"min":80,"avg":90,"max":100},
      "data":[80,90,100,90]}],"statisticsSeries":null}},
   {"name":"unheard_of","scope":"node","metric":{"series":[]}},
   {"name":"ipc","scope":"core","metric":{"timestep":60,"series":[{"hostname":"n01","id":"0",
     "statistics":{"min":1,"avg":1,"max":1},"data":[1]}]}}],
  "accelerators":[
   {"name":"acc_utilization","scope":"accelerator","metric":{"series":[
     {"hostname":"n01","id":"00:02","coverage":1,"statistics":{"min":0,"avg":2,"max":4}},
     {"hostname":"n02","id":"00:01","coverage":1,"statistics":{"min":80,"avg":90,"max":100}}]}},
   {"name":"cpu_user","scope":"hwthread","metric":{"series":[{"hostname":"n01","id":"0",
     "statistics":{"min":1,"avg":1,"max":1}}]}}]}})";

}  // namespace jobledger::cli
