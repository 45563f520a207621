// SPDX-License-Identifier: MIT
#include "cli/simulated_agents.h"

#include "cli/noise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

namespace jobledger::cli {
namespace {

using schema::MetricScope;

// A metric of a sub-cluster, with the texts around the values of its lines.
struct MeasuredMetric {
  Instrument instrument;
  std::string before_host;
  std::vector<std::string> after_host;  // by element
  std::string node_copy;                // after the host; empty: none is sent
  bool slow = false;                    // measured over a while after the tick
};

// Of one sub-cluster.
struct Equipment {
  std::size_t threads = 0, gpus = 0;
  std::vector<MeasuredMetric> metrics;
};

struct Occupant {
  std::shared_ptr<const schema::Job> job;
  JobLoad load;
  std::int32_t place = 0;  // of the node in the job
  std::vector<std::int32_t> cores, accelerators;
};

struct AgentNode {
  std::string hostname;
  const Equipment* equipment = nullptr;
  std::uint64_t key = 0;
  bool silent = false;
  std::vector<Occupant> occupants;
};

// Performance counters are read over some time, after all else.
bool is_slow(std::string_view metric) {
  constexpr std::array<std::string_view, 8> kSlow{"flops_any", "flops_dp", "flops_sp",
                                                  "ipc",       "clock",    "vectorization_ratio",
                                                  "mem_bw",    "cpu_power"};
  return std::find(kSlow.begin(), kSlow.end(), metric) != kSlow.end();
}

// Tags in the order of their names, as the agents' encoder has them.
std::string tags_after_host(MetricScope scope, std::string_view element, std::string_view unit) {
  std::string out = ",type=" + std::string(to_string(scope));
  if (!element.empty()) out.append(",type-id=").append(element);
  if (!unit.empty()) out.append(",unit=").append(unit);
  return out + " value=";
}

Equipment equip(const schema::Cluster& cluster, const schema::SubCluster& sub) {
  Equipment out;
  out.threads = sub.topology.node ? sub.topology.node->size() : 0;
  out.gpus = sub.topology.accelerators ? sub.topology.accelerators->size() : 0;
  for (const auto& metric : sub.metric_config) {
    MeasuredMetric measured{Instrument(metric, sub.topology),
                            metric.name + ",cluster=" + cluster.name + ",hostname=",
                            {},
                            {},
                            is_slow(metric.name)};
    // The system's own counters come with a unit, and once more for the whole node.
    const bool of_system = metric.name.starts_with("cpu_") && metric.scope == MetricScope::hwthread;
    const std::string_view unit = of_system ? "Percent" : "";
    for (const std::string& id : measured.instrument.elements()) {
      measured.after_host.push_back(tags_after_host(metric.scope, id, unit));
    }
    if (of_system) measured.node_copy = tags_after_host(MetricScope::node, "", unit);
    out.metrics.push_back(std::move(measured));
  }
  return out;
}

struct Line {
  std::string_view before_host, host, after_host;
  double value = 0;
  std::string_view end;  // the time and the line's end
};

void write_line(const Line& line, std::vector<MetricMessage>& out) {
  std::array<char, 40> digits;
  // The shortest form that reads back as the same double: up to 17 digits.
  const auto number = std::to_chars(digits.data(), digits.data() + digits.size(), line.value,
                                    std::chars_format::general);
  const std::string_view value(digits.data(), static_cast<std::size_t>(number.ptr - digits.data()));
  const std::size_t bytes = line.before_host.size() + line.host.size() + line.after_host.size() +
                            value.size() + line.end.size();
  if (out.empty() || out.back().text.size() + bytes > kMaxMetricMessageBytes) {
    out.emplace_back().text.reserve(64 * 1024);
  }
  MetricMessage& message = out.back();
  message.text.append(line.before_host).append(line.host).append(line.after_host);
  message.text.append(value).append(line.end);
  ++message.samples;
}

}  // namespace

struct SimulatedAgents::Impl {
  AgentConfig config;
  std::string cluster;
  std::vector<std::unique_ptr<Equipment>> equipment;
  std::vector<AgentNode> nodes;
  NodeState state;             // of the node being read
  std::vector<double> values;  // of the metric being read

  void silence();
  void look(const AgentNode& node, std::int64_t now);
  void write_metric(const MeasuredMetric& metric, const AgentNode& node, const Reading& reading,
                    std::int64_t now, std::vector<MetricMessage>& out);
  void write_broken(const AgentNode& node, std::uint64_t key, std::int64_t now,
                    MetricMessage& out) const;
};

SimulatedAgents::SimulatedAgents(const schema::Cluster& cluster, const SimulatedNodes& nodes,
                                 const AgentConfig& config)
    : impl_(std::make_unique<Impl>()) {
  impl_->config = config;
  impl_->cluster = cluster.name;
  for (const auto& sub : cluster.sub_clusters) {
    impl_->equipment.push_back(std::make_unique<Equipment>(equip(cluster, sub)));
  }
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    AgentNode node;
    node.hostname = nodes.hostname(i);
    const auto* sub = cluster.find_sub_cluster_of(node.hostname);
    const auto index = static_cast<std::size_t>(sub - cluster.sub_clusters.data());
    node.equipment = impl_->equipment.at(index).get();
    node.key = noise_bits(config.seed ^ noise_key(node.hostname));
    impl_->nodes.push_back(std::move(node));
  }
  impl_->silence();
}

