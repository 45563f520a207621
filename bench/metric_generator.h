// SPDX-License-Identifier: MIT
// Made-up samples of one host over one window, rounded to single precision, as agents send them:
// utilisation in ticks of 10 ms and counter differences, divided by an interval that jitters by
// some milliseconds and is the same for all elements of a host; quotients of two hardware counters;
// whole numbers, kB scaled to GB, texts with two decimals.
//
// What a host computes shows in all its metrics: a busy host alternates between phases of a few
// minutes, all hwthreads together; an idle one ticks a little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace jobledger::bench {

enum class MetricModel : std::uint8_t {
  cpu_user,
  cpu_system,
  cpu_idle,
  cpu_iowait,  // nothing but a few ticks in a few slots
  zero,
  ipc,
  flops,
  vectorization,
  clock_mhz,
  mem_bw,
  socket_power,
  mem_used_gb,
  mem_used_kb,
  load,
  counter,  // about 1e12, growing by 6e10 a slot
  rate,     // of a network or a file system, bytes a second
  gpu_utilisation,
  gpu_temperature,
  gpu_power,  // watts with three decimals
};
std::string_view to_string(MetricModel model);

struct HostShape {
  std::size_t slots = 64;
  bool busy = true;
  bool common_interval = true;  // false: as if each element were read at a time of its own
};

class HostWindow {
 public:
  HostWindow(std::uint64_t seed, HostShape shape);
  std::size_t slots() const { return shape_.slots; }

  // Element by element, one value a slot.
  std::vector<float> make(MetricModel model, std::size_t elements);

 private:
  void draw_intervals();
  double tick_percent(double ticks, std::size_t slot) const;
  double noise(double spread) { return 1 + spread * normal_(random_); }
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  bool chance(double share) { return between(0, 1) < share; }
  double poisson(double mean) { return std::poisson_distribution<int>(mean)(random_); }

  // The next value of the series being made; slots in ascending order.
  double series_value(MetricModel model, std::size_t slot);
  double cpu_value(MetricModel model, std::size_t slot);
  double counter_value(MetricModel model, std::size_t slot);
  double gpu_value(MetricModel model, std::size_t slot);

  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  HostShape shape_;
  std::vector<double> interval_;  // seconds, of each slot
  std::vector<bool> computing_;   // of each slot
  double level_ = 0;              // of the series being made: what makes it differ from others
  double state_ = 0;              // of the series being made: what walks from slot to slot
};

}  // namespace jobledger::bench
