// SPDX-License-Identifier: MIT
// The events of job_json.h that are not job records.
#include "schema/job_json.h"
#include "schema/json_fields.h"
#include "schema/member_names.h"

namespace jobledger::schema {
namespace {

constexpr std::string_view kStopNames[] = {"jobId", "cluster", "startTime", "stopTime", "jobState"};
constexpr MemberNames kStopMembers(kStopNames);

constexpr std::string_view kNodeEventNames[] = {"cluster", "nodes"};
constexpr MemberNames kNodeEventMembers(kNodeEventNames);

constexpr std::string_view kNodeNames[] = {"hostname",        "states",        "cpusAllocated",
                                           "memoryAllocated", "gpusAllocated", "jobsRunning"};
constexpr MemberNames kNodeMembers(kNodeNames);

Result<void> read_stop_state(JsonValue value, JobState& out) {
  TRY(read_choice(value, parse_job_state, "job state", out));
  if (out == JobState::running) return invalid("a job does not stop in state \"running\"");
  return {};
}

Result<void> read_node_report(JsonValue value, NodeReport& out, UnknownMembers* unknown) {
  TRY(value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kNodeMembers.find(name)) {
      case 0:
        return read_field(member, out.hostname);
      case 1:
        return read_field(member, out.states);
      case 2:
        return read_field(member, out.cpus_allocated);
      case 3:
        return read_amount(member, out.memory_allocated);
      case 4:
        return read_field(member, out.gpus_allocated);
      case 5:
        return read_field(member, out.jobs_running);
      default:
        note_unknown(unknown, "nodes.", name);
        return {};
    }
  }));
  if (out.hostname.empty()) return below(missing_member("hostname"));
  return {};
}

}  // namespace

Result<StopEvent> parse_stop_event(std::string_view json, UnknownMembers* unknown) {
  TRY(const JsonValue document, JsonReader::of_this_thread().parse(json));
  StopEvent stop;
  bool has_id = false, has_time = false;
  std::string cluster;
  std::int64_t start_time = 0;
  TRY(document.each_member([&](std::string_view name, JsonValue value) -> Result<void> {
    switch (kStopMembers.find(name)) {
      case 0:
        has_id = has_id || !value.is_null();
        return read_field(value, stop.job_id);
      case 1:
        return read_field(value, cluster);
      case 2:
        return read_time(value, start_time);
      case 3:
        has_time = has_time || !value.is_null();
        return read_time(value, stop.stop_time);
      case 4:
        return read_stop_state(value, stop.state);
      default:
        note_unknown(unknown, "", name);
        return {};
    }
  }));
  if (!has_id) return missing_member("jobId");
  if (!has_time) return missing_member("stopTime");
  if (!cluster.empty()) stop.cluster = std::move(cluster);
  if (start_time != 0) stop.start_time = start_time;
  return stop;
}

Result<NodeStateEvent> parse_node_state_event(std::string_view json, UnknownMembers* unknown) {
  TRY(const JsonValue document, JsonReader::of_this_thread().parse(json));
  NodeStateEvent event;
  TRY(document.each_member([&](std::string_view name, JsonValue value) -> Result<void> {
    switch (kNodeEventMembers.find(name)) {
      case 0:
        return read_field(value, event.cluster);
      case 1:
        return read_list(value, event.nodes, unknown, read_node_report);
      default:
        note_unknown(unknown, "", name);
        return {};
    }
  }));
  if (event.cluster.empty()) return missing_member("cluster");
  return event;
}

}  // namespace jobledger::schema
