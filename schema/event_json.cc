// SPDX-License-Identifier: MIT
// The events of job_json.h that are not job records.
#include "base/utf8.h"
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

// How the run ended, by the scheduler's word in any case.
JobState end_state(std::string_view word) {
  if (same_member(word, "requeued")) return JobState::preempted;
  for (int i = 0; i < kJobStateCount; ++i) {
    const auto state = static_cast<JobState>(i);
    if (!same_member(word, to_string(state))) continue;
    if (state == JobState::pending) return JobState::preempted;
    return state == JobState::running ? JobState::failed : state;
  }
  return JobState::failed;
}

Result<void> read_stop_state(JsonValue value, StopEvent& stop) {
  if (value.is_null()) return {};
  TRY(const std::string_view word, value.as_string());
  if (word.empty()) return {};
  stop.state = end_state(word);
  stop.scheduler_state.clear();
  if (word != to_string(stop.state)) stop.scheduler_state = utf8_prefix(word, kMaxStateWordBytes);
  return {};
}

// How much of something a node has given away.
template <class Number>
Result<void> read_load(JsonValue value, Number& to, LeftOut out,
                       Result<void> (*read)(JsonValue, Number&)) {
  Number number = to;
  TRY(read(value, number));
  if (out.is_kind() && number < 0) return invalid(fmt::format("is negative: {}", number));
  to = number;
  return {};
}

Result<void> read_node_states(JsonValue value, std::vector<std::string>& states, LeftOut out) {
  return read_list(value, states, out, "nodes.states",
                   [](JsonValue element, auto& to) { return read_field(element, to); });
}

Result<void> read_node_report(JsonValue value, NodeReport& to, LeftOut out) {
  TRY(value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kNodeMembers.find(name)) {
      case 0:
        return read_field(member, to.hostname);
      case 1:
        return read_node_states(member, to.states, out);
      case 2:
        return out.drop("nodes.cpusAllocated",
                        read_load(member, to.cpus_allocated, out, read_field));
      case 3:
        return out.drop("nodes.memoryAllocated",
                        read_load(member, to.memory_allocated, out, read_amount));
      case 4:
        return out.drop("nodes.gpusAllocated",
                        read_load(member, to.gpus_allocated, out, read_field));
      case 5:
        return out.drop("nodes.jobsRunning", read_load(member, to.jobs_running, out, read_field));
      default:
        note_unknown(out.unknown, "nodes.", name);
        return {};
    }
  }));
  if (to.hostname.empty()) return below(missing_member("hostname"));
  return {};
}

// Kind to some nodes is not kind to a report in which no node is of use.
Result<void> read_nodes(JsonValue value, std::vector<NodeReport>& nodes, LeftOut out) {
  DroppedMembers dropped;
  const LeftOut here{out.unknown, out.is_kind() ? &dropped : nullptr};
  TRY(read_list(value, nodes, here, "nodes",
                [here](JsonValue node, auto& to) { return read_node_report(node, to, here); }));
  for (DroppedMember& member : dropped) {
    if (nodes.empty() && member.name == "nodes") return invalid(std::move(member.example));
  }
  if (out.is_kind()) out.dropped->insert(out.dropped->end(), dropped.begin(), dropped.end());
  return {};
}

}  // namespace

Result<StopEvent> parse_stop_event(std::string_view json, UnknownMembers* unknown,
                                   DroppedMembers* dropped) {
  const LeftOut out{unknown, dropped};
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
        return out.drop("jobState", read_stop_state(value, stop));
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

Result<NodeStateEvent> parse_node_state_event(std::string_view json, UnknownMembers* unknown,
                                              DroppedMembers* dropped) {
  const LeftOut out{unknown, dropped};
  TRY(const JsonValue document, JsonReader::of_this_thread().parse(json));
  NodeStateEvent event;
  TRY(document.each_member([&](std::string_view name, JsonValue value) -> Result<void> {
    switch (kNodeEventMembers.find(name)) {
      case 0:
        return read_field(value, event.cluster);
      case 1:
        return read_nodes(value, event.nodes, out);
      default:
        note_unknown(unknown, "", name);
        return {};
    }
  }));
  if (event.cluster.empty()) return missing_member("cluster");
  return event;
}

}  // namespace jobledger::schema
