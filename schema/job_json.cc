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

Result<void> read_thread(JsonValue value, std::int32_t& thread, LeftOut out) {
  TRY(read_field(value, thread));
  if (out.is_kind() && (value.is_null() || thread < 0))
    return invalid(fmt::format("expected the number of a thread, found {}", value.describe()));
  return {};
}

Result<void> read_accelerator(JsonValue value, std::string& name, LeftOut out) {
  TRY(read_field(value, name));
  if (out.is_kind() && name.empty()) return invalid("expected a name, found none");
  return {};
}

Result<void> read_threads(JsonValue value, std::vector<std::int32_t>& threads, LeftOut out) {
  return read_list(value, threads, out, "resources.hwthreads",
                   [out](JsonValue element, auto& to) { return read_thread(element, to, out); });
}

Result<void> read_accelerators(JsonValue value, std::vector<std::string>& names, LeftOut out) {
  return read_list(value, names, out, "resources.accelerators", [out](JsonValue element, auto& to) {
    return read_accelerator(element, to, out);
  });
}

Result<void> read_resource(JsonValue value, Resource& to, LeftOut out) {
  return value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kResourceMembers.find(name)) {
      case 0:
        return read_field(member, to.hostname);
      case 1:
        return out.drop("resources.hwthreads", read_threads(member, to.hwthreads, out));
      case 2:
        return out.drop("resources.accelerators", read_accelerators(member, to.accelerators, out));
      case 3:
        return out.drop("resources.configuration", read_field(member, to.configuration));
      default:
        note_unknown(out.unknown, "resources.", name);
        return {};
    }
  });
}

Result<void> read_resources(JsonValue value, std::vector<Resource>& to, LeftOut out) {
  to.clear();
  if (value.is_null()) return {};
  to.reserve(value.size());
  return value.each_element([&](std::size_t, JsonValue element) -> Result<void> {
    return read_resource(element, to.emplace_back(), out);
  });
}

