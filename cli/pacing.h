// SPDX-License-Identifier: MIT
// When a simulated event is sent, in real time. Pure.
#pragma once

#include "base/result.h"
#include "cli/simulation.h"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace jobledger::cli {

class Pacing {
 public:
  // `rate`: "real" (by simulated time, `compression` times as fast until it has caught up with the
  // present, then as it comes), "max", or a number of events per second (metrics are no events:
  // they come with the time that passes).
  static Result<Pacing> parse(std::string_view rate, double compression, std::int64_t start,
                              std::int64_t now);

  // After the beginning of the run, for the event at that simulated time with that many before it.
  std::chrono::nanoseconds due(std::int64_t time, std::uint64_t before) const;

 private:
  enum class Mode : std::uint8_t { real, max, per_second } mode_ = Mode::real;
  double per_second_ = 0, compression_ = 1;
  std::int64_t start_ = 0, now_ = 0;
};

// So much a second and no more: what was not used is not saved up. Pure.
class Allowance {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit Allowance(double per_second) : per_second_(per_second) {}  // 0: no limit

  Time due() const { return next_; }  // from when on more may be spent
  void spend(Time now, std::uint64_t amount);

 private:
  double per_second_;
  Time next_{};
};

// Where simulated time begins unless told: now, or for `history` so long ago that the last of the
// jobs asked for ends now (found by a rehearsal; 30 days ago when there is no limit).
std::int64_t default_start(const SimulationConfig& config, std::int64_t now, bool history);

// Ascending with time, so that later runs do not repeat the numbers of earlier ones.
std::int64_t default_job_id(std::int64_t start);

}  // namespace jobledger::cli
