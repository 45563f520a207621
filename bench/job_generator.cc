// SPDX-License-Identifier: MIT
#include "bench/job_generator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <span>
#include <string_view>

namespace jobledger::bench {

namespace {

constexpr std::uint64_t kUsers = 800, kProjects = 190;

struct Weighted {
  std::int32_t value;
  int weight;  // of the sum of all
};
constexpr Weighted kFritzNodes[] = {{1, 42}, {2, 15}, {4, 16}, {8, 12}, {16, 9}, {32, 4}, {64, 2}};
constexpr Weighted kAlexNodes[] = {{1, 93}, {2, 5}, {4, 2}};
constexpr Weighted kAlexAccelerators[] = {{1, 62}, {2, 14}, {4, 12}, {8, 12}};

struct Metric {
  std::string_view name, statistic;  // which one is the footprint
  std::string_view base, prefix;
  double peak;
};
constexpr Metric kFritzMetrics[] = {{"cpu_load", "avg", "", "", 72},
                                    {"cpu_power", "avg", "W", "", 500},
                                    {"flops_any", "avg", "Flops/s", "G", 5600},
                                    {"mem_bw", "avg", "B/s", "G", 350},
                                    {"mem_used", "max", "B", "G", 256}};
constexpr Metric kAlexMetrics[] = {
    {"acc_mem_used", "max", "B", "G", 40},      {"acc_power", "avg", "W", "", 400},
    {"acc_utilization", "avg", "", "", 100},    {"cpu_load", "avg", "", "", 128},
    {"flops_any", "avg", "Flops/s", "G", 9216}, {"mem_bw", "avg", "B/s", "G", 350},
    {"mem_used", "max", "B", "G", 512}};

std::string numbered(const char* format, std::uint64_t number) {
  std::array<char, 64> text;
  const int length =
      std::snprintf(text.data(), text.size(), format, static_cast<unsigned long long>(number));
  return {text.data(), static_cast<std::size_t>(length)};
}

double hundredths(double value) { return std::round(value * 100.0) / 100.0; }

}  // namespace

// splitmix64: the same numbers on every platform, and cheap to seed.
class JobGenerator::Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t index)
      : state_(seed * 0x9e3779b97f4a7c15ULL ^ (index + 1) * 0xd1342543de82ef95ULL) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // [0, 1)
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool chance(double share) { return unit() < share; }
  // Many small, few large numbers below the bound.
  std::uint64_t skewed(std::uint64_t bound) {
    const double x = unit();
    return std::min(bound - 1, static_cast<std::uint64_t>(x * x * x * static_cast<double>(bound)));
  }
  template <std::size_t kSize>
  std::int32_t pick(const Weighted (&choices)[kSize]) {
    int sum = 0;
    for (const Weighted& choice : choices) sum += choice.weight;
    auto left = static_cast<int>(below(static_cast<std::uint64_t>(sum)));
    for (const Weighted& choice : choices)
      if ((left -= choice.weight) < 0) return choice.value;
    return choices[0].value;
  }

 private:
  std::uint64_t state_;
};

JobGenerator::JobGenerator(const JobShape& shape) : shape_(shape) {
  std::vector<std::string> racks;
  for (int rack = 1; rack <= 10; ++rack)
    racks.push_back(numbered("f%02llu01+88", static_cast<std::uint64_t>(rack)));
  racks.insert(racks.end(), {"f1101+56", "f1201+56"});
  add_part({"fritz", "main", "", {}, 72, 0}, racks);
  add_part({"fritz", "spr1tb", "spr1tb", {}, 104, 0}, {"f2157+24", "f2257+24"});
  add_part({"fritz", "spr2tb", "spr2tb", {}, 104, 0}, {"f2181+8", "f2281+8"});
  add_part({"alex", "a40", "a40", {}, 128, 8},
           {"a0121+9", "a0221+9", "a0321+9", "a0421+9", "a0521+2", "a1621+4", "a1721+2"});
  add_part({"alex", "a100", "a100", {}, 128, 8}, {"a0601+5", "a0701+5", "a0801+5", "a0901+5"});
  add_part({"alex", "a100m80", "a100", {}, 128, 8}, {"a0531+7", "a0631+3", "a0831+1", "a0931+4"});
}

