// SPDX-License-Identifier: MIT
// One atomic change of the state, gathered and then committed as one synced RocksDB batch. Reads
// inside the update see its own changes. Nothing is visible to others before the commit.
//
// Executor: the writer thread.
#pragma once

#include "base/result.h"
#include "schema/job.h"
#include "storage/events.h"
#include "storage/jobs/run_index.h"
#include "storage/log_clock.h"
#include "storage/metric_health.h"
#include "storage/metrics/samples.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobledger::storage::metrics {
struct SealedHost;
}

namespace jobledger::storage {

// Bytes of block_codec.h under a key of layout.h.
struct SealedBlock {
  std::int64_t period = 0;  // layout.h, period_of
  std::string key, value;
};

class Update {
 public:
  ~Update();
  Update(Update&&) noexcept;
  Update& operator=(Update&&) noexcept;

  // --- jobs
  struct JobMatch {
    std::int64_t id = 0;
    std::string_view cluster;
    std::int64_t start_time = 0;
    std::int32_t duration = 0;
    schema::JobState state = schema::JobState::running;
  };
  // Runs of one scheduler id, newest first: at most `limit` of a cluster, and in all. Absent
  // cluster: of any. Logarithmic.
  std::vector<JobMatch> find_runs(jobs::RunQuery query, std::optional<std::string_view> cluster,
                                  std::size_t limit) const;
  // All jobs with that scheduler id, oldest start first; costs what there are. The views hold until
  // the next change.
  std::vector<JobMatch> find_jobs(std::int64_t job_id) const;
  // not_found when there is none. A record that the disk lost is made of its row (job_damage.h).
  Result<schema::Job> get_job(std::int64_t id) const;
  // Assigns and returns the number. Pre: no job with the same natural key (checked: conflict).
  // Tags are registered by (type, name, scope). `invalid` when no record can hold the job.
  Result<std::int64_t> add_job(schema::Job job);
  // The record with job.id; its natural key must not change (checked: conflict). `invalid` as
  // add_job().
  Result<void> replace_job(schema::Job job);

  // replace_job() with the true record of a damaged job, which is damaged no more then.
  Result<void> restore_job(schema::Job job);

  // --- stops that wait for their start
  // too_large beyond the limits: on number, number of one job id, bytes.
  Result<void> park_stop(ParkedStop stop);
  // Oldest first. Cheap when there is none.
  Result<std::vector<ParkedStop>> find_parked_stops(std::int64_t job_id) const;
  Result<std::vector<ParkedStop>> parked_stops_received_before(std::int64_t time,
                                                               std::size_t limit) const;
  void drop_parked_stop(const EventOrigin& origin);

  // --- dead letters
  // The same origin again changes nothing. Beyond the configured number and bytes it is counted and
  // dropped.
  Result<void> add_dead_letter(DeadLetter letter);
  Result<std::optional<DeadLetter>> find_dead_letter(std::int64_t id) const;
  Result<bool> drop_dead_letter(std::int64_t id);  // false when there is none

  // --- nodes
  // One report: replaces the latest state of these nodes, unless a later one is known, and is kept
  // in the history. The same again changes nothing.
  void put_node_states(std::string_view cluster, std::int64_t time, std::vector<NodeState> states);

  // --- metric samples
  // Cannot fail; what is beyond a limit is refused and counted.
  metrics::PutOutcome put_samples(const metrics::SampleBatch& batch);
  // What hosts sent up to now, this update's samples left out.
  HealthJudge health_judge() const;
  // Log time of the newest message of samples, epoch seconds; 0: none.
  std::int64_t metric_time() const;
  // Blocks that take the place of these ticks. False, and nothing changed, when samples came to
  // them since they were encoded.
  bool seal_ticks(const metrics::SealedHost& sealed, std::vector<SealedBlock> blocks);
  // A host without ticks that sent nothing for long. False when it did meanwhile.
  bool forget_metric_host(std::uint32_t number);
  // Entries of the head log before that one are needed no more; nor are layouts that nobody has.
  void trim_metric_log(std::uint64_t begin);
  // Blocks of windows that begin before that period, for ever.
  void drop_metric_periods_before(std::int64_t period);

  // --- the log
  std::optional<StreamPosition> position(std::string_view stream) const;
  void set_position(StreamPosition position);
  void add_stream_mark(std::string_view stream, StreamMark mark);
  // Those of sequences from `from` to before `to`.
  void drop_stream_marks(std::string_view stream, std::uint64_t from, std::uint64_t to);
  LogClock log_clock(std::string_view stream) const;
  void set_log_clock(std::string_view stream, LogClock clock);

  bool empty() const;

  struct Impl;  // update_impl.h, for this folder

 private:
  friend class Store;
  explicit Update(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobledger::storage
