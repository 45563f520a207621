// SPDX-License-Identifier: MIT
#include "cli/simulation.h"

#include "cli/adapter_message.h"
#include "cli/simulated_jobs.h"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <utility>
#include <variant>
#include <vector>

namespace jobledger::cli {
namespace {

constexpr std::size_t kMaxWaiting = 1000;  // jobs of a queue; further arrivals are turned away
constexpr std::size_t kBackfillDepth = 8;  // waiting jobs tried when nodes become free

AgentConfig agents_of(const SimulationConfig& config) {
  AgentConfig out = config.agents;
  out.broken = config.malformed;
  out.seed = config.seed;
  return out;
}

struct RunningJob {
  std::shared_ptr<const schema::Job> job;
  std::vector<Slice> slices;
  bool gpu = false;
  bool start_withheld = false;  // its start is sent after its stop
};

}  // namespace

struct Simulation::Impl {
  explicit Impl(const SimulationConfig& given)
      : config(given),
        cluster(make_cluster(given.cluster)),
        nodes(cluster),
        agents(cluster, nodes, agents_of(given)),
        dice(given.seed),
        mix{given.users, given.projects, given.mean_duration, given.cluster.nodes,
            given.cluster.gpu_nodes} {
    at(config.start, Arrival{});
    if (config.report_interval > 0) at(config.start, Report{});
    if (config.agents.interval == 0) return;
    for (std::uint32_t node = 0; node < nodes.size(); ++node) {
      if (!agents.silent(node)) at(config.start + agents.phase(node), Tick{node});
    }
  }

  // What is going to happen.
  struct Arrival {};
  struct End {
    std::int64_t job_id;
  };
  struct Report {};
  struct Tick {
    std::uint32_t node;
  };
  using Happening = std::variant<Arrival, End, Report, Tick, SimulatedEvent>;
  struct Entry {
    std::int64_t time;
    std::uint64_t order;
    Happening what;
    bool operator>(const Entry& other) const {
      return std::pair(time, order) > std::pair(other.time, other.order);
    }
  };
  void at(std::int64_t time, Happening what) { agenda.push({time, order++, std::move(what)}); }

  void arrive(std::int64_t now);
  bool try_start(PlannedJob& planned, std::int64_t now);
  void end(std::int64_t job_id, std::int64_t now);
  void report(std::int64_t now);
  void tick(std::uint32_t node, std::int64_t now);
  // Puts the message on the agenda, with a repeat and garbage as configured.
  void send(SimulatedEvent::Kind kind, std::int64_t time, std::string message,
            std::shared_ptr<const schema::Job> job);
  std::string garbage(const std::string& good);
  void count(const SimulatedEvent& event);
  bool over() const { return config.max_jobs > 0 && arrived >= config.max_jobs && idle(); }
  bool idle() const { return running.empty() && waiting[0].empty() && waiting[1].empty(); }

