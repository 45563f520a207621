// SPDX-License-Identifier: MIT
#include "schema/job_json.h"

#include "schema/json_fields.h"
#include "schema/member_names.h"

namespace jobledger::schema {
namespace {

enum JobMember {
  m_cluster,
  m_sub_cluster,
  m_partition,
  m_project,
  m_user,
  m_shared,
  m_job_state,
  m_tags,
  m_resources,
  m_energy_footprint,
  m_footprint,
  m_meta_data,
  m_concurrent_jobs,
  m_energy,
  m_array_job_id,
  m_walltime,
  m_requested_memory,
  m_job_id,
  m_duration,
  m_smt,
  m_monitoring_status,
  m_num_acc,
  m_num_hwthreads,
  m_num_nodes,
  m_statistics,
  m_id,
  m_submit_time,
  m_start_time,
};
constexpr std::string_view kJobNames[] = {"cluster",
                                          "subCluster",
                                          "partition",
                                          "project",
                                          "user",
                                          "shared",
                                          "jobState",
                                          "tags",
                                          "resources",
                                          "energyFootprint",
                                          "footprint",
                                          "metaData",
                                          "concurrentJobs",
                                          "energy",
                                          "arrayJobId",
                                          "walltime",
                                          "requestedMemory",
                                          "jobId",
                                          "duration",
                                          "smt",
                                          "monitoringStatus",
                                          "numAcc",
                                          "numHwthreads",
                                          "numNodes",
                                          "statistics",
                                          "id",
                                          "submitTime",
                                          "startTime"};
constexpr MemberNames kJobMembers(kJobNames);

// Members of older formats; what they said stands elsewhere or was dropped with its format.
constexpr std::string_view kOldNames[] = {
    "stopTime", "exclusive",  "mem_used_max",       "flops_any_avg", "mem_bw_avg",
    "load_avg", "net_bw_avg", "net_data_vol_total", "file_bw_avg",   "file_data_vol_total"};
constexpr MemberNames kOldMembers(kOldNames);

constexpr std::string_view kResourceNames[] = {"hostname", "hwthreads", "accelerators",
                                               "configuration"};
constexpr MemberNames kResourceMembers(kResourceNames);

constexpr std::string_view kTagNames[] = {"type", "name", "scope", "id"};
constexpr MemberNames kTagMembers(kTagNames);

constexpr std::string_view kStatisticNames[] = {"unit", "avg", "min", "max"};
constexpr MemberNames kStatisticMembers(kStatisticNames);

Result<void> read_resource(JsonValue value, Resource& out, UnknownMembers* unknown) {
  return value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kResourceMembers.find(name)) {
      case 0:
        return read_field(member, out.hostname);
      case 1:
        return read_field(member, out.hwthreads);
      case 2:
        return read_field(member, out.accelerators);
      case 3:
        return read_field(member, out.configuration);
      default:
        note_unknown(unknown, "resources.", name);
        return {};
    }
  });
}

Result<void> read_tag(JsonValue value, Tag& out, UnknownMembers* unknown) {
  TRY(value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kTagMembers.find(name)) {
      case 0:
        return read_field(member, out.type);
      case 1:
        return read_field(member, out.name);
      case 2:
        return read_field(member, out.scope);
      case 3:
        return read_field(member, out.id);
      default:
        note_unknown(unknown, "tags.", name);
        return {};
    }
  }));
  if (out.scope.empty()) out.scope = "global";
  return {};
}

Result<void> read_statistic(JsonValue value, JobStatistic& out, UnknownMembers* unknown) {
  if (value.is_null()) return {};
  return value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kStatisticMembers.find(name)) {
      case 0:
        return read_field(member, out.unit);
      case 1:
        return read_field(member, out.avg);
      case 2:
        return read_field(member, out.min);
      case 3:
        return read_field(member, out.max);
      default:
        note_unknown(unknown, "statistics.", name);
        return {};
    }
  });
}

Result<void> read_numbers(JsonValue value, std::optional<std::vector<NamedValue>>& out) {
  out.reset();
  if (value.is_null()) return {};
  std::vector<NamedValue> entries;
  entries.reserve(value.size());
  TRY(value.each_member([&entries](std::string_view name, JsonValue member) -> Result<void> {
    entries.push_back({std::string(name), 0});
    return read_field(member, entries.back().value);
  }));
  sort_last_wins(entries, [](const NamedValue& entry) -> std::string_view { return entry.name; });
  out = std::move(entries);
  return {};
}

Result<void> read_meta_data(JsonValue value, decltype(Job::meta_data)& out) {
  out.reset();
  if (value.is_null()) return {};
  std::vector<std::pair<std::string, std::string>> entries;
  entries.reserve(value.size());
  TRY(value.each_member([&entries](std::string_view name, JsonValue member) -> Result<void> {
    entries.emplace_back(name, std::string());
    return read_field(member, entries.back().second);
  }));
  sort_last_wins(entries, [](const auto& entry) -> std::string_view { return entry.first; });
  out = std::move(entries);
  return {};
}

