// SPDX-License-Identifier: MIT
#include "base/printable.h"
#include "cli/advice.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/report_json.h"
#include "cli/report_query.h"
#include "cli/report_read.h"
#include "cli/report_text.h"
#include "cli/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace jobledger::cli {
namespace {

// Values of a curve, more than a line has columns.
constexpr std::int64_t kCurvePoints = 240;
// Of jobs on more nodes one curve over all is asked for.
constexpr std::int64_t kMaxCurves = 16;

// Asked for beside those of the sub-cluster's footprint.
constexpr std::array<std::string_view, 22> kImportant{"cpu_used",
                                                      "cpu_user",
                                                      "cpu_load",
                                                      "load_one",
                                                      "mem_used",
                                                      "flops_any",
                                                      "mem_bw",
                                                      "ipc",
                                                      "net_bw",
                                                      "ib_recv",
                                                      "ib_xmit",
                                                      "lustre_read_bytes",
                                                      "lustre_write_bytes",
                                                      "cpu_power",
                                                      "node_power",
                                                      "acc_utilization",
                                                      "nv_util",
                                                      "acc_mem_used",
                                                      "nv_fb_mem_used",
                                                      "acc_power",
                                                      "nv_power_usage",
                                                      "clock"};

bool is_important(const MetricSettings& metric) {
  return metric.footprint ||
         std::find(kImportant.begin(), kImportant.end(), metric.name) != kImportant.end();
}

// Of the sub-cluster; what matters of it unless all is wanted.
std::vector<MetricSettings> wanted_metrics(const SubClusterFacts& sub, const JobFacts& facts,
                                           bool all) {
  std::vector<MetricSettings> out;
  for (const MetricSettings& metric : sub.metrics) {
    if (metric.scope == "accelerator" && facts.accelerators == 0) continue;
    if (all || is_important(metric)) out.push_back(metric);
  }
  return out;
}

std::int32_t resolution_of(const JobFacts& facts) {
  return static_cast<std::int32_t>((facts.duration + kCurvePoints - 1) / kCurvePoints);
}

Result<void> ask_metrics(const HttpClient& daemon, const std::vector<MetricSettings>& settings,
                         JobReport& report) {
  MetricQuestion question;
  question.id = report.facts.id;
  for (const MetricSettings& metric : settings) question.metrics.push_back(metric.name);
  question.accelerators = report.facts.accelerators > 0;
  question.curves_of_nodes = report.facts.nodes <= kMaxCurves;
  question.resolution = resolution_of(report.facts);
  TRY(const std::string answer, daemon.post("/query", metrics_request(question)));
  return read_metrics(answer, settings, report);
}

// Of a job whose sub-cluster is not known any more: what all of its cluster measure.
SubClusterFacts all_of_cluster(const std::vector<SubClusterFacts>& hardware,
                               const std::string& cluster) {
  SubClusterFacts out;
  for (const SubClusterFacts& sub : hardware) {
    if (sub.cluster != cluster) continue;
    for (const MetricSettings& metric : sub.metrics) {
      const bool known = std::any_of(out.metrics.begin(), out.metrics.end(),
                                     [&metric](const auto& m) { return m.name == metric.name; });
      if (!known) out.metrics.push_back(metric);
    }
  }
  return out;
}

// A daemon that knows no notes has none to tell. Metrics that are noted are asked for like others.
void ask_notes(const HttpClient& daemon, std::vector<MetricSettings>& settings, JobReport& report) {
  const auto answer = daemon.post("/query", notes_request(report.facts.id));
  auto notes = answer ? read_notes(*answer) : answer.error();
  if (!notes) return;
  report.notes = *std::move(notes);
  for (const MetricNote& note : report.notes) {
    const bool known = std::any_of(settings.begin(), settings.end(),
                                   [&note](const auto& m) { return m.name == note.metric; });
    if (!known && !note.metric.empty()) settings.push_back({note.metric, {}, "node"});
  }
}

JobReport make_report(const HttpClient& daemon, const std::vector<SubClusterFacts>& hardware,
                      JobFacts facts, bool all) {
  JobReport report;
  report.facts = std::move(facts);
  const auto sub = std::find_if(hardware.begin(), hardware.end(), [&report](const auto& s) {
    return s.cluster == report.facts.cluster && s.name == report.facts.sub_cluster;
  });
  const SubClusterFacts known =
      sub != hardware.end() ? *sub : all_of_cluster(hardware, report.facts.cluster);
  report.hardware = known.hardware;
  auto settings = wanted_metrics(known, report.facts, all);
  ask_notes(daemon, settings, report);
  if (sub == hardware.end() && settings.empty()) {
    report.metrics_problem = "the daemon does not know this cluster's hardware";
  } else {
    auto asked = ask_metrics(daemon, settings, report);
    if (!asked) report.metrics_problem = asked.error().detail;
  }
  judge_usage(report);
  report.advice = advise(report);
  return report;
}

Result<std::vector<JobReport>> make_reports(const HttpClient& daemon, const JobOptions& options) {
  TRY(const std::string answer,
      daemon.post("/query", detail_request(options.selection, options.limit)));
  TRY(JobList list, read_jobs(answer));
  if (list.jobs.empty()) {
    return Error{ErrorKind::not_found,
                 fmt::format("no job {} is known", options.selection.job_id.value_or(0))};
  }
  TRY(const std::string clusters, daemon.post("/query", hardware_request()));
  TRY(const auto hardware, read_hardware(clusters));
  std::vector<JobReport> out;
  for (JobFacts& facts : list.jobs) {
    out.push_back(make_report(daemon, hardware, std::move(facts), options.all));
  }
  return out;
}

}  // namespace

int report_job(const HttpClient& daemon, const JobOptions& options) {
  auto reports = make_reports(daemon, options);
  if (!reports) return fail(reports.error());
  int status = kExitDone;
  if (options.json) fmt::print("{}", printable_json(reports_json(*reports)));
  ReportStyle style;
  style.terminal = find_terminal();
  style.terminal.unicode = style.terminal.unicode && !options.ascii;
  if (options.all) style.max_rows = std::numeric_limits<std::size_t>::max();
  for (const JobReport& report : *reports) {
    if (!report.metrics_problem.empty()) status = kExitFailed;
    if (options.json) continue;
    fmt::print("{}{}", &report == &reports->front() ? "" : "\n", report_text(report, style));
  }
  return status;
}

}  // namespace jobledger::cli
