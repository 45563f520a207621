// SPDX-License-Identifier: MIT
// Measured samples on their road from the log into storage: decoded on the source's thread, put
// into storage on the writer's (road.h), in one synced batch with the position.
//
// A message that was delivered again is not read again. Samples that storage refuses are counted;
// nothing of a metric line is ever a dead letter. While storage has more samples in memory than
// kHeadSlack times its bound, as when it cannot seal them, the log waits ("metric_head_full").
// Threads and lifetime: as the road.
#pragma once

#include "base/telemetry.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/road.h"
#include "ingest/source.h"
#include "ingest/status.h"
#include "ingest/unmatched.h"
#include "storage/metrics/samples.h"
#include "storage/store.h"
#include "storage/writer.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace jobledger::ingest {

// Where samples go. Executor: the writer thread.
using PutSamples = std::function<storage::metrics::PutOutcome(
    storage::Update&, const storage::metrics::SampleBatch&)>;
storage::metrics::PutOutcome put_into_storage(storage::Update& update,
                                              const storage::metrics::SampleBatch& samples);

// Sealing begins at the bound and takes a while.
constexpr double kHeadSlack = 1.25;

class MetricPipeline {
 public:
  struct Parts {
    Road::Parts road;
    ClustersNow clusters;
    PutSamples put = put_into_storage;
    std::size_t max_head_bytes = SIZE_MAX;  // storage::metrics::Config
    // Why nothing may be taken now, beside a full head, as in Road::Hooks.
    std::function<std::string_view()> held_up = {};
  };

  MetricPipeline(const Config& config, Parts parts);
  ~MetricPipeline();

  void start();
  void stop() { road_.stop(); }

  MetricStatus status() const;        // any thread
  UnmatchedReport unmatched() const;  // any thread

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
  Road road_;
};

}  // namespace jobledger::ingest
