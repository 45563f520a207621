// SPDX-License-Identifier: MIT
#include "cli/load_profile.h"

#include "cli/noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace jobledger::cli {
namespace {

constexpr double kStartSeconds = 30;   // reading input before work begins
constexpr double kEpochSeconds = 600;  // of training

struct Habit {
  Profile usual, wrong;  // what some of its runs do
  double wrong_share;
};

Habit habit_of(std::string_view application) {
  using enum Profile;
  constexpr std::array<std::pair<std::string_view, Habit>, 8> kHabits{
      {{"lattice-run", {cpu_bound, idle_after_start, 0.1}},
       {"cfd-wing", {memory_bound, idle_after_start, 0.1}},
       {"md-membrane", {imbalanced, cpu_bound, 0.3}},
       {"assembly", {memory_leak, cpu_bound, 0.5}},
       {"postprocess", {serial, cpu_bound, 0.2}},
       {"interactive", {idle_after_start, serial, 0.3}},
       {"train-llm", {gpu_training, idle_after_start, 0.1}},
       {"inference", {idle_gpus, gpu_training, 0.4}}}};
  for (const auto& [name, habit] : kHabits) {
    if (name == application) return habit;
  }
  return {memory_bound, cpu_bound, 0.5};
}

// What was asked for on a node, as the simulated scheduler grants it.
double asked_gigabytes(const schema::Job& job) {
  const auto& first = job.resources.front();
  if (first.hwthreads.empty()) return kNodeMemoryGb;
  return static_cast<double>(std::ssize(first.hwthreads) * kMemoryPerCoreMb) / 1000;
}

}  // namespace

std::string_view to_string(Profile profile) {
  constexpr std::array<std::string_view, 8> kNames{
      "cpu bound",        "memory bound", "imbalanced", "gpu training",
      "idle after start", "memory leak",  "idle gpus",  "serial"};
  return kNames.at(static_cast<std::size_t>(profile));
}

Profile profile_of(const schema::Job& job) {
  const Habit habit = habit_of(job.meta("jobName"));
  const bool wrong = noise_unit(static_cast<std::uint64_t>(job.job_id)) < habit.wrong_share;
  return wrong ? habit.wrong : habit.usual;
}

JobLoad::JobLoad(const schema::Job& job)
    : profile_(profile_of(job)),
      nodes_(std::max(1, job.num_nodes)),
      gpus_(job.num_acc / nodes_),
      duration_(std::max(1, job.duration)),
      memory_gb_(job.resources.empty() ? 1 : asked_gigabytes(job)),
      strength_(0.9 + 0.1 * noise_unit(static_cast<std::uint64_t>(job.job_id) + 1)) {}

void JobLoad::train(NodeLoad& load, std::int64_t seconds) const {
  const double at = std::fmod(static_cast<double>(seconds), kEpochSeconds) / kEpochSeconds;
  const bool loading = at<0.08, evaluating = at> 0.92;
  load.busy = loading ? 0.7 : 0.25;
  load.gpu_busy = strength_ * (loading ? 0.04 : evaluating ? 0.55 : 0.96);
  load.gpu_memory_gb = 0.85 * kGpuMemoryGb;
  load.network_mb = loading ? 900 : 120;
}

NodeLoad JobLoad::at(std::int32_t place, std::int32_t threads, std::int64_t seconds) const {
  const double done = std::min(static_cast<double>(seconds) / duration_, 1.0);
  NodeLoad load{0.97, threads, 12, 0.6, 2.4, 0.4 * memory_gb_, 150, 0, gpus_};
  switch (profile_) {
    case Profile::cpu_bound:
      break;
    case Profile::memory_bound:
      load.flops = 1.3, load.bandwidth = 3.6, load.ipc = 0.7;
      load.memory_gb = 0.7 * memory_gb_;
      break;
    case Profile::imbalanced:
      load.busy -= nodes_ > 1 ? 0.7 * place / (nodes_ - 1) : 0;
      load.network_mb = 2500;
      break;
    case Profile::gpu_training:
      train(load, seconds);
      break;
    case Profile::idle_after_start:
      if (done > 0.2) load = {0.004, threads, 0, 0, 0.4, 0.4 * memory_gb_, 0, 0, gpus_, 8};
      break;
    case Profile::memory_leak:
      load.memory_gb = (0.1 + 0.87 * done) * memory_gb_;
      break;
    case Profile::idle_gpus:
      load.busy = 0.1, load.gpu_busy = 0.15, load.gpus = std::min(gpus_, 1);
      load.gpu_memory_gb = 3;
      break;
    case Profile::serial:
      load.threads = 1, load.memory_gb = 0.15 * memory_gb_;
      break;
  }
  if (static_cast<double>(seconds) < kStartSeconds) load.busy = std::min(load.busy, 0.3);
  load.busy *= strength_;
  return load;
}

}  // namespace jobledger::cli
