// SPDX-License-Identifier: MIT
// What needs the archive and its clusters, in the order it is built: the tree, the keeper of
// metrics, their sources, what archives, imports and reads jobs. It is made once the archive is
// there; until then the log waits (core.h).
//
// Executor: open(), start() and stop() block: a worker thread, one after the other. The accessors
// from any thread.
#pragma once

#include "archive/finisher.h"
#include "archive/importer.h"
#include "archive/job_metrics.h"
#include "archive/restorer.h"
#include "archive/running_footprints.h"
#include "archive/tree.h"
#include "archive/tree_writer.h"
#include "base/periodic_thread.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "daemon/settings.h"
#include "sources/node_health.h"
#include "sources/own_store.h"
#include "sources/source_map.h"
#include "storage/metric_keeper.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace jobledger::daemon {

class ArchiveSide {
 public:
  struct Parts {
    storage::Store& store;
    storage::Writer& writer;
    Telemetry& telemetry;
    std::function<bool()> metrics_caught_up;
  };
  // What an archive without a version or clusters means.
  struct Demand {
    bool create = false;       // an absent or empty folder becomes an archive
    bool has_clusters = true;  // one without clusters is not there
  };
  // `invalid` when the settings are wrong, which waiting will not heal. Any other error: the
  // archive is not there, or not as it has to be, which somebody may mend.
  static Result<std::unique_ptr<ArchiveSide>> open(const Settings& settings, const Demand& demand,
                                                   Parts parts);

  void start();
  void stop();  // may be called without start()

  const archive::Tree& tree() const { return tree_; }
  archive::Importer& importer() { return importer_; }
  archive::Finisher& finisher() { return finisher_; }
  archive::JobMetrics& job_metrics() { return job_metrics_; }
  // Null: nobody measures, or only we do.
  const sources::NodeHealth* node_health() const { return node_health_.get(); }
  // Why the folder of the archive is not the one that was opened; nothing while it is.
  std::optional<std::string> root_problem() const;

 private:
  ArchiveSide(const Settings& settings, archive::Tree tree, const Parts& parts);
  archive::MetricAccess metric_access(const Parts& parts) const;
  void look();

  const std::chrono::milliseconds look_interval_;
  archive::Tree tree_;
  storage::MetricKeeper keeper_;
  sources::OwnStore own_store_;
  std::unique_ptr<sources::SourceMap> sources_;       // null: nobody measures
  std::unique_ptr<sources::NodeHealth> node_health_;  // null: nobody else measures
  archive::TreeWriter tree_writer_;
  archive::Importer importer_;
  archive::Finisher finisher_;
  archive::RunningFootprints footprints_;
  archive::Restorer restorer_;
  archive::JobMetrics job_metrics_;
  PeriodicThread watch_{"archive watch"};
  mutable std::mutex mutex_;
  std::optional<std::string> root_problem_;
  bool started_ = false;
};

}  // namespace jobledger::daemon
