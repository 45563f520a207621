// SPDX-License-Identifier: MIT
#include "page.h"

#include <ctime>

namespace page {
namespace {

std::string time_text(std::time_t time) {
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", &parts)};
}

}  // namespace

Root make_root() {
  Root root;
  for (int i = 0; i < 50; ++i) {
    Job job{1000 + i,
            4000000 + i,
            "user" + std::to_string(i % 9),
            "project" + std::to_string(i % 4),
            "fritz",
            "main",
            time_text(1700000000 + i * 60),
            3600 + i,
            2,
            "completed",
            {{1, "type", "name", "global"}, {2, "kind", "other", "admin"}},
            {{"f0101"}, {"f0102"}},
            {}};
    for (const char* metric : {"flops_any", "mem_bw", "cpu_load", "mem_used"}) {
      job.footprint.push_back({metric, "avg", 1.25 * i + 0.1});
    }
    root.jobs.push_back(std::move(job));
  }
  return root;
}

namespace {

using graphql::Value;

// Fields that no case asks for.
template <class T>
void bind_rest(graphql::TypeBinder<T>& type, std::initializer_list<const char*> names) {
  for (const char* name : names) type.field(name, [](const T&) { return Value(); });
}

void bind_job(graphql::Binder& binder) {
  auto job = binder.type<Job>("Job");
  job.field("id", &Job::id)
      .field("jobId", &Job::job_id)
      .field("user", &Job::user)
      .field("project", &Job::project)
      .field("cluster", &Job::cluster)
      .field("subCluster", &Job::sub_cluster)
      .field("startTime", &Job::start_time)
      .field("duration", &Job::duration)
      .field("numNodes", &Job::num_nodes)
      .field("state", &Job::state)
      .field("tags", &Job::tags)
      .field("resources", &Job::resources)
      .field("footprint", &Job::footprint);
  bind_rest(job, {"partition", "walltime", "numHWThreads", "numAcc", "energy", "SMT", "shared",
                  "arrayJobId", "monitoringStatus", "concurrentJobs", "energyFootprint", "metaData",
                  "userData"});
  binder.type<Tag>("Tag")
      .field("id", &Tag::id)
      .field("type", &Tag::type)
      .field("name", &Tag::name)
      .field("scope", &Tag::scope);
  auto resource = binder.type<Resource>("Resource");
  resource.field("hostname", &Resource::hostname);
  bind_rest(resource, {"hwthreads", "accelerators", "configuration"});
  binder.type<FootprintValue>("FootprintValue")
      .field("name", &FootprintValue::name)
      .field("stat", &FootprintValue::stat)
      .field("value", &FootprintValue::value);
}

}  // namespace

std::shared_ptr<const graphql::Engine> make_engine(std::size_t cached_documents) {
  graphql::Binder binder;
  for (const char* name : {"Time", "JobState"}) {
    binder.scalar(name).output<std::string>(
        [](const std::string& text, graphql::Writer& out) { out.string(text); });
  }
  bind_job(binder);
  auto list = binder.type<JobList>("JobResultList");
  list.field("items", &JobList::items).field("count", &JobList::count);
  bind_rest(list, {"offset", "limit", "hasNextPage"});
  auto query = binder.type<Root>("Query");
  query.field("jobs", [](const Root& root) {
    return JobList{&root.jobs, static_cast<int>(root.jobs.size())};
  });
  bind_rest(query, {"clusters",
                    "tags",
                    "globalMetrics",
                    "user",
                    "allocatedNodes",
                    "node",
                    "nodes",
                    "nodesWithMeta",
                    "nodeStates",
                    "nodeStatesTimed",
                    "job",
                    "jobMetrics",
                    "jobStats",
                    "scopedJobStats",
                    "jobsStatistics",
                    "jobsMetricStats",
                    "jobsFootprints",
                    "rooflineHeatmap",
                    "nodeMetrics",
                    "nodeMetricsList",
                    "clusterMetrics"});
  binder.unbound_types_are_values();
  graphql::Options options;
  options.cached_documents = cached_documents;
  return graphql::Engine::make(graphql::Schema::parse(kSdl).value(), std::move(binder), options)
      .value();
}

}  // namespace page
