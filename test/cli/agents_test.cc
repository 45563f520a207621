// SPDX-License-Identifier: MIT
#include "cli/pacing.h"
#include "cli/simulated_agents.h"
#include "cli/simulation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace jobledger;
using namespace jobledger::cli;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kStart = 1'768'978'320;

struct Line {
  std::string metric, host, type, id, unit;
  double value = 0;
  std::int64_t time = 0;
};

// Strict: exactly what an unmodified collector sends.
Line parse_line(std::string_view text) {
  CAPTURE(std::string(text));
  Line line;
  const auto head_end = text.find(' '), field_end = text.find(' ', head_end + 1);
  REQUIRE(field_end != std::string_view::npos);
  std::string_view head = text.substr(0, head_end);
  line.metric = head.substr(0, head.find(','));
  head.remove_prefix(line.metric.size());
  std::vector<std::pair<std::string, std::string>> tags;
  while (!head.empty()) {
    const auto end = std::min(head.find(',', 1), head.size());
    const std::string tag(head.substr(1, end - 1));
    const auto equals = tag.find('=');
    REQUIRE(equals != std::string::npos);
    tags.emplace_back(tag.substr(0, equals), tag.substr(equals + 1));
    head.remove_prefix(end);
  }
  CHECK(std::is_sorted(tags.begin(), tags.end()));
  for (auto& [key, value] : tags) {
    CHECK_FALSE(value.empty());
    if (key == "hostname") line.host = value;
    if (key == "type") line.type = value;
    if (key == "type-id") line.id = value;
    if (key == "unit") line.unit = value;
  }
  const std::string_view field = text.substr(head_end + 1, field_end - head_end - 1);
  REQUIRE(field.starts_with("value="));
  const char* const end = field.data() + field.size();
  CHECK(std::from_chars(field.data() + 6, end, line.value).ptr == end);
  const std::string_view time = text.substr(field_end + 1);
  CHECK(std::from_chars(time.data(), time.data() + time.size(), line.time).ptr ==
        time.data() + time.size());
  return line;
}

std::vector<Line> parse_lines(std::string_view text) {
  std::vector<Line> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    REQUIRE(end != std::string_view::npos);
    out.push_back(parse_line(text.substr(0, end)));
    text.remove_prefix(end + 1);
  }
  return out;
}

// A cluster of 8 nodes and 2 with accelerators, and jobs that are put on them by hand.
class World {
 public:
  explicit World(AgentConfig config = quiet(), std::uint32_t series = 0)
      : cluster_(make_cluster({"demo", 8, 2, series, 60})),
        nodes_(cluster_),
        agents_(cluster_, nodes_, config) {}

  // Nothing is lost, nobody is silent.
  static AgentConfig quiet() { return {60, 0, 0, 0, 1}; }

  // Starts a job of that application that shows that profile.
  std::shared_ptr<const schema::Job> start(const Request& request, std::string_view name,
                                           Profile profile, std::int32_t duration = 3600) {
    auto job = std::make_shared<schema::Job>();
    job->start_time = kStart;
    job->duration = duration;
    job->meta_data.emplace();
    job->meta_data->emplace_back("jobName", name);
    auto slices = nodes_.take(request);
    REQUIRE(slices);
    job->num_nodes = static_cast<std::int32_t>(slices->size());
    job->num_acc = request.accelerators;
    job->resources.resize(slices->size());
    if (request.whole_nodes == 0) job->resources.front().hwthreads = slices->front().cores;
    for (job->job_id = 1; profile_of(*job) != profile; ++job->job_id) REQUIRE(job->job_id < 1000);
    agents_.begin(job, *slices);
    slices_[job->job_id] = *slices;
    return job;
  }
  void stop(const schema::Job& job) { agents_.end(job.job_id, slices_.at(job.job_id)); }

  std::vector<Line> report(std::uint32_t node, std::int64_t seconds) {
    std::vector<Line> out;
    for (const auto& message : agents_.report(node, kStart + seconds)) {
      for (auto& line : parse_lines(message.text)) out.push_back(std::move(line));
    }
    return out;
  }
  // The values of a metric on a node, element by element; without the copy for the whole node.
  std::vector<double> values(std::string_view metric, std::uint32_t node, std::int64_t seconds) {
    const auto scope = to_string(cluster_.find_metric(metric)->scope);
    std::vector<double> out;
    for (const Line& line : report(node, seconds)) {
      if (line.metric == metric && line.type == scope) out.push_back(line.value);
    }
    return out;
  }
  double mean(std::string_view metric, std::uint32_t node, std::int64_t seconds) {
    const auto all = values(metric, node, seconds);
    double sum = 0;
    for (const double value : all) sum += value;
    return sum / static_cast<double>(all.size());
  }

