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

std::shared_ptr<const graphql::Engine> make_engine(std::size_t cached_documents) {
  graphql::Binder binder;
  binder.scalar("Time").output<std::string>(
      [](const std::string& text, graphql::Writer& out) { out.string(text); });
  binder.type<Tag>("Tag")
      .field("id", &Tag::id)
      .field("type", &Tag::type)
      .field("name", &Tag::name)
      .field("scope", &Tag::scope);
  binder.type<Resource>("Resource")
      .field("hostname", &Resource::hostname)
      .field("hwthreads", [](const Resource&) { return std::optional<std::vector<int>>(); })
      .field("accelerators",
             [](const Resource&) { return std::optional<std::vector<std::string>>(); });
  binder.type<FootprintValue>("FootprintValue")
      .field("name", &FootprintValue::name)
      .field("stat", &FootprintValue::stat)
      .field("value", &FootprintValue::value);
  binder.type<Job>("Job")
      .field("id", &Job::id)
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
  binder.type<JobList>("JobList").field("items", &JobList::items).field("count", &JobList::count);
  binder.type<Root>("Query").field("jobs", [](const Root& root) {
    return JobList{&root.jobs, static_cast<int>(root.jobs.size())};
  });
  graphql::Options options;
  options.cached_documents = cached_documents;
  return graphql::Engine::make(graphql::Schema::parse(kSdl).value(), std::move(binder), options)
      .value();
}

}  // namespace page
