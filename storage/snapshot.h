// SPDX-License-Identifier: MIT
// Everything one answer reads: one state of the job table and of RocksDB, taken together.
//
// Executor: any thread; read_ functions may touch the disk (not on the event loop).
// Lifetime: hold it for one answer only: it pins files. Must be gone before the Store.
#pragma once

#include "base/result.h"
#include "schema/job.h"
#include "storage/events.h"
#include "storage/job_damage.h"
#include "storage/jobs/query.h"
#include "storage/jobs/table.h"
#include "storage/log_clock.h"
#include "storage/metrics/ticks.h"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace jobledger::storage {

using JobPtr = std::shared_ptr<const schema::Job>;

class Snapshot {
 public:
  ~Snapshot();

  const jobs::View& jobs() const;

  // Full records in the order asked for; through the cache of decoded records. A reference to a
  // job that this snapshot does not hold is `corrupt`; one from another view may answer another
  // version of the job.
  // A record that the disk lost is made of its row (job_damage.h).
  Result<std::vector<JobPtr>> read_jobs(std::span<const jobs::JobRef> refs) const;
  Result<std::optional<JobPtr>> read_job(std::int64_t id) const;  // by index number

  const std::vector<schema::Tag>& tags() const;  // by id
  const std::vector<NodeState>& nodes() const;   // latest, by (cluster, hostname)

  const DamagedJobs& damaged_jobs() const;  // whose record the disk lost

  struct NodeHistoryQuery {
    std::string cluster;     // exact; empty: all
    std::int64_t after = 0;  // epoch seconds, exclusive
  };
  // Every stored report, node by node: for the history of filtered nodes. Ascending time; too_large
  // when there are more than max_entries.
  Result<std::vector<NodeState>> read_node_history(const NodeHistoryQuery& query,
                                                   std::size_t max_entries) const;

  // Oldest first, with an id greater than `after`. Payloads may be long: without them a list takes
  // little memory.
  Result<std::vector<DeadLetter>> read_dead_letters(std::int64_t after, std::size_t limit,
                                                    bool with_payload = true) const;
  Result<std::optional<DeadLetter>> read_dead_letter(std::int64_t id) const;
  std::uint64_t dead_letter_count() const;
  std::uint64_t dead_letter_bytes() const;     // of their texts
  std::uint64_t dead_letters_dropped() const;  // beyond the limit, ever
  std::uint64_t parked_stop_count() const;

  std::optional<StreamPosition> position(std::string_view stream) const;
  // Ascending, those before the position. Read now: not of the moment of this snapshot.
  Result<std::vector<StreamMark>> read_stream_marks(std::string_view stream) const;
  LogClock log_clock(std::string_view stream) const;

  // Samples that are not sealed yet; for all others see metric_reader.h.
  const metrics::HeadView& metric_head() const;
  // Days that have sealed blocks, ascending (layout.h, period_of).
  std::vector<std::int64_t> metric_periods() const;

 private:
  friend class Store;
  friend class BlockReader;
  struct Impl;
  explicit Snapshot(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::storage
