// SPDX-License-Identifier: MIT
#include "archive/job_stager.h"

#include "archive/job_samples.h"

#include <exception>
#include <string>
#include <utility>

namespace jobledger::archive {

bool is_due(const schema::Job& job) {
  return !job.is_running() &&
         job.monitoring_status == schema::MonitoringStatus::running_or_archiving;
}

// Whatever happens to one job must not end the daemon.
void JobStager::stage(FinishItem& item) {
  try {
    auto done = finish_and_stage(item);
    if (done)
      item.staged = *std::move(done);
    else
      item.outcome = std::move(done).error();
  } catch (const std::exception& thrown) {
    item.outcome = Error{ErrorKind::internal, std::string("exception: ") + thrown.what()};
  }
}

Result<Staged> JobStager::finish_and_stage(FinishItem& item) {
  sources::ReadContext context;
  context.snapshot = item.snapshot.get();
  context.stop.flag = &stop_reading_;
  TRY(FinishedJob finished, finish_job(*item.read, *clusters_, metrics_.sources, context,
                                       {config_, budget_, tree_, item.last_try}));
  if (finished.unread) {
    item.unread = true;
    return *std::move(finished.unread);
  }
  item.without_metrics = metrics_.sources != nullptr && !finished.measured;
  item.written = std::move(finished.record);
  return tree_.stage(item.written, finished.data());
}

sources::MetricSource* JobStager::external_source(const schema::Job& job) const {
  if (metrics_.sources == nullptr) return nullptr;
  sources::MetricSource& source = metrics_.sources->source_of(job.cluster, job.sub_cluster);
  return source.is_own() ? nullptr : &source;
}

}  // namespace jobledger::archive
