// SPDX-License-Identifier: MIT
#include "ingest/job_rules.h"

#include "ingest/dead_letter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

namespace jobledger::ingest {
namespace {

using schema::JobState;
using schema::MonitoringStatus;
using schema::StopEvent;
using storage::jobs::RunKind;
using Match = storage::Update::JobMatch;

constexpr std::size_t kExpireAtOnce = 256;  // parked stops read in one go
// Runs that ended: so many are looked at. Runs of one job do not overlap, but for corrected ends.
constexpr std::size_t kNearRuns = 16;
constexpr std::int64_t kMaxDuration = std::numeric_limits<std::int32_t>::max();

// The newest runs that a stop may mean: what does not start after it, among those that it names.
std::vector<Match> find_meant(const storage::Update& update, const StopEvent& stop, RunKind kind,
                              std::size_t limit) {
  const std::int64_t since = stop.start_time.value_or(INT64_MIN);
  const std::int64_t until = stop.start_time.value_or(stop.stop_time);
  return update.find_runs({stop.job_id, kind, since, until}, stop.cluster, limit);
}

bool same_stop(const StopEvent& a, const StopEvent& b) {
  return a.job_id == b.job_id && a.cluster == b.cluster && a.start_time == b.start_time &&
         a.stop_time == b.stop_time && a.state == b.state;
}

std::string describe(const StopEvent& stop) {
  std::string text = fmt::format("job {}", stop.job_id);
  if (stop.cluster) text += fmt::format(" on {}", *stop.cluster);
  if (stop.start_time) text += fmt::format(" started at {}", *stop.start_time);
  return text;
}

void finish(schema::Job& job, JobState state, std::int64_t duration) {
  job.state = state;
  job.duration = static_cast<std::int32_t>(duration);
  if (job.monitoring_status != MonitoringStatus::disabled) {
    job.monitoring_status = MonitoringStatus::running_or_archiving;  // archiving is due
  }
}

bool is_marked(const schema::Job& job) { return !job.meta(kOvertimeKey).empty(); }

void set_meta(schema::Job& job, std::string_view key, std::string value) {
  if (!job.meta_data) job.meta_data.emplace();
  auto& entries = *job.meta_data;
  const auto at =
      std::lower_bound(entries.begin(), entries.end(), key,
                       [](const auto& entry, auto wanted) { return entry.first < wanted; });
  if (at != entries.end() && at->first == key) {
    at->second = std::move(value);
  } else {
    entries.emplace(at, std::string(key), std::move(value));
  }
}

void clear_mark(schema::Job& job) {
  if (!job.meta_data) return;
  const std::size_t erased =
      std::erase_if(*job.meta_data, [](const auto& entry) { return entry.first == kOvertimeKey; });
  // An unset map and an empty one differ in the archive; the mark may have made this one.
  if (erased > 0 && job.meta_data->empty()) job.meta_data.reset();
}

Verdict storage_verdict(const Error& error) {
  if (error.kind == ErrorKind::invalid) return Verdict::malformed(Reason::refused, error.detail);
  return Verdict::malformed(Reason::storage,
                            fmt::format("{}: {}", to_string(error.kind), error.detail));
}

Place place_of(const storage::ParkedStop& parked) {
  return {parked.origin, parked.received, parked.received, parked.subject, parked.payload};
}

}  // namespace

Verdict JobRules::start(storage::Update& update, StartJob event, const Place& place,
                        Tally& tally) const {
  Result<Verdict> verdict = try_start(update, std::move(event), place, tally);
  return verdict ? *std::move(verdict) : storage_verdict(verdict.error());
}

Result<Verdict> JobRules::try_start(storage::Update& update, StartJob event, const Place& place,
                                    Tally& tally) const {
  // A start is a second witness of the time that the broker gave its message.
  const std::int64_t now = std::max(place.time, std::min(place.sent, event.job.start_time));
  TRY(const std::optional<Verdict> known, find_same_run(update, event.job, now));
  if (known) return *known;
  const std::int64_t job_id = event.job.job_id;
  TRY(update.add_job(std::move(event.job)));
  TRY(settle_parked(update, job_id, tally));
  return Verdict{Outcome::applied, {}, {}};
}

// Whether the start reports a run that is known: the very same, or one that cannot have ended
// before this one began.
Result<std::optional<Verdict>> JobRules::find_same_run(storage::Update& update,
                                                       const schema::Job& job,
                                                       std::int64_t now) const {
  const auto runs = [&](RunKind kind, std::int64_t since, std::int64_t until, std::size_t limit) {
    return update.find_runs({job.job_id, kind, since, until}, job.cluster, limit);
  };
  if (!runs(RunKind::any, job.start_time, job.start_time, 1).empty()) {
    return std::optional(Verdict{Outcome::repeat, {}, {}});
  }
  const std::int64_t since = job.start_time - config_.duplicate_window + 1;
  const std::int64_t until = job.start_time + config_.duplicate_window - 1;
  const std::vector<Match> running = runs(RunKind::running, since, until, 1);
  bool duplicate = !running.empty() || !runs(RunKind::ended, job.start_time, until, 1).empty();
  for (const Match& run : runs(RunKind::ended, since, job.start_time, kNearRuns)) {
    duplicate = duplicate || run.start_time + run.duration > job.start_time;
  }
  if (!running.empty() && config_.job_overtime > 0) {
    // Whether the sweep has been here yet must not matter.
    TRY(const bool marked, mark_overtime(update, running.front().id, now));
    if (marked) return find_same_run(update, job, now);
  }
  if (duplicate) return std::optional(Verdict{Outcome::duplicate, {}, {}});
  return std::optional<Verdict>{};
}

// Stops that came before this start are applied now, in the order of their stop times.
Result<void> JobRules::settle_parked(storage::Update& update, std::int64_t job_id,
                                     Tally& tally) const {
  TRY(std::vector<storage::ParkedStop> parked, update.find_parked_stops(job_id));
  std::stable_sort(parked.begin(), parked.end(), [](const auto& a, const auto& b) {
    return a.stop.stop_time < b.stop.stop_time;
  });
  for (const storage::ParkedStop& waiting : parked) {
    TRY(const Verdict verdict, try_stop(update, waiting.stop));
    if (verdict.outcome == Outcome::parked) continue;
    update.drop_parked_stop(waiting.origin);
    ++tally.parked_settled;
    if (verdict.outcome != Outcome::malformed) continue;
    drop_dead(update, waiting, verdict, tally);
  }
  return {};
}

void JobRules::drop_dead(storage::Update& update, const storage::ParkedStop& parked,
                         const Verdict& verdict, Tally& tally) const {
  const Place place = place_of(parked);
  add_dead_letter(update, place, verdict, names_known_cluster(place.text, *clusters_()), tally);
}

Verdict JobRules::stop(storage::Update& update, const StopJob& event, const Place& place) const {
  Result<Verdict> verdict = try_stop(update, event.stop);
  if (verdict && verdict->outcome == Outcome::parked) verdict = park(update, event.stop, place);
  return verdict ? *std::move(verdict) : storage_verdict(verdict.error());
}

// The run that a stop ends; absent: none. The newest one that runs, or one that was only marked as
// timed out; where one runs, the mark must be what the stop says.
Result<std::optional<schema::Job>> JobRules::find_target(const storage::Update& update,
                                                         const StopEvent& stop,
                                                         std::optional<std::int64_t> repeated) {
  const std::vector<Match> running = find_meant(update, stop, RunKind::running, 1);
  for (const Match& run : find_meant(update, stop, RunKind::timed_out, kNearRuns)) {
    if (!running.empty() && run.id != repeated) continue;
    TRY(schema::Job job, update.get_job(run.id));
    if (is_marked(job)) return std::optional(std::move(job));
  }
  if (repeated || running.empty()) return std::optional<schema::Job>{};
  TRY(schema::Job job, update.get_job(running.front().id));
  return std::optional(std::move(job));
}

// `parked`: there is no run to stop, and nothing was changed.
Result<Verdict> JobRules::try_stop(storage::Update& update, const StopEvent& stop) const {
  if (stop.start_time && *stop.start_time > stop.stop_time) {
    return Verdict::malformed(
        Reason::stop_before_start,
        fmt::format("{}: stopTime {} is before that", describe(stop), stop.stop_time));
  }
  const std::vector<Match> ended = find_meant(update, stop, RunKind::ended, kNearRuns);
  const auto same = std::find_if(ended.begin(), ended.end(), [&](const Match& run) {
    return run.state == stop.state && run.start_time + run.duration == stop.stop_time;
  });
  std::optional<std::int64_t> repeated;
  if (same != ended.end()) repeated = same->id;
  TRY(std::optional<schema::Job> target, find_target(update, stop, repeated));
  if (!target && repeated) return Verdict{Outcome::repeat, {}, {}};
  if (!target && stop.start_time && !ended.empty()) {
    return judge_second_stop(update, stop, ended.front().id);
  }
  if (!target) return Verdict{Outcome::parked, {}, {}};
  const std::int64_t duration = stop.stop_time - target->start_time;
  if (duration > kMaxDuration) {
    return Verdict::malformed(Reason::refused,
                              fmt::format("{}: stopTime {} makes it last {} s, more than {}",
                                          describe(stop), stop.stop_time, duration, kMaxDuration));
  }
  clear_mark(*target);
  finish(*target, stop.state, duration);
  if (!stop.scheduler_state.empty()) set_meta(*target, kSchedulerStateKey, stop.scheduler_state);
  TRY(update.replace_job(*std::move(target)));
  return Verdict{Outcome::applied, {}, {}};
}

// Another stop for the named run, which ended otherwise. A job that went back into the queue, and
// ends there, is told of with the start of the run that it had.
Result<Verdict> JobRules::judge_second_stop(const storage::Update& update, const StopEvent& stop,
                                            std::int64_t ended) {
  TRY(const schema::Job job, update.get_job(ended));
  const bool was_requeued =
      job.state == JobState::preempted && !job.meta(kSchedulerStateKey).empty();
  if (was_requeued && job.start_time + job.duration <= stop.stop_time) {
    return Verdict{Outcome::duplicate, {}, {}};
  }
  return Verdict::malformed(
      Reason::already_stopped,
      fmt::format("{} already stopped, with another end or state", describe(stop)));
}

Result<Verdict> JobRules::park(storage::Update& update, const StopEvent& stop,
                               const Place& place) const {
  TRY(const std::vector<storage::ParkedStop> waiting, update.find_parked_stops(stop.job_id));
  for (const storage::ParkedStop& other : waiting) {
    if (same_stop(other.stop, stop)) return Verdict{Outcome::repeat, {}, {}};
  }
  auto parked = update.park_stop(
      {place.origin, stop, std::string(place.subject), std::string(place.text), place.time});
  if (!parked) return Verdict::malformed(Reason::not_parked, std::move(parked).error().detail);
  return Verdict{Outcome::parked, {}, {}};
}

// A stop that may have been meant for a run that ended before: its job never started again.
bool JobRules::is_settled(const storage::Update& update, const StopEvent& stop) {
  if (stop.start_time) return false;
  return !find_meant(update, stop, RunKind::any, 1).empty();
}

Result<void> JobRules::expire_parked(storage::Update& update, std::int64_t now,
                                     Tally& tally) const {
  const std::int64_t limit = now - config_.park_limit;
  while (true) {
    TRY(const std::vector<storage::ParkedStop> late,
        update.parked_stops_received_before(limit, kExpireAtOnce));
    for (const storage::ParkedStop& parked : late) {
      update.drop_parked_stop(parked.origin);
      if (is_settled(update, parked.stop)) {
        ++tally.parked_dropped;
        continue;
      }
      const Verdict verdict = Verdict::malformed(
          Reason::no_start,
          fmt::format("{}: no start came within {} s", describe(parked.stop), config_.park_limit));
      drop_dead(update, parked, verdict, tally);
    }
    if (late.size() < kExpireAtOnce) return {};
  }
}

Result<bool> JobRules::mark_overtime(storage::Update& update, std::int64_t id,
                                     std::int64_t now) const {
  if (config_.job_overtime <= 0) return false;
  TRY(schema::Job job, update.get_job(id));
  const bool overdue = job.is_running() && job.walltime > 0 &&
                       job.walltime < now - job.start_time - config_.job_overtime;
  if (!overdue) return false;
  finish(job, JobState::timeout, std::min(job.walltime, kMaxDuration));
  // Not when we looked: that may differ from one replica to the next.
  const std::int64_t since = job.start_time + job.walltime + config_.job_overtime;
  set_meta(job, kOvertimeKey, std::to_string(since));
  TRY(update.replace_job(std::move(job)));
  return true;
}

}  // namespace jobledger::ingest
