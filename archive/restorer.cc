// SPDX-License-Identifier: MIT
#include "archive/restorer.h"

#include "base/log.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace jobledger::archive {
namespace {

constexpr std::size_t kRestoredAtOnce = 256;

using Jobs = std::vector<schema::Job>;

// Each for itself: what changed meanwhile is left alone.
void restore_all(storage::Update& update, const Jobs& archived) {
  for (const schema::Job& job : archived) {
    auto current = update.get_job(job.id);
    if (!current) continue;
    auto restored = restored_job(job, *current);
    if (!restored) continue;
    if (const auto done = update.restore_job(*std::move(restored)); !done) {
      LOG(warning, "archive", "a damaged job cannot be restored: {}", done.error().detail);
    }
  }
}

}  // namespace

std::optional<schema::Job> restored_job(schema::Job archived, const schema::Job& current) {
  const bool same = archived.cluster == current.cluster && archived.job_id == current.job_id &&
                    archived.start_time == current.start_time && archived.state == current.state &&
                    archived.duration == current.duration;
  if (!same || !archived.meta(storage::kDamageEntry).empty()) return std::nullopt;
  archived.id = current.id;
  archived.tags = current.tags;
  archived.monitoring_status = current.monitoring_status;
  return archived;
}

void Restorer::start() {
  thread_.start(std::chrono::seconds(1), PeriodicThread::First::at_once, [this] { (void)run(); });
}

std::size_t Restorer::run() {
  const auto snapshot = store_.snapshot();
  if (snapshot->damaged_jobs().empty() || !tree_.root()->check()) return 0;
  const auto& dictionaries = snapshot->jobs().dictionaries();
  auto jobs = std::make_shared<Jobs>();
  for (const auto& [id, damage] : snapshot->damaged_jobs()) {
    if (jobs->size() == kRestoredAtOnce) break;
    const auto row = snapshot->jobs().find(id);
    if (!row || row->state == schema::JobState::running) continue;
    const auto [tried, is_new] = tried_.try_emplace(id, 0);
    if (tried->second == row->revision) continue;
    tried->second = row->revision;
    const auto cluster = dictionaries.text(storage::jobs::Dictionary::cluster, row->cluster);
    auto job = tree_.read_meta({std::string(cluster), row->job_id, row->start_time});
    if (!job) continue;
    job->id = id;
    jobs->push_back(*std::move(job));
  }
  if (jobs->empty()) return 0;
  storage::Work work;
  work.apply = [jobs](storage::Update& update) -> Result<void> {
    restore_all(update, *jobs);
    return {};
  };
  if (writer_.try_submit(std::move(work))) {
    LOG(info, "archive", "records that the disk lost are read from the archive: jobs={}",
        jobs->size());
    return jobs->size();
  }
  for (const schema::Job& job : *jobs) tried_.erase(job.id);  // the queue is full: another time
  return 0;
}

}  // namespace jobledger::archive
