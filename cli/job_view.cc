// SPDX-License-Identifier: MIT
#include "cli/job_view.h"

#include "cli/json_view.h"
#include "cli/table.h"

namespace jobledger::cli {
namespace {

using schema::JsonValue;

std::string duration_at(JsonValue job, std::string_view path) {
  return format_duration(number_at(job, path));
}

}  // namespace

Result<JobText> list_text(std::string_view answer) {
  TRY(const JsonValue data, graphql_data(answer, answer_reader()));
  const JsonValue jobs = at(data, "jobs");
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

}  // namespace jobledger::cli