  SimulationConfig config;
  schema::Cluster cluster;
  SimulatedNodes nodes;
  SimulatedAgents agents;
  Dice dice;
  JobMix mix;
  SimulationCounts counts;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> agenda;
  std::uint64_t order = 0, arrived = 0;
  double arrival_time = 0;  // seconds after start, with fraction
  std::int64_t next_job_id = 0;
  std::map<std::int64_t, RunningJob> running;
  std::array<std::deque<PlannedJob>, 2> waiting;  // for CPU nodes, for those with accelerators
};

void Simulation::Impl::arrive(std::int64_t now) {
  ++arrived;
  PlannedJob planned = plan_job(dice, mix);
  planned.job.job_id = config.first_job_id + next_job_id++;
  planned.job.cluster = cluster.name;
  planned.job.submit_time = now;
  planned.job.meta_data->emplace_back("submitTime", fmt::format("{}", now));
  if (!try_start(planned, now)) {
    auto& queue = waiting[planned.request.gpu ? 1 : 0];
    if (queue.size() < kMaxWaiting) {
      queue.push_back(std::move(planned));
    } else {
      ++counts.turned_away;
    }
  }
  if (config.max_jobs == 0 || arrived < config.max_jobs) {
    arrival_time += dice.exponential(60 / config.jobs_per_minute);
    at(config.start + static_cast<std::int64_t>(arrival_time), Arrival{});
  }
}

bool Simulation::Impl::try_start(PlannedJob& planned, std::int64_t now) {
  auto slices = nodes.take(planned.request);
  if (!slices) return false;
  auto job = std::make_shared<schema::Job>(std::move(planned.job));
  job->start_time = now;
  job->num_nodes = static_cast<std::int32_t>(slices->size());
  for (const Slice& slice : *slices) {
    schema::Resource resource;
    resource.hostname = nodes.hostname(slice.node);
    job->num_hwthreads += static_cast<std::int32_t>(slice.cores.size());
    if (planned.request.whole_nodes == 0) resource.hwthreads = slice.cores;
    for (const auto gpu : slice.accelerators) {
      resource.accelerators.push_back(accelerator_id(gpu));
    }
    job->resources.push_back(std::move(resource));
  }
  job->sub_cluster = cluster.find_sub_cluster_of(job->resources.front().hostname)->name;
  RunningJob entry{job, *std::move(slices), planned.request.gpu, dice.chance(config.swapped)};
  if (!entry.start_withheld) {
    send(SimulatedEvent::Kind::start, now, format_start_message(*job), job);
  }
  at(now + job->duration, End{job->job_id});
  agents.begin(job, entry.slices);
  running.emplace(job->job_id, std::move(entry));
  return true;
}

void Simulation::Impl::end(std::int64_t job_id, std::int64_t now) {
  RunningJob ended = std::move(running.extract(job_id).mapped());
  nodes.release(ended.slices);
  agents.end(job_id, ended.slices);
  send(SimulatedEvent::Kind::stop, now, format_stop_message(*ended.job), ended.job);
  if (ended.start_withheld) {
    ++counts.swaps;
    const auto later = now + 1 + static_cast<std::int64_t>(dice.below(5));
    send(SimulatedEvent::Kind::start, later, format_start_message(*ended.job), ended.job);
  }
  auto& queue = waiting[ended.gpu ? 1 : 0];
  std::size_t tried = 0;
  for (auto job = queue.begin(); job != queue.end() && tried < kBackfillDepth; ++tried) {
    job = try_start(*job, now) ? queue.erase(job) : job + 1;
  }
}

void Simulation::Impl::report(std::int64_t now) {
  schema::NodeStateEvent event;
  event.cluster = cluster.name;
  for (std::uint32_t node = 0; node < nodes.size(); ++node) {
    // Now and then an idle node breaks; most are back at the next report or the one after.
    if (nodes.is_down(node) ? dice.chance(0.3) : nodes.idle(node) && dice.chance(0.002)) {
      nodes.set_down(node, !nodes.is_down(node));
    }
    event.nodes.push_back(nodes.report(node));
  }
  send(SimulatedEvent::Kind::node_states, now, format_node_message(event, now), nullptr);
  if (!over()) at(now + config.report_interval, Report{});
}

void Simulation::Impl::tick(std::uint32_t node, std::int64_t now) {
  if (over()) return;
  const std::int64_t sent = now + kFlushDelaySeconds;
  for (MetricMessage& message : agents.report(node, now)) {
    counts.broken_lines += message.broken;
    at(sent, SimulatedEvent{SimulatedEvent::Kind::metrics, false, sent, std::move(message.text),
                            nullptr, message.samples});
  }
  at(now + config.agents.interval, Tick{node});
}

void Simulation::Impl::send(SimulatedEvent::Kind kind, std::int64_t time, std::string message,
                            std::shared_ptr<const schema::Job> job) {
  if (dice.chance(config.malformed)) {
    at(time, SimulatedEvent{SimulatedEvent::Kind::malformed, false, time, garbage(message), {}, 0});
  }
  if (dice.chance(config.duplicates)) {
    const auto later = time + static_cast<std::int64_t>(dice.below(30));
    at(later, SimulatedEvent{kind, true, later, message, job, 0});
  }
  at(time, SimulatedEvent{kind, false, time, std::move(message), std::move(job), 0});
}

std::string Simulation::Impl::garbage(const std::string& good) {
  constexpr std::array<std::string_view, 4> kBroken{
      "this is not line protocol",
      "job,function=start_job event=\"{\\\"jobId\\\":\" 1768978339000000000",
      "job,function=start_job event=\"{\\\"jobId\\\":\\\"seven\\\"}\" 1768978339000000000",
      "job,function=stop_job event=\"{\\\"jobId\\\":7,\\\"jobState\\\":\\\"exploded\\\"}\" "
      "1768978339000000000"};
  const auto pick = dice.below(kBroken.size() + 1);
  return pick < kBroken.size() ? std::string(kBroken[pick]) : good.substr(0, good.size() / 2);
}

void Simulation::Impl::count(const SimulatedEvent& event) {
  if (event.repeated) {
    ++counts.repeats;
    return;
  }
  switch (event.kind) {
    case SimulatedEvent::Kind::start:
      ++counts.starts;
      break;
    case SimulatedEvent::Kind::stop:
      ++counts.stops;
      break;
    case SimulatedEvent::Kind::node_states:
      ++counts.node_reports;
      break;
    case SimulatedEvent::Kind::malformed:
      ++counts.malformed;
      break;
    case SimulatedEvent::Kind::metrics:
      ++counts.metric_messages;
      counts.samples += event.samples;
      break;
  }
}

Simulation::Simulation(const SimulationConfig& config) : impl_(std::make_unique<Impl>(config)) {}
Simulation::~Simulation() = default;

const schema::Cluster& Simulation::cluster() const { return impl_->cluster; }
const SimulationCounts& Simulation::counts() const { return impl_->counts; }
std::size_t Simulation::running() const { return impl_->running.size(); }
std::size_t Simulation::waiting() const {
  return impl_->waiting[0].size() + impl_->waiting[1].size();
}

std::optional<SimulatedEvent> Simulation::next() {
  while (!impl_->agenda.empty()) {
    // A queue shows its first entry as const; it is gone in the next line, so its text may be
    // taken.
    auto [time, order, what] = std::move(const_cast<Impl::Entry&>(impl_->agenda.top()));
    impl_->agenda.pop();
    if (auto* event = std::get_if<SimulatedEvent>(&what)) {
      impl_->count(*event);
      return std::move(*event);
    }
    if (std::holds_alternative<Impl::Arrival>(what)) impl_->arrive(time);
    if (auto* ended = std::get_if<Impl::End>(&what)) impl_->end(ended->job_id, time);
    if (std::holds_alternative<Impl::Report>(what)) impl_->report(time);
    if (auto* tick = std::get_if<Impl::Tick>(&what)) impl_->tick(tick->node, time);
  }
  return std::nullopt;
}

}  // namespace jobledger::cli
