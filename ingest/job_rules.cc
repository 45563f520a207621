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

constexpr std::size_t kExpireAtOnce = 256;  // parked stops read in one go
constexpr std::int64_t kMaxDuration = std::numeric_limits<std::int32_t>::max();

// The run that a stop may mean: what does not start after it, among those that it names.
bool may_mean(const StopEvent& stop, const storage::Update::JobMatch& job) {
  return job.start_time <= stop.stop_time && (!stop.cluster || *stop.cluster == job.cluster) &&
         (!stop.start_time || *stop.start_time == job.start_time);
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
  std::optional<std::int64_t> overdue;
  bool duplicate = false;
  for (const Match& other : update.find_jobs(job.job_id)) {
    if (other.cluster != job.cluster) continue;
    if (other.start_time == job.start_time) return std::optional(Verdict{Outcome::repeat, {}, {}});
    if (std::abs(other.start_time - job.start_time) >= config_.duplicate_window) continue;
    if (other.state == JobState::running) {
      duplicate = true;
      overdue = other.id;
    } else if (other.start_time + other.duration > job.start_time) {
      duplicate = true;
    }
  }
  if (duplicate && overdue && config_.job_overtime > 0) {
    // Whether the sweep has been here yet must not matter.
    TRY(const bool marked, mark_overtime(update, *overdue, now));
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
    add_dead_letter(update, place_of(waiting), verdict, tally);
  }
  return {};
}

Verdict JobRules::stop(storage::Update& update, const StopJob& event, const Place& place) const {
  Result<Verdict> verdict = try_stop(update, event.stop);
  if (verdict && verdict->outcome == Outcome::parked) verdict = park(update, event.stop, place);
  return verdict ? *std::move(verdict) : storage_verdict(verdict.error());
}

// `parked`: there is no run to stop, and nothing was changed.
Result<Verdict> JobRules::try_stop(storage::Update& update, const StopEvent& stop) const {
  if (stop.start_time && *stop.start_time > stop.stop_time) {
    return Verdict::malformed(
        Reason::stop_before_start,
        fmt::format("{}: stopTime {} is before that", describe(stop), stop.stop_time));
  }
  std::optional<std::int64_t> running;   // the newest of those
  std::optional<std::int64_t> repeated;  // ended exactly so already
  std::vector<std::int64_t> timed_out;   // oldest first; one of them may only be marked so
  std::optional<std::int64_t> ended;
  for (const Match& job : update.find_jobs(stop.job_id)) {
    if (!may_mean(stop, job)) continue;
    if (job.state == JobState::running) {
      running = job.id;
      continue;
    }
    ended = job.id;
    if (job.state == stop.state && job.start_time + job.duration == stop.stop_time) {
      repeated = job.id;
    }
    if (job.state == JobState::timeout) timed_out.push_back(job.id);
  }
  std::optional<schema::Job> target;
  for (auto at = timed_out.rbegin(); at != timed_out.rend() && !target; ++at) {
    if (running && *at != repeated) continue;
    TRY(schema::Job job, update.get_job(*at));
    if (is_marked(job)) target = std::move(job);
  }
  if (!target && repeated) return Verdict{Outcome::repeat, {}, {}};
  if (!target && running) {
    TRY(target, update.get_job(*running));
  }
  if (!target && ended && stop.start_time) return judge_second_stop(update, stop, *ended);
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
  const std::vector<Match> runs = update.find_jobs(stop.job_id);
  return std::any_of(runs.begin(), runs.end(),
                     [&](const Match& run) { return may_mean(stop, run); });
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
      add_dead_letter(update, place_of(parked), verdict, tally);
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
