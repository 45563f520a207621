// SPDX-License-Identifier: MIT
// The writing side in one piece, in the order it is built: archive tree, store, writer, the keeper
// of metrics, their sources, importer, finisher, ingest. Later parts use earlier ones; destruction
// goes backwards.
//
// Executor: load(), import, start() and stop() block: a worker thread, one after the other. The
// accessors from any thread after load().
#pragma once

#include "archive/finisher.h"
#include "archive/importer.h"
#include "archive/job_metrics.h"
#include "archive/running_footprints.h"
#include "archive/tree.h"
#include "archive/tree_writer.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "daemon/settings.h"
#include "ingest/ingest.h"
#include "sources/node_health.h"
#include "sources/own_store.h"
#include "sources/source_map.h"
#include "storage/metric_keeper.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <atomic>
#include <functional>
#include <memory>

namespace jobledger::daemon {

class Core {
 public:
  // Reads the clusters and opens the database; starts the writer.
  static Result<std::unique_ptr<Core>> load(const Settings& settings, Telemetry& telemetry);
  ~Core();

  using Tick = std::function<void(const archive::ImportProgress&)>;
  // `stop` and `tick` as in archive::Importer.
  Result<archive::ImportReport> import(const std::filesystem::path& from, Tick tick,
                                       const std::atomic<bool>* stop);

  void start();  // archiving and the log
  // The reverse: the log, archiving, then what is queued is written. May be called without start().
  void stop();

  storage::Store& store() { return *store_; }
  const storage::Writer& writer() const { return *writer_; }
  const archive::Tree& tree() const { return tree_; }
  archive::Importer& importer() { return importer_; }
  archive::Finisher& finisher() { return finisher_; }
  const ingest::Ingest& ingest() const { return ingest_; }
  // Null: nobody measures.
  const sources::SourceMap* sources() const { return sources_.get(); }
  archive::JobMetrics& job_metrics() { return job_metrics_; }

 private:
  Core(const Settings& settings, Telemetry& telemetry, archive::Tree tree,
       std::unique_ptr<storage::Store> store);

  archive::MetricAccess metric_access() const;
  ingest::HealthElsewhere health_elsewhere() const;

  archive::Tree tree_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Writer> writer_;
  storage::MetricKeeper keeper_;
  sources::OwnStore own_store_;
  std::unique_ptr<sources::SourceMap> sources_;       // null: nobody measures
  std::unique_ptr<sources::NodeHealth> node_health_;  // null: nobody else measures
  archive::TreeWriter tree_writer_;
  archive::Importer importer_;
  archive::Finisher finisher_;
  archive::RunningFootprints footprints_;
  archive::JobMetrics job_metrics_;
  ingest::Ingest ingest_;
  bool started_ = false, stopped_ = false;
};

}  // namespace jobledger::daemon
