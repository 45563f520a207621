// SPDX-License-Identifier: MIT
#include "cli/report_json.h"

#include "cli/usage.h"
#include "schema/json_object.h"
#include "schema/write_parts.h"

namespace jobledger::cli {
namespace {

using schema::JsonObject;

void write_number_or_null(std::string& out, const std::optional<double>& value) {
  if (value) {
    schema::write_json_double(out, *value);
  } else {
    out += "null";
  }
}

void write_extent(JsonObject& object, const Extent& extent) {
  object.number("min", extent.min);
  object.number("avg", extent.avg);
  object.number("max", extent.max);
}

void write_part(std::string& out, const MeasuredPart& part) {
  JsonObject object(out);
  object.text("hostname", part.hostname);
  if (!part.id.empty()) object.text("id", part.id);
  write_extent(object, part.extent);
  if (part.coverage) object.number("coverage", *part.coverage);
  object.close();
}

void write_node(std::string& out, const NodeFacts& node) {
  JsonObject object(out);
  object.text("hostname", node.hostname);
  if (node.threads > 0) object.integer("hwthreads", node.threads);
  object.integer("accelerators", node.accelerators);
  object.close();
}

void write_footprint(std::string& out, const FootprintFact& value) {
  JsonObject object(out);
  object.text("metric", value.metric);
  object.text("stat", value.statistic);
  object.number("value", value.value);
  object.close();
}

void write_facts(JsonObject& out, const JobFacts& facts) {
  out.integer("id", facts.id);
  out.integer("jobId", facts.job_id);
  out.integer("arrayJobId", facts.array_job_id);
  out.text("cluster", facts.cluster);
  out.text("subCluster", facts.sub_cluster);
  out.text("partition", facts.partition);
  out.text("user", facts.user);
  out.text("project", facts.project);
  out.text("jobName", facts.name);
  out.text("state", facts.state);
  out.text("startTime", facts.start_time);
  out.integer("duration", facts.duration);
  out.integer("walltime", facts.walltime);
  out.integer("numNodes", facts.nodes);
  out.integer("numHWThreads", facts.threads);
  out.integer("numAcc", facts.accelerators);
  out.text("shared", facts.shared);
  if (facts.neighbours) out.integer("concurrentJobs", *facts.neighbours);
  out.integer("monitoringStatus", facts.monitoring);
  out.number("energy", facts.energy_kwh);
  schema::write_list(out.member("resources"), facts.resources, write_node);
  schema::write_list(out.member("footprint"), facts.footprint, write_footprint);
  out.texts("tags", facts.tags);
  JsonObject meta(out.member("metaData"));
  for (const auto& [key, text] : facts.meta_data) meta.text(key, text);
  meta.close();
}

void write_usage(std::string& out, const JobReport& report) {
  JsonObject usage(out);
  if (report.cpu) {
    JsonObject cpu(usage.member("cpu"));
    cpu.number("share", report.cpu->share);
    cpu.number("busyHWThreads", report.cpu->busy);
    cpu.integer("hwthreads", report.cpu->threads);
    cpu.close();
  }
  if (report.memory) {
    JsonObject memory(usage.member("memory"));
    memory.number("peakGB", report.memory->peak_gb);
    memory.text("hostname", report.memory->hostname);
    if (report.memory->limit_gb > 0) memory.number("limitGB", report.memory->limit_gb);
    memory.boolean("limitWasAsked", report.memory->asked);
    memory.boolean("otherJobsIncluded", !report.facts.alone());
    memory.close();
  }
  if (report.accelerators) {
    JsonObject accelerators(usage.member("accelerators"));
    accelerators.number("share", report.accelerators->share);
    accelerators.integer("measured", report.accelerators->measured);
    accelerators.number("peakGB", report.accelerators->peak_gb);
    accelerators.close();
  }
  usage.close();
}

void write_metric(std::string& out, const JobReport& report, const ReportMetric& metric) {
  JsonObject object(out);
  object.text("name", metric.name);
  schema::write_unit(object.member("unit"), metric.unit);
  object.integer("timestep", metric.timestep);
  object.boolean("otherJobsIncluded", metric.whole_node && !report.facts.alone());
  const bool sufficient = is_sufficient(report, &metric);
  object.boolean("sufficient", sufficient);
  write_number_or_null(object.member("coverage"), report.coverage(metric));
  if (sufficient) write_extent(object, metric.extent());
  schema::write_list(object.member("nodes"), metric.nodes, write_part);
  schema::write_list(object.member("accelerators"), metric.accelerators, write_part);
  object.integer("curveStep", metric.curve.step);
  schema::write_list(object.member("curve"), metric.curve.values, schema::write_json_double);
  object.close();
}

void write_advice(std::string& out, const Advice& advice) {
  JsonObject object(out);
  object.text("rule", advice.rule);
  object.text("weight", to_string(advice.weight));
  object.text("text", advice.text);
  object.close();
}

void write_note(std::string& out, const MetricNote& note) {
  JsonObject object(out);
  object.text("metric", note.metric);
  object.text("text", note.text);
  object.close();
}

void write_report(std::string& out, const JobReport& report) {
  JsonObject object(out);
  write_facts(object, report.facts);
  if (!report.metrics_problem.empty()) object.text("metricsProblem", report.metrics_problem);
  if (!report.notes.empty()) {
    schema::write_list(object.member("notes"), report.notes, write_note);
  }
  write_usage(object.member("usage"), report);
  schema::write_list(
      object.member("metrics"), report.metrics,
      [&report](std::string& to, const ReportMetric& metric) { write_metric(to, report, metric); });
  schema::write_list(object.member("advice"), report.advice, write_advice);
  object.close();
}

}  // namespace

std::string reports_json(std::span<const JobReport> reports) {
  std::string out;
  JsonObject object(out);
  schema::write_list(object.member("jobs"), reports, write_report);
  object.close();
  return out + "\n";
}

}  // namespace jobledger::cli