SimulatedAgents::~SimulatedAgents() = default;

void SimulatedAgents::Impl::silence() {
  const std::size_t wanted = std::min<std::size_t>(config.silent_nodes, nodes.size() / 4);
  std::vector<std::size_t> order(nodes.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [this](auto a, auto b) { return nodes[a].key < nodes[b].key; });
  for (std::size_t i = 0; i < wanted; ++i) nodes[order[i]].silent = true;
}

std::int64_t SimulatedAgents::phase(std::uint32_t node) const {
  const auto interval = static_cast<double>(impl_->config.interval);
  return static_cast<std::int64_t>(noise_unit(impl_->nodes[node].key) * interval);
}

bool SimulatedAgents::silent(std::uint32_t node) const { return impl_->nodes[node].silent; }

void SimulatedAgents::begin(const std::shared_ptr<const schema::Job>& job,
                            const std::vector<Slice>& slices) {
  std::int32_t place = 0;
  for (const Slice& slice : slices) {
    impl_->nodes[slice.node].occupants.push_back(
        {job, JobLoad(*job), place++, slice.cores, slice.accelerators});
  }
}

void SimulatedAgents::end(std::int64_t job_id, const std::vector<Slice>& slices) {
  for (const Slice& slice : slices) {
    std::erase_if(impl_->nodes[slice.node].occupants,
                  [job_id](const Occupant& o) { return o.job->job_id == job_id; });
  }
}

void SimulatedAgents::Impl::look(const AgentNode& node, std::int64_t now) {
  state.reset(node.equipment->threads, node.equipment->gpus);
  for (const Occupant& occupant : node.occupants) {
    const auto load =
        occupant.load.at(occupant.place, static_cast<std::int32_t>(occupant.cores.size()),
                         now - occupant.job->start_time);
    state.add(load, occupant.cores, occupant.accelerators);
  }
}

void SimulatedAgents::Impl::write_metric(const MeasuredMetric& metric, const AgentNode& node,
                                         const Reading& reading, std::int64_t now,
                                         std::vector<MetricMessage>& out) {
  metric.instrument.read(state, reading, values);
  const std::int64_t late = metric.slow ? 1 + static_cast<std::int64_t>(reading.key % 2) : 0;
  const std::string end = fmt::format(" {}\n", now + late);
  const std::uint64_t losses = noise_bits(reading.key ^ noise_key(metric.before_host));
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    if (noise_unit(losses + i) < config.lost) continue;
    write_line({metric.before_host, node.hostname, metric.after_host[i], values[i], end}, out);
  }
  if (metric.node_copy.empty()) return;
  write_line({metric.before_host, node.hostname, metric.node_copy, sum, end}, out);
}

// What a monitoring system hears when somebody's configuration is wrong.
void SimulatedAgents::Impl::write_broken(const AgentNode& node, std::uint64_t key, std::int64_t now,
                                         MetricMessage& out) const {
  const auto line = [&](std::string_view metric, std::string_view host, std::string_view value,
                        std::int64_t time) {
    return fmt::format("{},cluster={},hostname={},type=node value={} {}\n", metric, cluster, host,
                       value, time);
  };
  switch (key % 5) {
    case 0:
      out.text += line("cpu_lod", node.hostname, "1.5", now);
      break;
    case 1:
      out.text += line("cpu_load", "unlisted" + std::to_string(key % 3), "1.5", now);
      break;
    case 2:
      out.text += line("cpu_load", node.hostname, "\"high\"", now);
      break;
    case 3:
      out.text += line("cpu_load", node.hostname, "1.5", now + 7 * 86400);
      break;
    default:
      out.text += "cpu_load,cluster=" + cluster + ",hostname= value=1.5\n";
  }
  ++out.broken;
}

std::vector<MetricMessage> SimulatedAgents::report(std::uint32_t index, std::int64_t now) {
  const AgentNode& node = impl_->nodes[index];
  std::vector<MetricMessage> out;
  const Reading reading{noise_bits(node.key ^ static_cast<std::uint64_t>(now)),
                        std::max<std::int64_t>(impl_->config.interval, 1)};
  if (node.silent || noise_unit(reading.key + 1) < impl_->config.lost) return out;
  impl_->look(node, now);
  for (const MeasuredMetric& metric : node.equipment->metrics) {
    impl_->write_metric(metric, node, reading, now, out);
  }
  if (!out.empty() && noise_unit(reading.key + 2) < impl_->config.broken) {
    impl_->write_broken(node, noise_bits(reading.key + 3), now, out.back());
  }
  return out;
}

}  // namespace jobledger::cli