  const schema::Cluster& cluster() const { return cluster_; }
  SimulatedAgents& agents() { return agents_; }
  std::size_t size() const { return nodes_.size(); }
  const std::string& hostname(std::uint32_t node) const { return nodes_.hostname(node); }

 private:
  schema::Cluster cluster_;
  SimulatedNodes nodes_;
  SimulatedAgents agents_;
  std::map<std::int64_t, std::vector<Slice>> slices_;
};

Request whole(std::uint32_t nodes) { return {false, nodes, 0, 0}; }

}  // namespace

TEST_CASE("an agent sends each series of its sub-cluster once, as cluster.json describes it") {
  World world;
  for (const std::uint32_t node : {0u, 8u}) {
    const auto* sub = world.cluster().find_sub_cluster_of(world.hostname(node));
    std::map<std::string, std::set<std::string>> elements;
    std::size_t copies = 0;
    for (const Line& line : world.report(node, 0)) {
      CAPTURE(line.metric);
      CHECK(line.host == world.hostname(node));
      const auto* metric = sub->find_metric(line.metric);
      REQUIRE(metric);
      CHECK((line.unit == "Percent") == (line.metric == "cpu_user"));
      CHECK(line.time >= kStart);
      CHECK(line.time <= kStart + kFlushDelaySeconds);
      if (line.type == "node" && metric->scope != schema::MetricScope::node) {
        ++copies;  // the sum that comes with the system's counters
        continue;
      }
      CHECK(line.type == to_string(metric->scope));
      CHECK(elements[line.metric].insert(line.id).second);
    }
    CHECK(copies == 1);
    CHECK(elements.size() == sub->metric_config.size());
    const std::size_t threads = sub->topology.node->size();
    CHECK(elements["cpu_user"].size() == threads);
    CHECK(elements["mem_bw"] == std::set<std::string>{"0", "1"});
    CHECK(elements["cpu_load"] == std::set<std::string>{""});
    if (node == 8) CHECK(elements["acc_power"].contains("00000000:41:00.0"));
  }
}

TEST_CASE("values come with all their digits") {
  World world;
  world.start(whole(1), "lattice-run", Profile::cpu_bound);
  std::size_t long_ones = 0;
  for (const auto& message : world.agents().report(0, kStart + 600)) {
    std::string_view text = message.text;
    while (!text.empty()) {
      const auto value = text.substr(text.find("value=") + 6);
      long_ones += value.find(' ') >= 16;
      text.remove_prefix(text.find('\n') + 1);
    }
  }
  CHECK(long_ones > 100);
}

TEST_CASE("an idle node is idle, a busy one shows its job until that ends") {
  World world;
  CHECK(world.mean("cpu_user", 0, 0) < 3);
  CHECK(world.mean("cpu_load", 0, 0) < 1);
  const auto job = world.start(whole(1), "lattice-run", Profile::cpu_bound);
  CHECK(world.mean("cpu_user", 0, 600) > 80);
  CHECK(world.mean("cpu_load", 0, 600) > 60);
  CHECK(world.mean("mem_used", 0, 600) > 90);
  CHECK(world.mean("flops_any", 0, 600) > 5);
  CHECK(world.mean("cpu_power", 0, 600) > 150);
  CHECK(world.mean("cpu_user", 1, 600) < 3);
  world.stop(*job);
  CHECK(world.mean("cpu_user", 0, 660) < 3);
  CHECK(world.mean("mem_used", 0, 660) < 10);
}

TEST_CASE("a job on a part of a node is busy there alone") {
  World world;
  world.start({false, 0, 4, 0}, "postprocess", Profile::cpu_bound);
  const auto busy = world.values("cpu_user", 0, 600);
  REQUIRE(busy.size() == kMainCores);
  for (std::size_t i = 0; i < busy.size(); ++i) CHECK((busy[i] > 50) == (i < 4));
}