Result<void> read_statistics(JsonValue value, decltype(Job::statistics)& out,
                             UnknownMembers* unknown) {
  out.reset();
  if (value.is_null()) return {};
  std::vector<JobStatistic> entries;
  entries.reserve(value.size());
  TRY(value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    entries.emplace_back().metric = name;
    return read_statistic(member, entries.back(), unknown);
  }));
  sort_last_wins(entries, [](const JobStatistic& s) -> std::string_view { return s.metric; });
  out = std::move(entries);
  return {};
}

Result<void> read_status(JsonValue value, MonitoringStatus& out) {
  std::int32_t number = static_cast<std::int32_t>(out);
  TRY(read_field(value, number));
  if (number < 0 || number > static_cast<std::int32_t>(MonitoringStatus::archived))
    return invalid(fmt::format("expected 0 to 3, found {}", number));
  out = static_cast<MonitoringStatus>(number);
  return {};
}

// Never filled by anybody; its shape is all there is to check.
Result<void> skip_concurrent_jobs(JsonValue value) {
  if (value.is_null()) return {};
  return value.each_member([](std::string_view, JsonValue) -> Result<void> { return {}; });
}

// Reads one document into one job.
struct JobDecoder {
  Job job;
  UnknownMembers* unknown = nullptr;
  bool is_start = false;
  bool has_state = false;

  Result<void> operator()(std::string_view name, JsonValue value) {
    switch (kJobMembers.find(name)) {
      case m_cluster:
        return read_field(value, job.cluster);
      case m_sub_cluster:
        return read_field(value, job.sub_cluster);
      case m_partition:
        return read_field(value, job.partition);
      case m_project:
        return read_field(value, job.project);
      case m_user:
        return read_field(value, job.user);
      case m_shared:
        return read_choice(value, parse_sharing, "value of shared", job.shared);
      case m_job_state:
        return read_state(value);
      case m_tags:
        return read_list(value, job.tags, unknown, read_tag);
      case m_resources:
        return read_list(value, job.resources, unknown, read_resource);
      case m_energy_footprint:
        return read_numbers(value, job.energy_footprint);
      case m_footprint:
        return read_numbers(value, job.footprint);
      case m_meta_data:
        return read_meta_data(value, job.meta_data);
      case m_concurrent_jobs:
        return skip_concurrent_jobs(value);
      case m_energy:
        return read_field(value, job.energy);
      case m_statistics:
        return read_statistics(value, job.statistics, unknown);
      default:
        return read_number(name, value);
    }
  }

  Result<void> read_number(std::string_view name, JsonValue value) {
    switch (kJobMembers.find(name)) {
      case m_array_job_id:
        return read_field(value, job.array_job_id);
      case m_walltime:
        return read_amount(value, job.walltime);
      case m_requested_memory:
        return read_amount(value, job.requested_memory);
      case m_job_id:
        return read_field(value, job.job_id);
      case m_duration:
        return read_field(value, job.duration);
      case m_smt:
        return read_field(value, job.smt);
      case m_monitoring_status:
        return read_status(value, job.monitoring_status);
      case m_num_acc:
        return read_field(value, job.num_acc);
      case m_num_hwthreads:
        return read_field(value, job.num_hwthreads);
      case m_num_nodes:
        return read_field(value, job.num_nodes);
      case m_id:
        return read_field(value, job.id);
      case m_submit_time:
        return read_time(value, job.submit_time);
      case m_start_time:
        return read_time(value, job.start_time);
      default:
        if (kOldMembers.find(name) < 0) note_unknown(unknown, "", name);
        return {};
    }
  }

  Result<void> read_state(JsonValue value) {
    if (is_start) {  // any text: it is running
      std::string ignored;
      return read_field(value, ignored);
    }
    TRY(read_choice(value, parse_job_state, "job state", job.state));
    has_state = has_state || (value.type() == JsonType::string && !value.as_string()->empty());
    return {};
  }
};

Result<void> decode_job(std::string_view json, JobDecoder& decoder) {
  TRY(const JsonValue document, JsonReader::of_this_thread().parse(json));
  return document.each_member(decoder);
}

}  // namespace

Result<Job> parse_job(std::string_view json, UnknownMembers* unknown) {
  JobDecoder decoder;
  decoder.unknown = unknown;
  TRY(decode_job(json, decoder));
  return std::move(decoder.job);
}

Result<Job> parse_start_event(std::string_view json, UnknownMembers* unknown) {
  JobDecoder decoder;
  decoder.unknown = unknown;
  decoder.is_start = true;
  TRY(decode_job(json, decoder));
  decoder.job.state = JobState::running;
  decoder.job.id = 0;
  return std::move(decoder.job);
}

Result<Job> parse_meta_json(std::string_view json, UnknownMembers* unknown) {
  JobDecoder decoder;
  decoder.unknown = unknown;
  decoder.job.monitoring_status = MonitoringStatus::disabled;
  TRY(decode_job(json, decoder));
  if (!decoder.has_state) return missing_member("jobState");
  return std::move(decoder.job);
}

}  // namespace jobledger::schema