Result<void> read_tag(JsonValue value, Tag& to, LeftOut out) {
  TRY(value.each_member([&](std::string_view name, JsonValue member) -> Result<void> {
    switch (kTagMembers.find(name)) {
      case 0:
        return read_field(member, to.type);
      case 1:
        return read_field(member, to.name);
      case 2:
        return read_field(member, to.scope);
      case 3:
        return out.drop("tags.id", read_field(member, to.id));
      default:
        note_unknown(out.unknown, "tags.", name);
        return {};
    }
  }));
  if (to.scope.empty()) to.scope = "global";
  if (out.is_kind() && (to.type.empty() || to.name.empty()))
    return invalid("a tag has a type and a name");
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

// A map, each value read by read(name, value, entry). One of no use is left out, if we are kind.
template <class Entry, class Read, class Name>
Result<void> read_map(JsonValue value, std::optional<std::vector<Entry>>& map, LeftOut out,
                      std::string_view member, Read read, Name name_of) {
  map.reset();
  if (value.is_null()) return {};
  std::vector<Entry> entries;
  entries.reserve(value.size());
  TRY(value.each_member([&](std::string_view name, JsonValue content) -> Result<void> {
    Entry entry{};
    Result<void> done = read(name, content, entry);
    if (!done) return out.drop(member, std::move(done));
    entries.push_back(std::move(entry));
    return {};
  }));
  sort_last_wins(entries, name_of);
  map = std::move(entries);
  return {};
}

Result<void> read_numbers(JsonValue value, std::optional<std::vector<NamedValue>>& to, LeftOut out,
                          std::string_view member) {
  return read_map(
      value, to, out, member,
      [](std::string_view name, JsonValue number, NamedValue& entry) {
        entry.name = name;
        return read_field(number, entry.value);
      },
      [](const NamedValue& entry) -> std::string_view { return entry.name; });
}

Result<void> read_meta_data(JsonValue value, decltype(Job::meta_data)& to, LeftOut out) {
  return read_map(
      value, to, out, "metaData",
      [](std::string_view name, JsonValue text, auto& entry) {
        entry.first = name;
        return read_field(text, entry.second);
      },
      [](const auto& entry) -> std::string_view { return entry.first; });
}

Result<void> read_statistics(JsonValue value, decltype(Job::statistics)& to, LeftOut out) {
  return read_map(
      value, to, out, "statistics",
      [out](std::string_view name, JsonValue numbers, JobStatistic& entry) {
        entry.metric = name;
        return read_statistic(numbers, entry, out.unknown);
      },
      [](const JobStatistic& entry) -> std::string_view { return entry.metric; });
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
  LeftOut out;
  bool is_start = false;
  bool has_state = false;

  Result<void> operator()(std::string_view name, JsonValue value) {
    const int member = kJobMembers.find(name);
    switch (member) {
      case m_cluster:
        return read_field(value, job.cluster);
      case m_user:
        return read_field(value, job.user);
      case m_job_id:
        return read_field(value, job.job_id);
      case m_start_time:
        return read_time(value, job.start_time);
      case m_resources:
        return read_resources(value, job.resources, out);
      case -1:
        if (kOldMembers.find(name) < 0) note_unknown(out.unknown, "", name);
        return {};
      default:
        return out.drop(kJobNames[member], read_other(member, value));
    }
  }

  // What does not identify the job.
  Result<void> read_other(int member, JsonValue value) {
    switch (member) {
      case m_sub_cluster:
        return read_field(value, job.sub_cluster);
      case m_partition:
        return read_field(value, job.partition);
      case m_project:
        return read_field(value, job.project);
      case m_shared:
        return read_choice(value, parse_sharing, "value of shared", job.shared);
      case m_job_state:
        return read_state(value);
      case m_tags:
        return read_list(value, job.tags, out, "tags",
                         [this](JsonValue tag, Tag& to) { return read_tag(tag, to, out); });
      case m_energy_footprint:
        return read_numbers(value, job.energy_footprint, out, kJobNames[member]);
      case m_footprint:
        return read_numbers(value, job.footprint, out, kJobNames[member]);
      case m_meta_data:
        return read_meta_data(value, job.meta_data, out);
      case m_concurrent_jobs:
        return skip_concurrent_jobs(value);
      case m_statistics:
        return read_statistics(value, job.statistics, out);
      default:
        return read_number(member, value);
    }
  }

  Result<void> read_number(int member, JsonValue value) {
    switch (member) {
      case m_energy:
        return read_field(value, job.energy);
      case m_array_job_id:
        return read_field(value, job.array_job_id);
      case m_walltime:
        return read_amount(value, job.walltime);
      case m_requested_memory:
        return read_amount(value, job.requested_memory);
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
      default:
        return read_time(value, job.submit_time);
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

template <class Number>
Result<void> check_amount(JobMember member, Number& amount, LeftOut out) {
  if (amount >= 0) return {};
  Result<void> wrong = invalid(fmt::format("is negative: {}", amount));
  amount = 0;
  return out.drop(kJobNames[member], std::move(wrong));
}

Result<void> check_hwthreads(std::vector<Resource>& resources, LeftOut out) {
  std::size_t threads = 0;
  for (const Resource& resource : resources) threads += resource.hwthreads.size();
  if (threads <= kMaxEventHwthreads || !out.is_kind()) return {};
  for (Resource& resource : resources) resource.hwthreads.clear();
  return out.drop("resources.hwthreads", invalid(fmt::format("names {} threads, more than {}",
                                                             threads, kMaxEventHwthreads)));
}

Result<void> check_amounts(Job& job, LeftOut out) {
  TRY(check_amount(m_array_job_id, job.array_job_id, out));
  TRY(check_amount(m_walltime, job.walltime, out));
  TRY(check_amount(m_requested_memory, job.requested_memory, out));
  TRY(check_amount(m_smt, job.smt, out));
  TRY(check_amount(m_num_acc, job.num_acc, out));
  TRY(check_amount(m_num_hwthreads, job.num_hwthreads, out));
  return check_hwthreads(job.resources, out);
}

}  // namespace

Result<Job> parse_job(std::string_view json, UnknownMembers* unknown) {
  JobDecoder decoder;
  decoder.out.unknown = unknown;
  TRY(decode_job(json, decoder));
  return std::move(decoder.job);
}

Result<Job> parse_start_event(std::string_view json, UnknownMembers* unknown,
                              DroppedMembers* dropped) {
  JobDecoder decoder;
  decoder.out = {unknown, dropped};
  decoder.is_start = true;
  TRY(decode_job(json, decoder));
  TRY(check_amounts(decoder.job, decoder.out));
  decoder.job.state = JobState::running;
  decoder.job.id = 0;
  return std::move(decoder.job);
}

Result<Job> parse_meta_json(std::string_view json, UnknownMembers* unknown) {
  JobDecoder decoder;
  decoder.out.unknown = unknown;
  decoder.job.monitoring_status = MonitoringStatus::disabled;
  TRY(decode_job(json, decoder));
  if (!decoder.has_state) return missing_member("jobState");
  return std::move(decoder.job);
}

}  // namespace jobledger::schema
