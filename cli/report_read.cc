// SPDX-License-Identifier: MIT
#include "cli/report_read.h"

#include "cli/json_view.h"
#include "cli/usage.h"
#include "schema/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace jobledger::cli {
namespace {

using schema::JsonValue;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

double real_at(JsonValue value, std::string_view path) {
  return at(value, path).as_double().value_or(0);
}

std::vector<std::string> tags_of(JsonValue job) {
  std::vector<std::string> out;
  each(at(job, "tags"), [&out](JsonValue tag) {
    out.push_back(text_at(tag, "type") + ":" + text_at(tag, "name"));
    if (const auto scope = text_at(tag, "scope"); scope != "global") {
      out.back() += " (" + scope + ")";
    }
  });
  return out;
}

void read_lists(JsonValue job, JobFacts& facts) {
  each(at(job, "resources"), [&facts](JsonValue resource) {
    facts.resources.push_back({text_at(resource, "hostname"),
                               static_cast<std::int32_t>(at(resource, "hwthreads").size()),
                               static_cast<std::int32_t>(at(resource, "accelerators").size())});
  });
  each(at(job, "footprint"), [&facts](JsonValue value) {
    facts.footprint.push_back(
        {text_at(value, "name"), text_at(value, "stat"), real_at(value, "value")});
  });
  each(at(job, "energyFootprint"), [&facts](JsonValue part) {
    const auto hardware = text_at(part, "hardware");
    auto& parts = facts.energy_parts;
    auto same = std::find_if(parts.begin(), parts.end(),
                             [&hardware](const auto& p) { return p.first == hardware; });
    if (same == parts.end()) same = parts.insert(same, {hardware, 0});
    same->second += real_at(part, "value");
  });
  facts.tags = tags_of(job);
}

void read_meta_data(JsonValue job, JobFacts& facts) {
  const JsonValue entries = at(job, "metaData");
  if (entries.type() != schema::JsonType::object) return;
  const auto scanned = entries.each_member([&facts](std::string_view name, JsonValue value) {
    const auto text = value.as_string();
    if (text && name != "jobName") facts.meta_data.emplace_back(name, *text);
    return Result<void>();
  });
  static_cast<void>(scanned);
}

JobFacts facts_of(JsonValue job) {
  JobFacts facts;
  facts.id = number_at(job, "id");
  facts.job_id = number_at(job, "jobId");
  facts.array_job_id = number_at(job, "arrayJobId");
  facts.cluster = text_at(job, "cluster");
  facts.sub_cluster = text_at(job, "subCluster");
  facts.partition = text_at(job, "partition");
  facts.user = text_at(job, "user");
  facts.project = text_at(job, "project");
  facts.name = text_at(job, "metaData.jobName");
  facts.state = text_at(job, "state");
  facts.shared = text_at(job, "shared");
  facts.start_time = text_at(job, "startTime");
  facts.duration = number_at(job, "duration");
  facts.walltime = number_at(job, "walltime");
  facts.nodes = number_at(job, "numNodes");
  facts.threads = number_at(job, "numHWThreads");
  facts.accelerators = number_at(job, "numAcc");
  facts.monitoring = number_at(job, "monitoringStatus");
  facts.energy_kwh = real_at(job, "energy");
  if (auto count = at(job, "concurrentJobs.count").as_int64()) facts.neighbours = *count;
  facts.asked_memory_gb =
      asked_memory_gb(text_at(job, "metaData.slurmInfo"), facts.nodes, facts.threads);
  read_lists(job, facts);
  read_meta_data(job, facts);
  return facts;
}

schema::Unit unit_of(JsonValue unit) { return {text_at(unit, "base"), text_at(unit, "prefix")}; }

SubClusterFacts sub_cluster_of(const std::string& cluster, JsonValue sub) {
  SubClusterFacts out;
  out.cluster = cluster;
  out.name = text_at(sub, "name");
  out.hardware = {text_at(sub, "processorType"),
                  {},
                  number_at(sub, "socketsPerNode"),
                  number_at(sub, "coresPerSocket"),
                  number_at(sub, "threadsPerCore")};
  each(at(sub, "topology.accelerators"),
       [&out](JsonValue gpu) { out.hardware.accelerator = text_at(gpu, "model"); });
  each(at(sub, "metricConfig"), [&out](JsonValue metric) {
    out.metrics.push_back(
        {text_at(metric, "name"), unit_of(at(metric, "unit")), text_at(metric, "scope"),
         static_cast<std::int32_t>(number_at(metric, "timestep")), real_at(metric, "peak"), false});
  });
  each(at(sub, "footprint"), [&out](JsonValue name) {
    for (MetricSettings& metric : out.metrics) {
      metric.footprint = metric.footprint || name.as_string().value_or("") == metric.name;
    }
  });
  return out;
}

std::vector<double> numbers_of(JsonValue list) {
  std::vector<double> out;
  out.reserve(list.size());
  each(list, [&out](JsonValue value) { out.push_back(value.as_double().value_or(kMissing)); });
  return out;
}

// Adds up the curves of nodes, which may end at different times.
class MeanCurve {
 public:
  void add(const std::vector<double>& values) {
    sums_.resize(std::max(sums_.size(), values.size()));
    counts_.resize(sums_.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) continue;
      sums_[i] += values[i];
      ++counts_[i];
    }
  }
  std::vector<double> take() {
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      sums_[i] = counts_[i] > 0 ? sums_[i] / counts_[i] : kMissing;
    }
    return std::move(sums_);
  }

 private:
  std::vector<double> sums_;
  std::vector<int> counts_;
};

