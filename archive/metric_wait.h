// SPDX-License-Identifier: MIT
// When the metrics of a finished job are complete enough to be archived. Samples come by a road of
// their own, some seconds after they were measured, and after an outage much later than the stop of
// the job.
//
// A job waits until the log of metrics is past its end by Config::metrics_settle. Where that log
// has been read to its end, or the samples are kept by somebody else, it waits so long from its end
// by the wall clock; and in the first case from when it was first looked at, as the log's end is
// known a few seconds late. It does not wait when none of its hosts ever sent anything and nothing
// is left to be read, and never longer than Config::metrics_patience.
//
// Executor: one thread.
#pragma once

#include "archive/config.h"
#include "archive/deferred.h"
#include "schema/job.h"
#include "sources/metric_source.h"
#include "storage/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

namespace jobledger::archive {

// How finished jobs get their metrics.
struct MetricAccess {
  const sources::SourceMap* sources = nullptr;  // null: nobody measures
  // The log of metrics has been read to its end, or there is none. Any thread, quick.
  std::function<bool()> caught_up = [] { return true; };
};

class MetricWait {
 public:
  MetricWait(const Config& config, const MetricAccess& access) : config_(config), access_(access) {}

  struct Moment {
    Instant steady;
    std::int64_t wall = 0;  // epoch seconds
  };
  // Whether the job may be archived now; if not it is waiting until the next look.
  bool is_ready(const schema::Job& job, const storage::Snapshot& snapshot, const Moment& now);
  // Its metrics could not be read: whether that may be tried again later.
  bool may_try_again(std::int64_t id, Instant now);

  bool is_waiting(std::int64_t id, Instant now) const;
  std::optional<Instant> first_end() const;
  void forget(std::int64_t id) { jobs_.erase(id); }
  std::size_t size() const { return jobs_.size(); }

 private:
  struct Entry {
    Instant since, until;
  };
  std::optional<Instant> next_look(const schema::Job& job, const storage::Snapshot& snapshot,
                                   const Moment& now, Instant since) const;

  const Config& config_;
  const MetricAccess& access_;
  std::unordered_map<std::int64_t, Entry> jobs_;
};

}  // namespace jobledger::archive
