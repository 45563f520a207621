// SPDX-License-Identifier: MIT
// One finished job on its way from the index into the staging folder.
//
// Executor: stage() on any thread, several at once. Lifetime: of the Finisher.
#pragma once

#include "archive/config.h"
#include "archive/metric_wait.h"
#include "archive/tree_writer.h"
#include "base/byte_budget.h"
#include "base/result.h"
#include "schema/cluster.h"
#include "schema/job.h"
#include "storage/snapshot.h"

#include <atomic>
#include <memory>

namespace jobledger::archive {

struct FinishItem {
  storage::JobPtr read;
  std::shared_ptr<const storage::Snapshot> snapshot;
  schema::Job written;
  Staged staged;
  Result<void> outcome;
  bool last_try = false;         // archived even if its metrics cannot be read
  bool without_metrics = false;  // nothing was measured
  bool unread = false;           // the failure is the source's: the job waits for it
};

// Not running, and not in the archive yet.
bool is_due(const schema::Job& job);

class JobStager {
 public:
  JobStager(const Config& config, std::shared_ptr<const schema::Clusters> clusters,
            TreeWriter& tree, const MetricAccess& metrics)
      : config_(config),
        clusters_(std::move(clusters)),
        tree_(tree),
        metrics_(metrics),
        budget_(config.finisher_bytes) {}

  // Whatever happens is the item's outcome; nothing is thrown.
  void stage(FinishItem& item);
  void stop() { stop_reading_ = true; }  // reads end soon
  // The other store that has the job's samples; null: they are our own, or nobody measures.
  sources::MetricSource* external_source(const schema::Job& job) const;

 private:
  Result<Staged> finish_and_stage(FinishItem& item);

  const Config& config_;
  const std::shared_ptr<const schema::Clusters> clusters_;
  TreeWriter& tree_;
  const MetricAccess& metrics_;
  ByteBudget budget_;
  std::atomic<bool> stop_reading_ = false;
};

}  // namespace jobledger::archive
