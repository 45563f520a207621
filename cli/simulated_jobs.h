// SPDX-License-Identifier: MIT
// Random but plausible jobs: who, what, how large, how long, how it ends.
#pragma once

#include "cli/simulated_cluster.h"
#include "cli/simulated_nodes.h"
#include "schema/job.h"

#include <cstdint>
#include <random>
#include <string>

namespace jobledger::cli {

// Own distributions: the standard's differ between libraries, and a seed is a promise.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }  // [0, 1)
  bool chance(double share) { return unit() < share; }
  std::uint64_t below(std::uint64_t n) {  // n >= 1
    return static_cast<std::uint64_t>(unit() * static_cast<double>(n));
  }
  double exponential(double mean);

 private:
  std::mt19937_64 engine_;
};

struct PlannedJob {
  Request request;
  schema::Job job;  // all but resources, sub-cluster and start; duration and state as it will end
};

struct JobMix {
  std::uint32_t users = 40, projects = 8;
  double mean_duration = 600;
  std::uint32_t main_nodes = 64, gpu_nodes = 8;
};

PlannedJob plan_job(Dice& dice, const JobMix& mix);

}  // namespace jobledger::cli