// Where the coverage is 0, the statistics are zeros that mean nothing.
MeasuredPart part_of(JsonValue series) {
  MeasuredPart out{text_at(series, "hostname"), text_at(series, "id"), {}, {}};
  const JsonValue statistics = at(series, "statistics");
  out.extent = {real_at(statistics, "min"), real_at(statistics, "avg"), real_at(statistics, "max")};
  if (auto coverage = at(series, "coverage").as_double()) out.coverage = *coverage;
  return out;
}

// What was sent of what should have been, by the values of a curve.
double share_there(const std::vector<double>& values, std::int32_t step, std::int64_t duration) {
  const auto there = std::count_if(values.begin(), values.end(),
                                   [](double value) { return std::isfinite(value); });
  const auto expected = std::max<std::int64_t>(
      {1, step > 0 ? duration / step : 1, static_cast<std::int64_t>(values.size())});
  return std::min(1.0, static_cast<double>(there) / static_cast<double>(expected));
}

// One metric of all nodes.
void read_nodes(JsonValue metric, const JobFacts& facts, ReportMetric& out) {
  if (const JsonValue unit = at(metric, "unit"); !unit.is_null()) out.unit = unit_of(unit);
  out.curve.step = static_cast<std::int32_t>(number_at(metric, "timestep"));
  if (auto coverage = at(metric, "coverage").as_double()) out.coverage = *coverage;
  MeanCurve mean;
  each(at(metric, "series"), [&](JsonValue series) {
    MeasuredPart part = part_of(series);
    if (const JsonValue data = at(series, "data"); !data.is_null()) {
      const auto values = numbers_of(data);
      if (!part.coverage) part.coverage = share_there(values, out.curve.step, facts.duration);
      mean.add(values);
    }
    if (part.coverage != 0.0) out.nodes.push_back(std::move(part));
  });
  out.curve.values = mean.take();
  if (!out.curve.values.empty()) return;
  out.curve.values = numbers_of(at(metric, "statisticsSeries.mean"));
  if (!out.curve.values.empty()) return;
  out.curve.values = numbers_of(at(metric, "statisticsSeries.median"));
}

void sort_by_resources(std::vector<MeasuredPart>& parts, const JobFacts& facts) {
  const auto place = [&facts](const MeasuredPart& part) {
    return std::find_if(facts.resources.begin(), facts.resources.end(),
                        [&part](const NodeFacts& n) { return n.hostname == part.hostname; });
  };
  std::stable_sort(parts.begin(), parts.end(), [&place](const auto& a, const auto& b) {
    const auto at_a = place(a), at_b = place(b);
    return at_a != at_b ? at_a < at_b : a.id < b.id;
  });
}

}  // namespace

Result<JobList> read_jobs(std::string_view answer) {
  TRY(const JsonValue data, graphql_data(answer, answer_reader()));
  const JsonValue jobs = at(data, "jobs");
  JobList out;
  out.count = number_at(jobs, "count");
  each(at(jobs, "items"), [&out](JsonValue job) { out.jobs.push_back(facts_of(job)); });
  return out;
}

Result<std::vector<SubClusterFacts>> read_hardware(std::string_view answer) {
  TRY(const JsonValue data, graphql_data(answer, answer_reader()));
  std::vector<SubClusterFacts> out;
  each(at(data, "clusters"), [&out](JsonValue cluster) {
    const auto name = text_at(cluster, "name");
    each(at(cluster, "subClusters"),
         [&](JsonValue sub) { out.push_back(sub_cluster_of(name, sub)); });
  });
  return out;
}

Result<std::vector<MetricNote>> read_notes(std::string_view answer) {
  TRY(const JsonValue data, graphql_data(answer, answer_reader()));
  std::vector<MetricNote> out;
  each(at(data, "jobMetricNotes"), [&out](JsonValue note) {
    out.push_back({text_at(note, "metric"), text_at(note, "text")});
  });
  return out;
}

Result<void> read_metrics(std::string_view answer, const std::vector<MetricSettings>& settings,
                          JobReport& report) {
  schema::JsonReader reader(schema::kMetricDataLimits);
  TRY(const JsonValue data, graphql_data(answer, reader));
  for (const MetricSettings& metric : settings) {
    report.metrics.push_back({metric.name,
                              metric.unit,
                              metric.scope == "node",
                              metric.timestep,
                              metric.peak,
                              {},
                              {},
                              {},
                              {}});
  }
  const auto find = [&report](JsonValue entry) -> ReportMetric* {
    const auto name = text_at(entry, "name");
    const auto found = std::find_if(report.metrics.begin(), report.metrics.end(),
                                    [&name](const auto& metric) { return metric.name == name; });
    return found == report.metrics.end() ? nullptr : &*found;
  };
  each(at(data, "nodes"), [&](JsonValue entry) {
    ReportMetric* const metric = find(entry);
    if (!metric || text_at(entry, "scope") != "node") return;
    read_nodes(at(entry, "metric"), report.facts, *metric);
    sort_by_resources(metric->nodes, report.facts);
  });
  each(at(data, "accelerators"), [&](JsonValue entry) {
    ReportMetric* const metric = find(entry);
    if (!metric || text_at(entry, "scope") != "accelerator") return;
    each(at(entry, "metric.series"), [metric](JsonValue series) {
      MeasuredPart part = part_of(series);
      if (part.coverage != 0.0) metric->accelerators.push_back(std::move(part));
    });
    sort_by_resources(metric->accelerators, report.facts);
  });
  return {};
}

}  // namespace jobledger::cli