TEST_CASE("a serial program keeps one core busy, whatever it asked for") {
  World world;
  world.start({false, 0, 16, 0}, "postprocess", Profile::serial);
  const auto busy = world.values("cpu_user", 0, 600);
  CHECK(std::count_if(busy.begin(), busy.end(), [](double v) { return v > 50; }) == 1);
}

TEST_CASE("memory-bound programs have bandwidth instead of flops") {
  World cpu, memory;
  cpu.start(whole(1), "lattice-run", Profile::cpu_bound);
  memory.start(whole(1), "cfd-wing", Profile::memory_bound);
  CHECK(memory.mean("mem_bw", 0, 600) > 3 * cpu.mean("mem_bw", 0, 600));
  CHECK(memory.mean("flops_any", 0, 600) < cpu.mean("flops_any", 0, 600) / 3);
  CHECK(memory.mean("ipc", 0, 600) < 1);
}

TEST_CASE("an imbalanced program does less on each further node") {
  World world;
  world.start(whole(4), "md-membrane", Profile::imbalanced);
  double last = 200;
  for (std::uint32_t node = 0; node < 4; ++node) {
    const double busy = world.mean("cpu_user", node, 600);
    CHECK(busy < last - 10);
    last = busy;
  }
}

TEST_CASE("a program that hangs is idle after its beginning") {
  World world;
  world.start(whole(1), "interactive", Profile::idle_after_start);
  CHECK(world.mean("cpu_user", 0, 300) > 80);
  CHECK(world.mean("cpu_user", 0, 1800) < 3);
  CHECK(world.mean("mem_used", 0, 1800) > 50);
}

TEST_CASE("a leak grows up to what the node has") {
  World world;
  world.start({false, 0, 16, 0}, "assembly", Profile::memory_leak);
  const double asked = 16 * 3.5;
  CHECK(world.mean("mem_used", 0, 0) < 0.35 * asked);
  CHECK(world.mean("mem_used", 0, 1800) > world.mean("mem_used", 0, 900) + 10);
  CHECK(world.mean("mem_used", 0, 3599) > 0.9 * asked);
  CHECK(world.mean("mem_used", 0, 3599) < kNodeMemoryGb);
}

TEST_CASE("training alternates between loading, computing and evaluating on all its accelerators") {
  World world;
  world.start({true, 0, 32, 4}, "train-llm", Profile::gpu_training);
  const auto loading = world.values("acc_utilization", 8, 610);
  const auto training = world.values("acc_utilization", 8, 900);
  const auto evaluating = world.values("acc_utilization", 8, 1180);
  REQUIRE(training.size() == kGpusPerNode);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(loading[i] < 20);
    CHECK(training[i] > 75);
    CHECK(evaluating[i] > 30);
    CHECK(evaluating[i] < 75);
    CHECK(training[i + 4] == 0);
  }
  CHECK(world.values("acc_power", 8, 900)[0] > 250);
  CHECK(world.values("acc_mem_used", 8, 900)[0] > 30);
  CHECK(world.values("acc_mem_used", 8, 900)[5] < 1);
}

TEST_CASE("a program that wastes its accelerators uses one a little") {
  World world;
  world.start({true, 0, 32, 4}, "inference", Profile::idle_gpus);
  const auto busy = world.values("acc_utilization", 8, 900);
  CHECK(busy[0] > 5);
  CHECK(busy[0] < 30);
  CHECK(busy[1] + busy[2] + busy[3] == 0);
}

TEST_CASE("ticks of nodes have phases of their own, and the interval between them") {
  SimulationConfig config;
  config.cluster = {"demo", 12, 0, 0, 30};
  config.start = kStart;
  config.max_jobs = 30;
  config.report_interval = 0;
  config.agents.lost = 0;
  config.agents.interval = 30;
  std::map<std::string, std::vector<std::int64_t>> sent;
  Simulation simulation(config);
  std::int64_t last = 0;
  while (auto event = simulation.next()) {
    CHECK(event->time >= last);
    last = event->time;
    if (event->kind != SimulatedEvent::Kind::metrics) continue;
    const auto line = parse_line(event->message.substr(0, event->message.find('\n')));
    CHECK(line.time + kFlushDelaySeconds == event->time);
    sent[line.host].push_back(event->time);
  }
  CHECK(sent.size() == 11);  // one is silent
  std::set<std::int64_t> phases;
  for (const auto& [host, times] : sent) {
    phases.insert(times.front() % 30);
    for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] == 30);
  }
  CHECK(phases.size() > 6);
}

