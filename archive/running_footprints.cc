// SPDX-License-Identifier: MIT
#include "archive/running_footprints.h"

#include "archive/job_samples.h"
#include "base/log.h"
#include "base/periodic_thread.h"
#include "schema/job_check.h"
#include "schema/series_statistics.h"
#include "storage/jobs/query.h"

#include <atomic>
#include <ctime>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace jobledger::archive {
namespace {

constexpr std::size_t kAtOnce = 256;  // jobs read together, and changed in one piece of work
// Reads in a row that a source may fail in one sweep. More than one, as a single job may be too
// much for a source that is well.
constexpr int kMaxFailures = 3;

Result<std::vector<storage::jobs::JobRef>> running_jobs(const storage::Snapshot& snapshot) {
  storage::jobs::JobFilter running;
  running.states = {schema::JobState::running};
  storage::jobs::PageSpec all;
  all.limit.reset();
  all.want_count = false;
  TRY(storage::jobs::JobPage page,
      storage::jobs::find_jobs(snapshot.jobs(), {running}, storage::jobs::Order{}, all, 0));
  return std::move(page.items);
}

void tell(const schema::Job& job, const Error& error) {
  static LogGate gate;
  if (const long held = gate.pass(); held >= 0) {
    LOG(warning, "archive",
        "no footprint of a running job cluster={} job={} reason={} held_back={}", job.cluster,
        job.job_id, error.detail, held);
  }
}

// Sources that are out of reach in the course of one sweep: each read would only time out.
class FailingSources {
 public:
  bool skip(const sources::MetricSource& source) {
    const auto at = in_a_row_.find(&source);
    const bool fails = at != in_a_row_.end() && at->second >= kMaxFailures;
    skipped_ += fails ? 1U : 0U;
    return fails;
  }
  void note(const sources::MetricSource& source, const Result<schema::Job>& outcome) {
    const bool failed = !outcome && outcome.error().kind == ErrorKind::unavailable;
    int& count = in_a_row_[&source];
    count = failed ? count + 1 : 0;
  }
  std::size_t skipped() const { return skipped_; }  // jobs

 private:
  std::map<const sources::MetricSource*, int> in_a_row_;
  std::size_t skipped_ = 0;
};

bool same_footprint(const schema::Job& a, const schema::Job& b) {
  return a.footprint == b.footprint && a.energy_footprint == b.energy_footprint &&
         a.energy == b.energy;
}

}  // namespace

struct RunningFootprints::Impl {
  Impl(const Config& c, Parts p)
      : config(c),
        parts(std::move(p)),
        refreshed(parts.telemetry.counter("jobledger_running_footprints_total",
                                          "Footprints of running jobs that were changed")) {}

  void run();
  Result<std::size_t> refresh(std::int64_t now);
  Result<schema::Job> measure(const storage::Snapshot& snapshot, const schema::Job& job,
                              std::int64_t now) const;
  Result<std::size_t> write(std::vector<schema::Job> changed) const;

  const Config config;
  const Parts parts;
  mutable Counter refreshed;
  std::atomic<bool> stop_reading = false;
  PeriodicThread thread{"running footprints"};
};

void RunningFootprints::Impl::run() {
  const auto done = refresh(std::time(nullptr));
  if (done || done.error().kind == ErrorKind::cancelled) return;
  LOG(warning, "archive", "footprints of running jobs are not refreshed: {}", done.error().detail);
}

// The job with its footprint and energy up to now.
Result<schema::Job> RunningFootprints::Impl::measure(const storage::Snapshot& snapshot,
                                                     const schema::Job& job,
                                                     std::int64_t now) const {
  sources::ReadContext context;
  context.snapshot = &snapshot;
  context.stop.flag = &stop_reading;
  TRY(const schema::MetricData data,
      read_footprint_statistics(job, now, *parts.clusters, *parts.metrics.sources, context));
  schema::Job measured = job;
  measured.duration = static_cast<std::int32_t>(
      std::min<std::int64_t>(std::max<std::int64_t>(now - job.start_time, 0), INT32_MAX));
  schema::set_job_statistics(measured, data);
  schema::derive_footprint_and_energy(measured, *parts.clusters);
  schema::Job out = job;
  out.footprint = std::move(measured.footprint);
  out.energy_footprint = std::move(measured.energy_footprint);
  out.energy = measured.energy;
  return out;
}

Result<std::size_t> RunningFootprints::Impl::write(std::vector<schema::Job> changed) const {
  std::size_t count = 0;
  TRY(parts.writer.run([&](storage::Update& update) -> Result<void> {
    count = 0;
    for (const schema::Job& job : changed) {
      auto now = update.get_job(job.id);
      if (!now || !now->is_running()) continue;
      now->footprint = job.footprint;
      now->energy_footprint = job.energy_footprint;
      now->energy = job.energy;
      if (update.replace_job(*std::move(now))) ++count;
    }
    return {};
  }));
  refreshed.add(static_cast<double>(count));
  return count;
}

Result<std::size_t> RunningFootprints::Impl::refresh(std::int64_t now) {
  if (parts.metrics.sources == nullptr) return std::size_t{0};
  std::size_t count = 0;
  const auto first = parts.store.snapshot();
  TRY(const std::vector<storage::jobs::JobRef> refs, running_jobs(*first));
  FailingSources failing;
  std::span<const storage::jobs::JobRef> left = refs;
  while (!left.empty()) {
    const auto some = left.first(std::min(left.size(), kAtOnce));
    left = left.subspan(some.size());
    const auto snapshot = parts.store.snapshot();
    std::vector<schema::Job> changed;
    for (const storage::jobs::JobRef& ref : some) {
      if (stop_reading) return Error{ErrorKind::cancelled, "stopped"};
      TRY(const auto job, snapshot->read_job(ref.id));
      if (!job || !(*job)->is_running()) continue;
      const auto& source = parts.metrics.sources->source_of((*job)->cluster, (*job)->sub_cluster);
      if (failing.skip(source)) continue;
      auto measured = measure(*snapshot, **job, now);
      failing.note(source, measured);
      if (!measured) {
        tell(**job, measured.error());
      } else if (!same_footprint(*measured, **job)) {
        changed.push_back(*std::move(measured));
      }
    }
    if (changed.empty()) continue;
    TRY(const std::size_t written, write(std::move(changed)));
    count += written;
  }
  if (failing.skipped() > 0) {
    LOG(warning, "archive", "footprints of running jobs are not refreshed, sources fail: jobs={}",
        failing.skipped());
  }
  return count;
}

RunningFootprints::RunningFootprints(const Config& config, Parts parts)
    : impl_(std::make_unique<Impl>(config, std::move(parts))) {}

RunningFootprints::~RunningFootprints() = default;

void RunningFootprints::start() {
  const bool wanted =
      impl_->parts.metrics.sources != nullptr && impl_->config.running_footprints.count() > 0;
  if (!wanted) return;
  impl_->thread.start(impl_->config.running_footprints, PeriodicThread::First::after_pause,
                      [impl = impl_.get()] { impl->run(); });
}

void RunningFootprints::stop() {
  impl_->stop_reading = true;
  impl_->thread.stop();
}

Result<std::size_t> RunningFootprints::refresh(std::int64_t now) { return impl_->refresh(now); }

}  // namespace jobledger::archive
