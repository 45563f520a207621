// SPDX-License-Identifier: MIT
// What a start or a stop does to the jobs that are known already: duplicates, matching, parking,
// marking (docs/differences.md, Ingest). Decisions use log time only, so that the same log always
// gives the same jobs.
//
// Executor: the writer thread, inside one Update.
#pragma once

#include "base/result.h"
#include "ingest/config.h"
#include "ingest/decoder.h"
#include "ingest/event.h"
#include "ingest/tally.h"
#include "storage/update.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace jobledger::ingest {

class JobRules {
 public:
  JobRules(RulesConfig config, ClustersNow clusters)
      : config_(config), clusters_(std::move(clusters)) {}

  // Parked stops that fit the new job are settled with it, and counted.
  Verdict start(storage::Update& update, StartJob event, const Place& place, Tally& tally) const;
  Verdict stop(storage::Update& update, const StopJob& event, const Place& place) const;

  // Stops whose start did not come in time by `now` (log time) become dead letters; those of a job
  // that ran before are counted only.
  Result<void> expire_parked(storage::Update& update, std::int64_t now, Tally& tally) const;

  // Marks the job if it runs and is past its wall time by more than the setting allows. A real stop
  // corrects that later. False: nothing to do.
  Result<bool> mark_overtime(storage::Update& update, std::int64_t id, std::int64_t now) const;

  const RulesConfig& config() const { return config_; }

 private:
  Result<Verdict> try_start(storage::Update& update, StartJob event, const Place& place,
                            Tally& tally) const;
  Result<Verdict> try_stop(storage::Update& update, const schema::StopEvent& stop) const;
  static Result<std::optional<schema::Job>> find_target(const storage::Update& update,
                                                        const schema::StopEvent& stop,
                                                        std::optional<std::int64_t> repeated);
  static Result<Verdict> judge_second_stop(const storage::Update& update,
                                           const schema::StopEvent& stop, std::int64_t ended);
  static bool is_settled(const storage::Update& update, const schema::StopEvent& stop);
  Result<Verdict> park(storage::Update& update, const schema::StopEvent& stop,
                       const Place& place) const;
  Result<std::optional<Verdict>> find_same_run(storage::Update& update, const schema::Job& job,
                                               std::int64_t now) const;
  Result<void> settle_parked(storage::Update& update, std::int64_t job_id, Tally& tally) const;

  void drop_dead(storage::Update& update, const storage::ParkedStop& parked, const Verdict& verdict,
                 Tally& tally) const;

  RulesConfig config_;
  ClustersNow clusters_;
};

// metaData entry of a job that was marked: when it became overdue, epoch seconds.
inline constexpr std::string_view kOvertimeKey = "markedOvertime";
// metaData entry of a job that ended in a word of the scheduler that is not the name of its state.
inline constexpr std::string_view kSchedulerStateKey = "schedulerState";

}  // namespace jobledger::ingest
