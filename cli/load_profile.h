// SPDX-License-Identifier: MIT
// What a simulated job does to the hardware that it has: the kinds of jobs that a centre sees, the
// well-behaved and those that waste. A pure function of the job and the time, without noise.
#pragma once

#include "schema/job.h"

#include <cstdint>
#include <string_view>

namespace jobledger::cli {

enum class Profile : std::uint8_t {
  cpu_bound,
  memory_bound,      // waits for memory: much bandwidth, few flops
  imbalanced,        // the first node does most of the work, the last one little
  gpu_training,      // epochs: loading data, training, now and then an evaluation
  idle_after_start,  // works for a moment, then hangs
  memory_leak,       // uses more and more, up to what it asked for
  idle_gpus,         // asked for accelerators and uses one of them, a little
  serial,            // one thread works, whatever was asked for
};
std::string_view to_string(Profile profile);

// By its name and number. What an application is written for, with some that go wrong.
Profile profile_of(const schema::Job& job);

constexpr double kNodeMemoryGb = 256, kGpuMemoryGb = 40;
constexpr std::int64_t kMemoryPerCoreMb = 3500;  // of jobs on a part of a node

// Of one job on one node.
struct NodeLoad {
  double busy = 0;             // share of the time of the working threads, 0 to 1
  std::int32_t threads = 0;    // of them that work; the others idle
  double flops = 0;            // GF/s of a busy thread
  double bandwidth = 0;        // GB/s of a busy thread
  double ipc = 0;              // of a busy thread
  double memory_gb = 0;        // of the node
  double network_mb = 0;       // a second
  double gpu_busy = 0;         // share of the time of the working accelerators
  std::int32_t gpus = 0;       // of them that work
  double gpu_memory_gb = 0.5;  // of a working accelerator
};

class JobLoad {
 public:
  explicit JobLoad(const schema::Job& job);

  Profile profile() const { return profile_; }
  // `place`: of the node in the job's resources; `seconds`: since its start.
  NodeLoad at(std::int32_t place, std::int32_t threads, std::int64_t seconds) const;

 private:
  void train(NodeLoad& load, std::int64_t seconds) const;

  Profile profile_;
  std::int32_t nodes_, gpus_;  // accelerators of a node
  double duration_;            // seconds, >= 1
  double memory_gb_;           // that it asked for on a node
  double strength_;            // what makes one run of a program differ from others, 0.9 to 1
};

}  // namespace jobledger::cli
