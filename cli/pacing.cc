// SPDX-License-Identifier: MIT
#include "cli/pacing.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace jobledger::cli {
namespace {

constexpr std::int64_t kMonth = 30 * 86400;
constexpr std::int64_t kEpochOfNumbers = 1'700'000'000;
constexpr double kMaxRate = 1e9;

}  // namespace

Result<Pacing> Pacing::parse(std::string_view rate, double compression, std::int64_t start,
                             std::int64_t now) {
  Pacing pacing;
  pacing.compression_ = compression;
  pacing.start_ = start;
  pacing.now_ = now;
  if (rate == "real") return pacing;
  if (rate == "max") {
    pacing.mode_ = Mode::max;
    return pacing;
  }
  pacing.mode_ = Mode::per_second;
  const auto [end, error] =
      std::from_chars(rate.data(), rate.data() + rate.size(), pacing.per_second_);
  if (error != std::errc{} || end != rate.data() + rate.size() || !(pacing.per_second_ > 0) ||
      pacing.per_second_ > kMaxRate) {
    return invalid(
        fmt::format("--rate: expected real, max or events per second, found \"{}\"", rate));
  }
  return pacing;
}

std::chrono::nanoseconds Pacing::due(std::int64_t time, std::uint64_t before) const {
  double seconds = 0;
  if (mode_ == Mode::per_second) seconds = static_cast<double>(before) / per_second_;
  if (mode_ == Mode::real) {
    // Compressed time never runs ahead of the present.
    seconds = std::max(static_cast<double>(time - start_) / compression_,
                       static_cast<double>(time - now_));
  }
  return std::chrono::nanoseconds(std::llround(std::clamp(seconds, 0.0, 1e9) * 1e9));
}

void Allowance::spend(Time now, std::uint64_t amount) {
  if (per_second_ <= 0 || amount == 0) return;
  const std::chrono::duration<double> time(static_cast<double>(amount) / per_second_);
  next_ = std::max(now, next_) + std::chrono::duration_cast<Time::duration>(time);
}

std::int64_t default_start(const SimulationConfig& config, std::int64_t now, bool history) {
  if (!history) return now;
  if (config.max_jobs == 0) return now - kMonth;
  SimulationConfig rehearsal = config;
  rehearsal.start = 0;
  rehearsal.agents.interval = 0;
  Simulation simulation(rehearsal);
  std::int64_t last = 0;
  while (auto event = simulation.next()) last = event->time;
  const bool measured = config.agents.interval > 0;
  return now - last - (measured ? kFlushDelaySeconds : 0);
}

std::int64_t default_job_id(std::int64_t start) {
  return std::max<std::int64_t>(start - kEpochOfNumbers, 1) * 10;
}

}  // namespace jobledger::cli
