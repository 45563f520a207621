// SPDX-License-Identifier: MIT
#include "ingest/job_event.h"

#include "ingest/event_texts.h"
#include "schema/job_check.h"

#include <fmt/format.h>

#include <utility>

namespace jobledger::ingest {
namespace {

Result<void> check_start(const schema::Job& job) {
  if (job.job_id <= 0) return invalid(fmt::format("jobId: must be positive, is {}", job.job_id));
  if (job.start_time <= 0) {
    return invalid(fmt::format("startTime: must be positive, is {}", job.start_time));
  }
  return {};
}

// What does not fit the hosts or the cluster, and can be told from them.
void mend(schema::Job& job, const schema::Clusters& clusters, schema::DroppedMembers& dropped) {
  const auto hosts = static_cast<std::int32_t>(job.resources.size());
  if (job.num_nodes != 0 && job.num_nodes != hosts) {
    schema::note_dropped(dropped, "numNodes",
                         fmt::format("numNodes: {} of {} hosts", job.num_nodes, hosts));
  }
  job.num_nodes = hosts;
  const schema::Cluster* cluster = clusters.find(job.cluster);
  if (cluster == nullptr || job.sub_cluster.empty()) return;
  if (cluster->find_sub_cluster(job.sub_cluster) != nullptr) return;
  schema::note_dropped(dropped, "subCluster",
                       fmt::format("subCluster: there is no {}", job.sub_cluster));
  job.sub_cluster.clear();
}

}  // namespace

Result<StartJob> parse_start_job(std::string_view json, const schema::Clusters& clusters,
                                 const LimitsConfig& limits, schema::UnknownMembers* unknown,
                                 schema::DroppedMembers& dropped) {
  TRY(schema::Job job, schema::parse_start_event(json, unknown, &dropped));
  job.duration = 0;
  for (schema::Tag& tag : job.tags) tag.id = 0;
  using schema::MonitoringStatus;
  // Whatever else was sent: nothing is archived yet.
  if (job.monitoring_status != MonitoringStatus::disabled) {
    job.monitoring_status = MonitoringStatus::running_or_archiving;
  }
  TRY(check_start(job));
  TRY(limit_texts(job, limits, dropped));
  mend(job, clusters, dropped);
  // Well-formed, but it does not fit what we know: mending that and retrying may help.
  if (Result<void> fits = schema::check_job(job, clusters); !fits) {
    return Error{ErrorKind::conflict, std::move(fits).error().detail};
  }
  return StartJob{std::move(job)};
}

Result<StopJob> parse_stop_job(std::string_view json, schema::UnknownMembers* unknown,
                               schema::DroppedMembers& dropped) {
  TRY(schema::StopEvent stop, schema::parse_stop_event(json, unknown, &dropped));
  if (stop.job_id <= 0) return invalid(fmt::format("jobId: must be positive, is {}", stop.job_id));
  if (stop.stop_time <= 0) return invalid("stopTime: missing, or not positive");
  // Some publishers send zero values for what they do not set.
  if (stop.cluster && stop.cluster->empty()) stop.cluster.reset();
  if (stop.start_time && *stop.start_time == 0) stop.start_time.reset();
  return StopJob{std::move(stop)};
}

}  // namespace jobledger::ingest
