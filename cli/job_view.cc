// SPDX-License-Identifier: MIT
#include "cli/job_view.h"

#include "cli/json_view.h"
#include "cli/table.h"

#include <fmt/format.h>

#include <functional>

namespace jobledger::cli {
namespace {

using schema::JsonType;
using schema::JsonValue;

std::string duration_at(JsonValue job, std::string_view path) {
  return format_duration(number_at(job, path));
}

// Calls f for each element; nothing for what is no list.
void each(JsonValue list, const std::function<void(JsonValue)>& f) {
  if (list.type() != JsonType::array) return;
  const auto scanned = list.each_element([&f](std::size_t, JsonValue value) {
    f(value);
    return Result<void>();
  });
  static_cast<void>(scanned);
}

Result<JsonValue> jobs_of(std::string_view answer) {
  if (std::string failed = error_text(answer); !failed.empty()) return invalid(std::move(failed));
  TRY(const JsonValue document, parse_answer(answer));
  const JsonValue jobs = at(document, "data.jobs");
  if (jobs.type() != JsonType::object) return invalid("the daemon's answer has no data.jobs");
  return jobs;
}

void add_fact(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out += fmt::format("  {:<14}{}\n", name, printable(value));
}

std::string resources(JsonValue job) {
  std::string out;
  each(at(job, "resources"), [&out](JsonValue resource) {
    if (!out.empty()) out += ' ';
    out += text_at(resource, "hostname");
    const auto threads = at(resource, "hwthreads").size();
    const auto accelerators = at(resource, "accelerators").size();
    if (threads > 0) out += fmt::format("({} hwthreads)", threads);
    if (accelerators > 0) out += fmt::format("({} accelerators)", accelerators);
  });
  return out;
}

std::string tags(JsonValue job) {
  std::string out;
  each(at(job, "tags"), [&out](JsonValue tag) {
    if (!out.empty()) out += ", ";
    out += text_at(tag, "type") + ":" + text_at(tag, "name");
    if (const auto scope = text_at(tag, "scope"); scope != "global") out += " (" + scope + ")";
  });
  return out;
}

void add_footprint(std::string& out, JsonValue job) {
  each(at(job, "footprint"), [&out](JsonValue value) {
    add_fact(out, text_at(value, "name"),
             fmt::format("{} ({})", text_at(value, "value"), text_at(value, "stat")));
  });
}

// What came with the job besides its name; scripts and the like by their size only.
void add_meta_data(std::string& out, JsonValue job) {
  constexpr std::size_t kLine = 100;
  const JsonValue entries = at(job, "metaData");
  if (entries.type() != JsonType::object) return;
  const auto scanned = entries.each_member([&out](std::string_view name, JsonValue value) {
    const std::string text(value.as_string().value_or(""));
    if (name == "jobName") return Result<void>();
    const bool is_long = text.find('\n') != std::string::npos || text.size() > kLine;
    add_fact(out, printable(name),
             is_long ? fmt::format("{} bytes; --json shows them", text.size()) : text);
    return Result<void>();
  });
  static_cast<void>(scanned);
}

std::string_view monitoring(std::int64_t status) {
  switch (status) {
    case 1:
      return "running or being archived";
    case 2:
      return "archiving failed";
    case 3:
      return "archived";
    default:
      return "disabled";
  }
}

void add_job(std::string& out, JsonValue job) {
  out += fmt::format("Job {} on {}\n", text_at(job, "jobId"), printable(text_at(job, "cluster")));
  add_fact(out, "name", text_at(job, "metaData.jobName"));
  add_fact(out, "user", text_at(job, "user"));
  add_fact(out, "project", text_at(job, "project"));
  add_fact(out, "state", text_at(job, "state"));
  add_fact(out, "started", format_time(text_at(job, "startTime")));
  const auto walltime = number_at(job, "walltime");
  add_fact(out, "duration",
           duration_at(job, "duration") +
               (walltime > 0 ? fmt::format(" of {}", format_duration(walltime)) : std::string()));
  add_fact(out, "where",
           fmt::format("{} {}", text_at(job, "subCluster"), text_at(job, "partition")));
  add_fact(out, "resources",
           fmt::format("{} nodes, {} hwthreads, {} accelerators, shared: {}",
                       number_at(job, "numNodes"), number_at(job, "numHWThreads"),
                       number_at(job, "numAcc"), text_at(job, "shared")));
  add_fact(out, "nodes", resources(job));
  if (number_at(job, "arrayJobId") != 0) add_fact(out, "array job", text_at(job, "arrayJobId"));
  if (const auto energy = text_at(job, "energy"); energy != "0") {
    add_fact(out, "energy", energy + " kWh");
  }
  add_footprint(out, job);
  add_fact(out, "tags", tags(job));
  add_meta_data(out, job);
  add_fact(out, "monitoring", monitoring(number_at(job, "monitoringStatus")));
  add_fact(out, "index id", text_at(job, "id"));
}

}  // namespace

Result<JobText> list_text(std::string_view answer) {
  TRY(const JsonValue jobs, jobs_of(answer));
  using enum Table::Align;
  Table table({{"JOBID", right},
               {"CLUSTER"},
               {"USER"},
               {"PROJECT"},
               {"STATE"},
               {"NODES", right},
               {"HWTHREADS", right},
               {"ACC", right},
               {"STARTED"},
               {"DURATION", right},
               {"NAME"}});
  each(at(jobs, "items"), [&table](JsonValue job) {
    table.add({text_at(job, "jobId"), text_at(job, "cluster"), text_at(job, "user"),
               text_at(job, "project"), text_at(job, "state"), text_at(job, "numNodes"),
               text_at(job, "numHWThreads"), text_at(job, "numAcc"),
               format_time(text_at(job, "startTime")), duration_at(job, "duration"),
               text_at(job, "metaData.jobName")});
  });
  return JobText{table.text(), table.rows(), number_at(jobs, "count")};
}

Result<JobText> detail_text(std::string_view answer) {
  TRY(const JsonValue jobs, jobs_of(answer));
  JobText out;
  out.count = number_at(jobs, "count");
  each(at(jobs, "items"), [&out](JsonValue job) {
    if (out.shown++ > 0) out.text += '\n';
    add_job(out.text, job);
  });
  return out;
}

}  // namespace jobledger::cli
