// SPDX-License-Identifier: MIT
#include "archive/metric_wait.h"

#include <algorithm>

namespace jobledger::archive {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kLook{500};  // while the log of metrics is behind

bool knows_a_host(const storage::Snapshot& snapshot, const schema::Job& job) {
  const auto& dictionaries = snapshot.jobs().dictionaries();
  const auto cluster = dictionaries.find(storage::jobs::Dictionary::cluster, job.cluster);
  if (!cluster) return false;
  return std::any_of(job.resources.begin(), job.resources.end(), [&](const auto& resource) {
    const auto host = dictionaries.find(storage::jobs::Dictionary::host, resource.hostname);
    return host && !snapshot.metric_head().find(*cluster, *host).empty();
  });
}

}  // namespace

// nullopt: it may be archived now.
std::optional<Instant> MetricWait::next_look(const schema::Job& job,
                                             const storage::Snapshot& snapshot, const Moment& now,
                                             Instant since) const {
  if (access_.sources == nullptr) return std::nullopt;
  const std::int64_t settled = job.start_time + job.duration + config_.metrics_settle.count();
  const std::int64_t left = std::clamp<std::int64_t>(settled - now.wall, 0, 3600);
  const Instant by_clock = now.steady + seconds(left);
  const auto if_later = [&](Instant when) {
    return when > now.steady ? std::optional(when) : std::nullopt;
  };
  if (!access_.sources->source_of(job.cluster, job.sub_cluster).is_own()) return if_later(by_clock);
  if (snapshot.metric_head().log_time >= settled) return std::nullopt;
  if (!access_.caught_up()) return now.steady + kLook;
  if (!knows_a_host(snapshot, job)) return std::nullopt;
  return if_later(std::max(by_clock, since + config_.metrics_settle));
}

bool MetricWait::is_ready(const schema::Job& job, const storage::Snapshot& snapshot,
                          const Moment& now) {
  const auto known = jobs_.find(job.id);
  const Instant since = known == jobs_.end() ? now.steady : known->second.since;
  const std::optional<Instant> next = next_look(job, snapshot, now, since);
  if (!next || now.steady - since >= config_.metrics_patience) return true;
  jobs_.insert_or_assign(job.id, Entry{since, std::min(*next, since + config_.metrics_patience)});
  return false;
}

bool MetricWait::may_try_again(std::int64_t id, Instant now) {
  const Entry& entry = jobs_.try_emplace(id, Entry{now, now}).first->second;
  return now - entry.since < config_.metrics_patience;
}

bool MetricWait::is_waiting(std::int64_t id, Instant now) const {
  const auto at = jobs_.find(id);
  return at != jobs_.end() && at->second.until > now;
}

std::optional<Instant> MetricWait::first_end() const {
  std::optional<Instant> first;
  for (const auto& [id, entry] : jobs_) {
    if (!first || entry.until < *first) first = entry.until;
  }
  return first;
}

}  // namespace jobledger::archive
