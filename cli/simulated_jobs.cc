// SPDX-License-Identifier: MIT
#include "cli/simulated_jobs.h"

#include "cli/load_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace jobledger::cli {
namespace {

struct Application {
  std::string_view name, program;
  enum class Size : std::uint8_t { whole_nodes, some_cores, some_gpus } size;
};
constexpr std::array<Application, 9> kApplications{
    {{"lattice-run", "lqcd --beta 5.7", Application::Size::whole_nodes},
     {"cfd-wing", "solver -case wing", Application::Size::whole_nodes},
     {"md-membrane", "mdrun -deffnm membrane", Application::Size::whole_nodes},
     {"weather \"north\"", "icon.exe < namelist", Application::Size::whole_nodes},
     {"assembly", "spades -t $SLURM_CPUS_PER_TASK", Application::Size::some_cores},
     {"postprocess", "python3 plot.py && echo done", Application::Size::some_cores},
     {"interactive", "bash", Application::Size::some_cores},
     {"train-llm", "torchrun train.py", Application::Size::some_gpus},
     {"inference", "python3 serve.py", Application::Size::some_gpus}}};

const Application& pick_application(Dice& dice, bool gpus) {
  const auto& pick = kApplications[dice.below(kApplications.size())];
  // Without accelerators in the cluster their programs do not come up.
  return pick.size == Application::Size::some_gpus && !gpus ? kApplications.front() : pick;
}

schema::JobState pick_end(Dice& dice) {
  using enum schema::JobState;
  const double at = dice.unit();
  if (at < 0.82) return completed;
  if (at < 0.90) return failed;
  if (at < 0.95) return cancelled;
  return at < 0.98 ? timeout : out_of_memory;
}

Request pick_request(Dice& dice, const Application& application, const JobMix& mix) {
  Request request;
  switch (application.size) {
    case Application::Size::whole_nodes: {
      constexpr std::array<std::uint32_t, 8> kNodes{1, 1, 1, 2, 2, 4, 8, 16};
      request.whole_nodes =
          std::min(kNodes[dice.below(kNodes.size())], std::max(1u, mix.main_nodes));
      break;
    }
    case Application::Size::some_cores:
      request.cores = 1 << dice.below(5);
      break;
    case Application::Size::some_gpus:
      request.gpu = true;
      request.accelerators = 1 << dice.below(4);
      request.cores = request.accelerators * (kGpuCores / kGpusPerNode);
      break;
  }
  return request;
}

// As the scheduler shows it; nothing for whole nodes.
std::string asked_memory(const Request& request) {
  if (request.whole_nodes > 0) return {};
  return fmt::format("ReqTRES=cpu={},mem={}M,node=1\n", request.cores,
                     request.cores * kMemoryPerCoreMb);
}

}  // namespace

double Dice::exponential(double mean) { return -mean * std::log(1 - unit()); }

PlannedJob plan_job(Dice& dice, const JobMix& mix) {
  const Application& application = pick_application(dice, mix.gpu_nodes > 0);
  PlannedJob out;
  out.request = pick_request(dice, application, mix);
  schema::Job& job = out.job;
  // A few users make most of the jobs.
  const auto user = static_cast<std::uint64_t>(dice.unit() * dice.unit() * mix.users);
  job.user = fmt::format("user{:03}", user);
  job.project = fmt::format("project{:02}", user % mix.projects);
  job.shared = out.request.whole_nodes > 0 ? schema::Sharing::none : schema::Sharing::multi_user;
  job.partition = out.request.gpu ? "gpu" : out.request.whole_nodes > 0 ? "main" : "shared";
  job.state = pick_end(dice);
  const double length =
      std::clamp(dice.exponential(mix.mean_duration), 1.0, std::min(20 * mix.mean_duration, 1e9));
  job.duration = static_cast<std::int32_t>(length);
  const auto asked = static_cast<std::int64_t>(length * (1.2 + 3 * dice.unit()));
  job.walltime = job.state == schema::JobState::timeout ? job.duration : (asked / 600 + 1) * 600;
  job.num_acc = out.request.accelerators;
  if (dice.chance(0.05)) job.array_job_id = 1 + static_cast<std::int64_t>(dice.below(1000));
  job.meta_data.emplace();
  job.meta_data->emplace_back("jobName", application.name);
  job.meta_data->emplace_back("jobScript", fmt::format("#!/bin/bash -l\n#SBATCH --time={}\n{}\n",
                                                       job.walltime / 60, application.program));
  job.meta_data->emplace_back(
      "slurmInfo", fmt::format("JobName={}\nUserId={}\tAccount={}\n{}", application.name, job.user,
                               job.project, asked_memory(out.request)));
  return out;
}

}  // namespace jobledger::cli
