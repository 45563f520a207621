// SPDX-License-Identifier: MIT
// Archive on stop: jobs that finished go into the tree, then the index learns that they are there.
//
// Operation: which jobs are due stands in the index itself, so nothing is lost by a crash; each
// commit that makes some wakes the finisher. One thread takes due jobs in batches and has them
// staged side by side on a few threads; a sync, while the next batch is staged, makes them durable,
// then they are placed; the sync after that makes the placing durable, and then one piece of work
// for the Writer marks the batch as archived: each job only if it is still as it was written, else
// it stays due and is written again.
// Metrics: a job's samples are read, by threads of the batch, when they have arrived
// (metric_wait.h); statistics, footprint and energy follow from them. A job without any is archived
// all the same. Failure: when the archive as a whole refuses (full, read-only), everything stays
// due and is tried again for ever with growing pauses; status().blocked says why, the log says it
// once. A single bad job is tried again later, without holding the others up, and is set aside
// after Config::max_tries failures. Jobs whose samples another store has go through a lane of that
// store (source_lane.h), and come to the others when they are staged.
// Executor: own threads; functions from any thread. Lifetime: start() once, stop() before the
// Writer stops, both before destruction. What stop() leaves is due at the next start.
#pragma once

#include "archive/config.h"
#include "archive/deferred.h"
#include "archive/metric_wait.h"
#include "archive/tree_writer.h"
#include "base/telemetry.h"
#include "schema/cluster.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jobledger::archive {

struct FinisherStatus {
  std::uint64_t archived = 0;   // since the start; a job written twice counts once
  std::uint64_t rewritten = 0;  // changed while they were written, so due again
  std::uint64_t failures = 0;   // tries that failed, of single jobs
  std::size_t in_flight = 0;    // written, and the index not yet told
  std::size_t deferred = 0;     // single jobs that failed and wait for their next try
  std::size_t aside = 0;        // ... of these: that failed too often (set_aside())
  std::size_t unread = 0;       // whose samples another store has, and they wait for it
  std::optional<std::string> source_trouble;  // what one of those stores failed by last
  std::size_t settling = 0;                   // whose last samples may still arrive
  std::uint64_t without_metrics = 0;          // archived, though nothing was measured
  std::optional<std::string> blocked;         // why nothing can be archived at present
};

class Finisher {
 public:
  struct Parts {
    std::shared_ptr<const schema::Clusters> clusters;
    TreeWriter& tree;
    storage::Store& store;
    storage::Writer& writer;
    Telemetry& telemetry;
    MetricAccess metrics = {};
  };
  Finisher(Config config, Parts parts);
  ~Finisher();

  void start();
  void stop();

  // Waits until nothing is due but what cannot be archived at present. For an orderly end and for
  // tests; false when stop() came first.
  bool wait_idle();

  FinisherStatus status() const;
  // Jobs that are not tried again for long, by their numbers.
  std::vector<JobTrouble> set_aside() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::archive
