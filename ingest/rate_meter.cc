// SPDX-License-Identifier: MIT
#include "ingest/rate_meter.h"

#include <algorithm>

namespace jobledger::ingest {

std::int64_t RateMeter::second_of(Time time) const {
  return std::chrono::duration_cast<std::chrono::seconds>(time - start_).count();
}

void RateMeter::add(Time now, std::uint64_t n) {
  std::lock_guard lock(mutex_);
  const std::int64_t second = std::max(second_of(now), newest_);
  const std::int64_t passed = std::min(second - newest_, kWindowSeconds);
  for (std::int64_t i = 0; i < passed; ++i) {
    counts_[static_cast<std::size_t>((second - i) % kWindowSeconds)] = 0;
  }
  newest_ = second;
  counts_[static_cast<std::size_t>(second % kWindowSeconds)] += n;
}

double RateMeter::per_second(Time now) const {
  std::lock_guard lock(mutex_);
  const std::int64_t second = std::max(second_of(now), newest_);
  std::uint64_t sum = 0;
  for (std::int64_t at = std::max<std::int64_t>(0, second - kWindowSeconds + 1); at <= newest_;
       ++at) {
    sum += counts_[static_cast<std::size_t>(at % kWindowSeconds)];
  }
  return static_cast<double>(sum) /
         static_cast<double>(std::clamp<std::int64_t>(second + 1, 1, kWindowSeconds));
}

}  // namespace jobledger::ingest