// Ranges: first host, "+", number of hosts.
void JobGenerator::add_part(Part part, const std::vector<std::string>& ranges) {
  for (const std::string& range : ranges) {
    const std::size_t plus = range.find('+');
    const std::uint64_t first = std::stoull(range.substr(1, plus - 1));
    const std::uint64_t count = std::stoull(range.substr(plus + 1));
    for (std::uint64_t i = 0; i < count; ++i)
      part.hosts.push_back(range.substr(0, 1).append(numbered("%04llu", first + i)));
  }
  parts_.push_back(std::move(part));
}

const JobGenerator::Part& JobGenerator::pick_part(Dice& dice) const {
  if (dice.chance(0.6)) return parts_[dice.chance(0.94) ? 0 : 1 + dice.below(2)];
  return parts_[3 + dice.skewed(3)];
}

schema::Job JobGenerator::make(std::uint64_t index) const {
  Dice dice(shape_.seed, index);
  const Part& part = pick_part(dice);
  schema::Job job;
  job.id = static_cast<std::int64_t>(index) + 1;
  job.cluster = part.cluster;
  job.sub_cluster = part.sub_cluster;
  job.job_id = (part.cluster == "fritz" ? 1'000'000 : 500'000) + static_cast<std::int64_t>(index);
  const double place =
      (static_cast<double>(index) + dice.unit()) / static_cast<double>(shape_.jobs);
  job.start_time = shape_.begin + static_cast<std::int64_t>(
                                      static_cast<double>(shape_.end - shape_.begin) * place);
  job.submit_time = job.start_time - static_cast<std::int64_t>(dice.skewed(200'000));
  job.smt = 1;
  if (dice.chance(0.15)) job.array_job_id = job.job_id - static_cast<std::int64_t>(dice.below(50));
  if (part.cluster == "fritz")
    fill_fritz(job, part, dice);
  else
    fill_alex(job, part, dice);
  fill_owner(job, dice);
  finish(job, dice);
  if (!job.is_running()) fill_values(job, part, dice);
  return job;
}

void JobGenerator::fill_fritz(schema::Job& job, const Part& part, Dice& dice) const {
  job.num_nodes = std::min(dice.pick(kFritzNodes), static_cast<std::int32_t>(part.hosts.size()));
  job.num_hwthreads = job.num_nodes * part.hwthreads;
  job.partition = !part.partition.empty() ? part.partition
                  : job.num_nodes == 1    ? "singlenode"
                  : job.num_nodes <= 64   ? "multinode"
                                          : "big";
  const auto nodes = static_cast<std::uint64_t>(job.num_nodes);
  const std::uint64_t first = dice.below(part.hosts.size() - nodes + 1);
  for (std::uint64_t i = 0; i < nodes; ++i)
    job.resources.push_back({part.hosts[first + i], {}, {}, ""});
}

void JobGenerator::fill_alex(schema::Job& job, const Part& part, Dice& dice) const {
  job.num_nodes = std::min(dice.pick(kAlexNodes), static_cast<std::int32_t>(part.hosts.size()));
  const std::int32_t per_node =
      job.num_nodes > 1 ? part.accelerators : dice.pick(kAlexAccelerators);
  const std::int32_t threads = part.hwthreads / part.accelerators * per_node;
  job.num_acc = job.num_nodes * per_node;
  job.num_hwthreads = job.num_nodes * threads;
  job.partition = dice.chance(0.05) ? "preempt" : part.partition;
  job.shared = per_node == part.accelerators ? schema::Sharing::none : schema::Sharing::multi_user;
  const auto nodes = static_cast<std::uint64_t>(job.num_nodes);
  const std::uint64_t first = dice.below(part.hosts.size() - nodes + 1);
  const auto slot = static_cast<std::int32_t>(
      dice.below(static_cast<std::uint64_t>(part.accelerators / per_node)));
  for (std::uint64_t i = 0; i < nodes; ++i) {
    schema::Resource resource{part.hosts[first + i], {}, {}, ""};
    for (std::int32_t a = 0; a < per_node; ++a)
      resource.accelerators.push_back(numbered(
          "00000000:%02llX:00.0", static_cast<std::uint64_t>(slot * per_node + a) * 16 + 1));
    if (per_node < part.accelerators)
      for (std::int32_t t = 0; t < threads; ++t) resource.hwthreads.push_back(slot * threads + t);
    job.resources.push_back(std::move(resource));
  }
}

void JobGenerator::fill_owner(schema::Job& job, Dice& dice) const {
  const std::uint64_t user = dice.skewed(kUsers), project = user % kProjects;
  job.user = numbered("b%03llu", project) + numbered("dc%02llu", user / kProjects * 7 % 100);
  job.project = numbered("b%03llu", project) + "dc";
  job.meta_data.emplace();
  if (dice.chance(0.9)) {
    std::string name =
        dice.chance(0.03) ? "interactive" : numbered("sim_%llu", user * 10 + dice.skewed(10));
    if (dice.chance(0.06)) name += numbered("_%llu", dice.below(100'000));
    job.meta_data->emplace_back("jobName", std::move(name));
  }
  if (shape_.script_bytes > 0) {
    std::string script = "#!/bin/bash -l\n#SBATCH --export=NONE\n";
    while (script.size() < shape_.script_bytes)
      script += numbered("srun ./a.out --step %llu\n", dice.below(1'000'000));
    script.resize(shape_.script_bytes);
    job.meta_data->emplace_back("jobScript", std::move(script));
  }
}

void JobGenerator::finish(schema::Job& job, Dice& dice) const {
  using schema::JobState;
  constexpr std::int64_t kWalltimes[] = {600, 3'600, 7'200, 21'600, 43'200, 86'400, 86'400};
  job.walltime = kWalltimes[dice.below(std::size(kWalltimes))];
  const bool hits_limit = dice.chance(0.08);
  const double share = dice.unit();
  const auto wanted =
      hits_limit ? job.walltime
                 : static_cast<std::int64_t>(share * share * static_cast<double>(job.walltime));
  if (job.start_time + wanted >= shape_.end) return;  // still running
  job.duration = static_cast<std::int32_t>(wanted);
  job.monitoring_status = schema::MonitoringStatus::archived;
  const double fate = dice.unit();
  job.state = hits_limit    ? JobState::timeout
              : fate < 0.76 ? JobState::completed
              : fate < 0.88 ? JobState::failed
              : fate < 0.98 ? JobState::cancelled
              : fate < 0.99 ? JobState::out_of_memory
                            : JobState::node_fail;
}

void JobGenerator::fill_values(schema::Job& job, const Part& part, Dice& dice) const {
  const std::span<const Metric> metrics = part.cluster == "fritz"
                                              ? std::span<const Metric>(kFritzMetrics)
                                              : std::span<const Metric>(kAlexMetrics);
  job.footprint.emplace();
  if (shape_.statistics) job.statistics.emplace();
  double power = 300;
  for (const Metric& metric : metrics) {
    const double level = dice.unit() * dice.unit() * metric.peak;
    const double average = hundredths(level);
    const double highest = hundredths(level + (metric.peak - level) * dice.unit());
    const double lowest = hundredths(level * dice.unit());
    const bool by_max = metric.statistic == "max";
    job.footprint->push_back(
        {std::string(metric.name) + (by_max ? "_max" : "_avg"), by_max ? highest : average});
    if (metric.name == "cpu_power") power = level;
    if (shape_.statistics)
      job.statistics->push_back({std::string(metric.name),
                                 {std::string(metric.base), std::string(metric.prefix)},
                                 average,
                                 lowest,
                                 highest});
  }
  job.energy = hundredths(power * job.num_nodes * job.duration / 3.6e6);
  if (dice.chance(0.01)) job.tags.push_back({"quality", numbered("class%llu", dice.below(5))});
}

}  // namespace jobledger::bench
