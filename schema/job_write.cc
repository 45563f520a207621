// SPDX-License-Identifier: MIT
// The writing half of job_json.h.
#include "schema/job_json.h"
#include "schema/json_write.h"
#include "schema/write_parts.h"

namespace jobledger::schema {
namespace {

void write_optional_int(std::string& out, std::string_view member, std::int64_t value) {
  if (value == 0) return;
  out.append(member);
  write_json_int(out, value);
}

void write_resource(std::string& out, const Resource& resource) {
  out.append("{\"hostname\":");
  write_json_string(out, resource.hostname);
  if (!resource.configuration.empty()) {
    out.append(",\"configuration\":");
    write_json_string(out, resource.configuration);
  }
  if (!resource.hwthreads.empty()) {
    out.append(",\"hwthreads\":");
    write_list(out, resource.hwthreads,
               [](std::string& to, std::int32_t id) { write_json_int(to, id); });
  }
  if (!resource.accelerators.empty()) {
    out.append(",\"accelerators\":");
    write_list(out, resource.accelerators,
               [](std::string& to, const std::string& id) { write_json_string(to, id); });
  }
  out.push_back('}');
}

void write_tag(std::string& out, const Tag& tag) {
  out.append("{\"type\":");
  write_json_string(out, tag.type);
  out.append(",\"name\":");
  write_json_string(out, tag.name);
  out.append(",\"scope\":");
  write_json_string(out, tag.scope);
  out.append(",\"id\":");
  write_json_int(out, tag.id);
  out.push_back('}');
}

void write_numbers(std::string& out, const std::optional<std::vector<NamedValue>>& values) {
  write_map(out, values, [](std::string& to, const NamedValue& entry) {
    write_json_string(to, entry.name);
    to.push_back(':');
    write_json_double(to, entry.value);
  });
}

void write_statistic(std::string& out, const JobStatistic& statistic) {
  write_json_string(out, statistic.metric);
  out.append(":{\"unit\":");
  write_unit(out, statistic.unit);
  out.append(",\"avg\":");
  write_json_double(out, statistic.avg);
  out.append(",\"min\":");
  write_json_double(out, statistic.min);
  out.append(",\"max\":");
  write_json_double(out, statistic.max);
  out.push_back('}');
}

void write_head(std::string& out, const Job& job) {
  out.append("{\"cluster\":");
  write_json_string(out, job.cluster);
  out.append(",\"subCluster\":");
  write_json_string(out, job.sub_cluster);
  if (!job.partition.empty()) {
    out.append(",\"partition\":");
    write_json_string(out, job.partition);
  }
  out.append(",\"project\":");
  write_json_string(out, job.project);
  out.append(",\"user\":");
  write_json_string(out, job.user);
  out.append(",\"shared\":");
  write_json_string(out, to_string(job.shared));
  out.append(",\"jobState\":");
  write_json_string(out, to_string(job.state));
}

void write_collections(std::string& out, const Job& job) {
  if (!job.tags.empty()) {
    out.append(",\"tags\":");
    write_list(out, job.tags, write_tag);
  }
  out.append(",\"resources\":");
  if (job.resources.empty())
    out.append("null");
  else
    write_list(out, job.resources, write_resource);
  out.append(",\"energyFootprint\":");
  write_numbers(out, job.energy_footprint);
  out.append(",\"footprint\":");
  write_numbers(out, job.footprint);
  out.append(",\"metaData\":");
  write_map(out, job.meta_data, [](std::string& to, const auto& entry) {
    write_json_string(to, entry.first);
    to.push_back(':');
    write_json_string(to, entry.second);
  });
  out.append(",\"concurrentJobs\":{\"items\":null,\"count\":0}");
}

}  // namespace

void write_meta_json(std::string& out, const Job& job) {
  write_head(out, job);
  write_collections(out, job);
  out.append(",\"energy\":");
  write_json_double(out, job.energy);
  write_optional_int(out, ",\"arrayJobId\":", job.array_job_id);
  write_optional_int(out, ",\"walltime\":", job.walltime);
  write_optional_int(out, ",\"requestedMemory\":", job.requested_memory);
  out.append(",\"jobId\":");
  write_json_int(out, job.job_id);
  out.append(",\"duration\":");
  write_json_int(out, job.duration);
  write_optional_int(out, ",\"smt\":", job.smt);
  write_optional_int(out,
                     ",\"monitoringStatus\":", static_cast<std::int64_t>(job.monitoring_status));
  write_optional_int(out, ",\"numAcc\":", job.num_acc);
  write_optional_int(out, ",\"numHwthreads\":", job.num_hwthreads);
  out.append(",\"numNodes\":");
  write_json_int(out, job.num_nodes);
  out.append(",\"statistics\":");
  write_map(out, job.statistics, write_statistic);
  write_optional_int(out, ",\"id\":", job.id);
  write_optional_int(out, ",\"submitTime\":", job.submit_time);
  out.append(",\"startTime\":");
  write_json_int(out, job.start_time);
  out.append("}\n");
}

}  // namespace jobledger::schema