TEST_CASE("what a simulation measures follows from its seed") {
  const auto bytes = [](std::uint64_t seed) {
    SimulationConfig config;
    config.cluster = {"demo", 4, 1, 0, 60};
    config.start = kStart;
    config.max_jobs = 10;
    config.malformed = 0.3;
    config.seed = seed;
    Simulation simulation(config);
    std::string out;
    while (auto event = simulation.next()) {
      if (event->kind == SimulatedEvent::Kind::metrics) out += event->message;
    }
    CHECK(simulation.counts().broken_lines > 0);
    return out;
  };
  const auto first = bytes(1);
  CHECK(first == bytes(1));
  CHECK(first != bytes(2));
}

TEST_CASE("without an interval there are no metrics") {
  SimulationConfig config;
  config.cluster = {"demo", 4, 1, 0, 60};
  config.max_jobs = 10;
  config.agents.interval = 0;
  Simulation simulation(config);
  while (auto event = simulation.next()) CHECK(event->kind != SimulatedEvent::Kind::metrics);
  CHECK(simulation.counts().samples == 0);
  CHECK(simulation.counts().starts == 10);
}

TEST_CASE("silent nodes send nothing, never more than a quarter of them") {
  auto config = World::quiet();
  config.silent_nodes = 2;
  World some(config);
  config.silent_nodes = 100;
  World most(config);
  std::size_t silent = 0, most_silent = 0;
  for (std::uint32_t node = 0; node < some.size(); ++node) {
    silent += some.agents().silent(node);
    most_silent += most.agents().silent(node);
    CHECK(some.report(node, 0).empty() == some.agents().silent(node));
  }
  CHECK(silent == 2);
  CHECK(most_silent == 2);  // of 10
}

TEST_CASE("messages and values are lost in the share that was asked for") {
  auto config = World::quiet();
  config.lost = 0.1;
  World world(config);
  World complete;
  const auto all = static_cast<double>(complete.report(0, 0).size());
  double reports = 0, lines = 0;
  for (int tick = 0; tick < 400; ++tick) {
    const auto report = world.report(0, 60 * tick);
    reports += !report.empty();
    lines += static_cast<double>(report.size());
  }
  CHECK(reports / 400 == doctest::Approx(0.9).epsilon(0.05));
  CHECK(lines / reports / all == doctest::Approx(0.9).epsilon(0.02));
}

TEST_CASE("the number of series is about what was asked for") {
  for (const std::uint32_t series : {1u, 100u, 500u, 1000u, 1600u, 20'000u}) {
    CAPTURE(series);
    World world(World::quiet(), series);
    const auto sent = static_cast<std::int64_t>(world.report(0, 0).size());
    if (series > 100) CHECK(std::abs(sent - series) <= kMainCores);
    if (series <= 100) CHECK(sent == kMainCores + 8);
    CHECK(world.cluster().find_metric("cpu_user"));
  }
}

TEST_CASE("what is too large for one message is sent as several") {
  World world(World::quiet(), 20'000);
  const auto messages = world.agents().report(0, kStart);
  CHECK(messages.size() >= 2);
  std::uint64_t samples = 0;
  for (const auto& message : messages) {
    CHECK(message.text.size() <= kMaxMetricMessageBytes);
    CHECK(parse_lines(message.text).size() == message.samples);
    samples += message.samples;
  }
  CHECK(samples > 19'000);
}

TEST_CASE("an allowance is spread over time and not saved up") {
  const Allowance::Time begin{1h};
  Allowance allowance(100);
  CHECK(allowance.due() <= begin);
  allowance.spend(begin, 50);
  CHECK(allowance.due() == begin + 500ms);
  allowance.spend(begin + 100ms, 50);
  CHECK(allowance.due() == begin + 1s);
  allowance.spend(begin + 60s, 50);
  CHECK(allowance.due() == begin + 60s + 500ms);
  Allowance unlimited(0);
  unlimited.spend(begin, 1'000'000);
  CHECK(unlimited.due() <= begin);
}
