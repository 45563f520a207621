// SPDX-License-Identifier: MIT
#include "cli/adapter_message.h"

#include "schema/json_write.h"

#include <fmt/format.h>

namespace jobledger::cli {
namespace {

void write_text(std::string& out, std::string_view member, std::string_view text) {
  out += fmt::format(",\"{}\":", member);
  schema::write_json_string(out, text);
}

void write_resource(std::string& out, const schema::Resource& resource) {
  out += "{\"hostname\":";
  schema::write_json_string(out, resource.hostname);
  if (!resource.hwthreads.empty()) {
    out += fmt::format(",\"hwthreads\":[{}]", fmt::join(resource.hwthreads, ","));
  }
  if (!resource.accelerators.empty()) {
    out += ",\"accelerators\":[";
    for (const std::string& id : resource.accelerators) {
      if (out.back() != '[') out += ',';
      schema::write_json_string(out, id);
    }
    out += ']';
  }
  out += '}';
}

void write_meta_data(std::string& out, const schema::Job& job) {
  if (!job.meta_data) {
    out += ",\"metaData\":null";
    return;
  }
  out += ",\"metaData\":{";
  for (const auto& [key, value] : *job.meta_data) {
    if (out.back() != '{') out += ',';
    schema::write_json_string(out, key);
    out += ':';
    schema::write_json_string(out, value);
  }
  out += '}';
}

std::string start_record(const schema::Job& job) {
  std::string out = "{\"cluster\":";
  schema::write_json_string(out, job.cluster);
  out += ",\"subCluster\":\"\"";
  write_text(out, "partition", job.partition);
  write_text(out, "project", job.project);
  write_text(out, "user", job.user);
  write_text(out, "shared", schema::to_string(job.shared));
  out += ",\"jobState\":\"\",\"resources\":[";
  for (const auto& resource : job.resources) {
    if (out.back() != '[') out += ',';
    write_resource(out, resource);
  }
  out += "],\"energyFootprint\":null,\"footprint\":null";
  write_meta_data(out, job);
  out += ",\"concurrentJobs\":{\"items\":null,\"count\":0},\"energy\":0";
  if (job.array_job_id != 0) out += fmt::format(",\"arrayJobId\":{}", job.array_job_id);
  if (job.walltime != 0) out += fmt::format(",\"walltime\":{}", job.walltime);
  out += fmt::format(",\"jobId\":{},\"duration\":0", job.job_id);
  if (job.num_acc != 0) out += fmt::format(",\"numAcc\":{}", job.num_acc);
  if (job.num_hwthreads != 0) out += fmt::format(",\"numHwthreads\":{}", job.num_hwthreads);
  out += fmt::format(",\"numNodes\":{},\"statistics\":null,\"startTime\":{}}}", job.num_nodes,
                     job.start_time);
  return out;
}

}  // namespace

std::string format_line(std::string_view measurement, std::string_view tags, std::string_view event,
                        std::int64_t time_seconds) {
  std::string out;
  out.reserve(measurement.size() + tags.size() + event.size() * 5 / 4 + 40);
  out.append(measurement).append(tags).append(" event=\"");
  for (const char c : event) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + fmt::format("\" {}000000000", time_seconds);
}

std::string format_start_message(const schema::Job& job) {
  return format_line("job", ",hostname=scheduler,type=node,type-id=0,function=start_job",
                     start_record(job), job.start_time);
}

std::string format_stop_message(const schema::Job& job) {
  const std::int64_t stop = job.start_time + job.duration;
  std::string event = fmt::format("{{\"jobId\":{},\"cluster\":", job.job_id);
  schema::write_json_string(event, job.cluster);
  write_text(event, "jobState", schema::to_string(job.state));
  event += fmt::format(",\"stopTime\":{}}}", stop);
  std::string tags = ",hostname=scheduler,type=node,type-id=0,function=stop_job";
  if (!job.partition.empty()) tags += ",partition=" + job.partition;
  return format_line("job", tags, event, stop);
}

std::string format_node_message(const schema::NodeStateEvent& report, std::int64_t time) {
  std::string event = "{\"cluster\":";
  schema::write_json_string(event, report.cluster);
  event += ",\"nodes\":[";
  for (const auto& node : report.nodes) {
    if (event.back() != '[') event += ',';
    event += "{\"hostname\":";
    schema::write_json_string(event, node.hostname);
    event += ",\"states\":[";
    for (const std::string& state : node.states) {
      if (event.back() != '[') event += ',';
      schema::write_json_string(event, state);
    }
    event += fmt::format(
        "],\"cpusAllocated\":{},\"memoryAllocated\":{},\"gpusAllocated\":{},\"jobsRunning\":{}}}",
        node.cpus_allocated, node.memory_allocated, node.gpus_allocated, node.jobs_running);
  }
  return format_line("nodestate", "", event + "]}", time);
}

}  // namespace jobledger::cli
