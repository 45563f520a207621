// SPDX-License-Identifier: MIT
// Jobs that could not be archived, each with its own growing pause. One thread.
#pragma once

#include "archive/config.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>

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

class Deferred {
 public:
  explicit Deferred(const Config& config) : config_(config) {}

  void put(std::int64_t id, Instant now) {
    auto [at, added] = jobs_.try_emplace(id, Pause{{}, Backoff(config_)});
    at->second.until = now + at->second.backoff.next();
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

 private:
  struct Pause {
    Instant until;
    Backoff backoff;
  };
  const Config& config_;
  std::unordered_map<std::int64_t, Pause> jobs_;
};

}  // namespace jobledger::archive
