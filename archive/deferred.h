// SPDX-License-Identifier: MIT
// Jobs that could not be archived, each with its own growing pause; those that failed too often are
// set aside. One thread.
#pragma once

#include "archive/config.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jobledger::archive {

using Instant = std::chrono::steady_clock::time_point;

// Pauses that double from the shortest to the longest.
class Backoff {
 public:
  explicit Backoff(const Config& config) : min_(config.retry_min), max_(config.retry_max) {}
  std::chrono::milliseconds next() {
    current_ = current_.count() == 0 ? min_ : std::min(current_ * 2, max_);
    return current_;
  }
  void reset() { current_ = std::chrono::milliseconds{0}; }

 private:
  std::chrono::milliseconds min_, max_, current_{0};
};

// Why a job is not in the archive.
struct JobTrouble {
  std::int64_t id = 0;
  std::string job;  // its folder in the tree
  std::string reason;
  std::size_t tries = 0;  // that failed
};

class Deferred {
 public:
  explicit Deferred(const Config& config) : config_(config) {}

  // `counts`: it is the job's own failure; after Config::max_tries of them it is set aside.
  void put(std::int64_t id, Instant now, std::string job, std::string reason, bool counts = true) {
    Pause& pause = jobs_.try_emplace(id, Pause{{}, Backoff(config_), {}}).first->second;
    pause.trouble.id = id;
    pause.trouble.job = std::move(job);
    pause.trouble.reason = std::move(reason);
    if (counts) ++pause.trouble.tries;
    if (is_aside(pause))
      pause.until = now + config_.aside_retry;
    else
      pause.until = now + pause.backoff.next();
  }
  void settle(std::int64_t id) { jobs_.erase(id); }
  bool is_waiting(std::int64_t id, Instant now) const {
    const auto at = jobs_.find(id);
    return at != jobs_.end() && at->second.until > now;
  }
  std::optional<Instant> first_end() const {
    std::optional<Instant> first;
    for (const auto& [id, pause] : jobs_)
      if (!first || pause.until < *first) first = pause.until;
    return first;
  }
  std::size_t size() const { return jobs_.size(); }
  // Those that are set aside, by their numbers.
  std::vector<JobTrouble> aside() const {
    std::vector<JobTrouble> out;
    for (const auto& [id, pause] : jobs_)
      if (is_aside(pause)) out.push_back(pause.trouble);
    std::sort(out.begin(), out.end(),
              [](const JobTrouble& a, const JobTrouble& b) { return a.id < b.id; });
    return out;
  }

 private:
  struct Pause {
    Instant until;
    Backoff backoff;
    JobTrouble trouble;
  };
  bool is_aside(const Pause& pause) const { return pause.trouble.tries >= config_.max_tries; }

  const Config& config_;
  std::unordered_map<std::int64_t, Pause> jobs_;
};

}  // namespace jobledger::archive
