// SPDX-License-Identifier: MIT
// How many of something came in each second, over the last minute: as long as the interval at which
// most agents send, so that their bursts even out. Executor: any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace jobledger::ingest {

class RateMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::int64_t kWindowSeconds = 60;

  explicit RateMeter(Time start = std::chrono::steady_clock::now()) : start_(start) {}

  // `now` does not go back.
  void add(Time now, std::uint64_t n);
  // The mean over the window, or since the start if that was later.
  double per_second(Time now) const;

 private:
  std::int64_t second_of(Time time) const;

  const Time start_;
  mutable std::mutex mutex_;
  std::array<std::uint64_t, kWindowSeconds> counts_{};  // by second, modulo
  std::int64_t newest_ = 0;                             // second; counts after it are of the past
};

}  // namespace jobledger::ingest
