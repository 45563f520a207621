// SPDX-License-Identifier: MIT
#include "httpd/graphql/job_fields.h"

#include "httpd/graphql/bindings.h"
#include "httpd/graphql/scalars.h"

#include <array>

namespace jobledger::httpd {
using graphql::Context;
using graphql::Expected;
using schema::Job;

FootprintValue split_footprint(const schema::NamedValue& entry) {
  const std::string_view key = entry.name;
  const auto split = key.rfind('_');
  if (split == std::string_view::npos) return {key, "", entry.value};
  return {key.substr(0, split), key.substr(split + 1), entry.value};
}

std::string_view hardware_of(std::string_view metric) {
  struct Hint {
    std::array<std::string_view, 3> parts;
    std::string_view hardware;
  };
  static constexpr std::array<Hint, 4> kHints = {{
      {{"cpu", "Cpu", "CPU"}, "CPU"},
      {{"acc", "Acc", "ACC"}, "Accelerator"},
      {{"mem", "Mem", "MEM"}, "Memory"},
      {{"core", "Core", "CORE"}, "Core"},
  }};
  for (const Hint& hint : kHints) {
    for (std::string_view part : hint.parts) {
      if (metric.find(part) != std::string_view::npos) return hint.hardware;
    }
  }
  return "Other";
}

namespace {

std::vector<FootprintValue> footprint(const Job& job) {
  std::vector<FootprintValue> values;
  if (!job.footprint) return values;
  values.reserve(job.footprint->size());
  for (const auto& entry : *job.footprint) values.push_back(split_footprint(entry));
  return values;
}

std::vector<EnergyFootprintValue> energy_footprint(const Job& job) {
  std::vector<EnergyFootprintValue> values;
  if (!job.energy_footprint) return values;
  for (const auto& [name, value] : *job.energy_footprint) {
    values.push_back({hardware_of(name), name, value});
  }
  return values;
}

std::optional<MetaData> meta_data(const Job& job) {
  if (!job.meta_data) return std::nullopt;
  return MetaData{&*job.meta_data};
}

Expected<std::optional<JobLinks>> links(const Job& job, const Context& context) {
  return expected(concurrent_jobs(job, answer_of(context)));
}

// An absent list, which stands for the whole node, is null.
template <class T>
const std::vector<T>* unless_empty(const std::vector<T>& list) {
  return list.empty() ? nullptr : &list;
}

void bind_job(graphql::Binder& binder) {
  binder.type<Job>("Job")
      .field("id", &Job::id)
      .field("jobId", &Job::job_id)
      .field("user", &Job::user)
      .field("project", &Job::project)
      .field("cluster", &Job::cluster)
      .field("subCluster", &Job::sub_cluster)
      .field("partition", &Job::partition)
      .field("startTime", [](const Job& job) { return UtcTime{job.start_time}; })
      .field("duration",
             [](const Job& job, const Context& context) {
               return live_duration(job, answer_of(context).now);
             })
      .field("walltime", &Job::walltime)
      .field("numNodes", &Job::num_nodes)
      .field("numHWThreads", &Job::num_hwthreads)
      .field("numAcc", &Job::num_acc)
      .field("energy", &Job::energy)
      .field("SMT", &Job::smt)
      .field("shared", [](const Job& job) { return to_string(job.shared); })
      .field("arrayJobId", &Job::array_job_id)
      .field("monitoringStatus",
             [](const Job& job) { return static_cast<int>(job.monitoring_status); })
      .field("state", &Job::state)
      .field("tags", &Job::tags)
      .field("resources", &Job::resources)
      .field("concurrentJobs", links)
      .field("footprint", footprint)
      .field("energyFootprint", energy_footprint)
      .field("metaData", meta_data)
      // There are no accounts yet: every owner is unknown, which is null without an error.
      .field("userData", [](const Job&) { return std::optional<User>(); });
}

}  // namespace

void bind_job_fields(graphql::Binder& binder) {
  bind_job(binder);
  using schema::Resource;
  binder.type<Resource>("Resource")
      .field("hostname", &Resource::hostname)
      .field("hwthreads", [](const Resource& node) { return unless_empty(node.hwthreads); })
      .field("accelerators", [](const Resource& node) { return unless_empty(node.accelerators); })
      .field("configuration", &Resource::configuration);
  binder.type<FootprintValue>("FootprintValue")
      .field("name", &FootprintValue::name)
      .field("stat", &FootprintValue::stat)
      .field("value", &FootprintValue::value);
  binder.type<EnergyFootprintValue>("EnergyFootprintValue")
      .field("hardware", &EnergyFootprintValue::hardware)
      .field("metric", &EnergyFootprintValue::metric)
      .field("value", &EnergyFootprintValue::value);
  binder.type<JobLinks>("JobLinkResultList")
      .field("listQuery", &JobLinks::list_query)
      .field("items", &JobLinks::items)
      .field("count", &JobLinks::count);
  binder.type<JobLink>("JobLink")
      .field("id", [](const JobLink& link) { return std::to_string(link.id); })
      .field("jobId", &JobLink::job_id);
  binder.type<User>("User")
      .field("username", &User::username)
      .field("name", &User::name)
      .field("email", &User::email);
}

}  // namespace jobledger::httpd
