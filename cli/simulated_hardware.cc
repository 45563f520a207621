// SPDX-License-Identifier: MIT
#include "cli/simulated_hardware.h"

#include "cli/noise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace jobledger::cli {

using schema::MetricScope;

enum class Instrument::Signal : std::uint8_t {
  busy_percent,
  idle_percent,
  flops,
  ipc,
  clock,
  core_power,
  vectorization,
  bandwidth,
  socket_power,
  load,
  memory,
  network,
  gpu_percent,
  gpu_memory,
  gpu_power,
  other,  // something between 0 and its peak that follows the load
};

namespace {

constexpr double kSystemMemoryGb = 6.4;
constexpr double kSocketIdleWatts = 48, kThreadWatts = 4.2;
constexpr double kGpuIdleWatts = 52, kGpuWatts = 310;
constexpr double kIdleMegahertz = 1200, kBusyMegahertz = 2400;
constexpr double kJiffies = 100;  // a second

// What the system counts in jiffies over an interval that is never quite the same.
double percent(double share, const Reading& reading) {
  const double jiffies =
      std::round(kJiffies * static_cast<double>(reading.interval) + noise_around(reading.key, 3));
  return 100 * std::round(std::clamp(share, 0.0, 1.0) * jiffies) / jiffies;
}

std::vector<std::string> element_ids(MetricScope scope, const schema::Topology& topology) {
  std::vector<std::string> out;
  const auto number = [&out](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) out.push_back(fmt::format("{}", i));
  };
  if (scope == MetricScope::hwthread && topology.node) {
    for (const auto id : *topology.node) out.push_back(fmt::format("{}", id));
  } else if (scope == MetricScope::socket && topology.socket) {
    number(topology.socket->size());
  } else if (scope == MetricScope::accelerator && topology.accelerators) {
    for (const auto& accelerator : *topology.accelerators) out.push_back(accelerator.id);
  } else if (scope == MetricScope::node) {
    out.emplace_back();
  }
  return out;
}

}  // namespace

void NodeState::reset(std::size_t thread_count, std::size_t gpu_count) {
  threads.assign(thread_count, {});
  gpus.assign(gpu_count, {});
  memory_gb = kSystemMemoryGb;
  network_mb = 0.3;
}

void NodeState::add(const NodeLoad& load, std::span<const std::int32_t> cores,
                    std::span<const std::int32_t> accelerators) {
  for (const std::int32_t core :
       cores.first(std::min(cores.size(), static_cast<std::size_t>(load.threads)))) {
    threads.at(static_cast<std::size_t>(core)) = {load.busy, load.flops, load.bandwidth, load.ipc};
  }
  for (const std::int32_t gpu :
       accelerators.first(std::min(accelerators.size(), static_cast<std::size_t>(load.gpus)))) {
    gpus.at(static_cast<std::size_t>(gpu)) = {load.gpu_busy, load.gpu_memory_gb};
  }
  memory_gb += load.memory_gb;
  network_mb += load.network_mb;
}

Instrument::Signal Instrument::signal_of(std::string_view metric) {
  using enum Signal;
  constexpr std::array<std::pair<std::string_view, Signal>, 17> kSignals{
      {{"cpu_user", busy_percent},
       {"cpu_idle", idle_percent},
       {"flops_any", flops},
       {"flops_dp", flops},
       {"flops_sp", flops},
       {"ipc", ipc},
       {"clock", clock},
       {"core_power", core_power},
       {"vectorization_ratio", vectorization},
       {"mem_bw", bandwidth},
       {"cpu_power", socket_power},
       {"cpu_load", load},
       {"mem_used", memory},
       {"net_bw", network},
       {"acc_utilization", gpu_percent},
       {"acc_mem_used", gpu_memory},
       {"acc_power", gpu_power}}};
  for (const auto& [name, signal] : kSignals) {
    if (name == metric) return signal;
  }
  return other;
}

Instrument::Instrument(const schema::MetricConfig& metric, const schema::Topology& topology)
    : metric_(metric.name),
      signal_(signal_of(metric.name)),
      scope_(metric.scope),
      peak_(metric.thresholds.peak),
      key_(noise_key(metric.name)),
      elements_(element_ids(metric.scope, topology)),
      sockets_(topology.socket.value_or(schema::Topology::Groups{})) {}

void Instrument::read(const NodeState& node, const Reading& reading,
                      std::vector<double>& out) const {
  out.resize(elements_.size());
  const std::uint64_t key = noise_bits(reading.key ^ key_);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double noise = noise_around(key + i, 1);
    switch (scope_) {
      case MetricScope::hwthread:
        out[i] = of_thread(node.threads.at(i), noise, reading);
        break;
      case MetricScope::socket:
        out[i] = of_socket(node, i, noise);
        break;
      case MetricScope::accelerator:
        out[i] = of_gpu(node.gpus.at(i), noise);
        break;
      default:
        out[i] = of_node(node, noise);
    }
  }
}

double Instrument::of_thread(const ThreadState& thread, double noise,
                             const Reading& reading) const {
  switch (signal_) {
    case Signal::busy_percent:
      return percent(thread.busy + 0.02 * noise, reading);
    case Signal::idle_percent:
      return percent(1 - thread.busy + 0.02 * noise, reading);
    case Signal::flops:
      return thread.busy * thread.flops * (1 + 0.05 * noise);
    case Signal::ipc:
      return thread.ipc * (1 + 0.03 * noise);
    case Signal::clock:
      return kIdleMegahertz + (kBusyMegahertz - kIdleMegahertz) * thread.busy + 15 * noise;
    case Signal::core_power:
      return 0.2 + kThreadWatts * thread.busy * (1 + 0.04 * noise);
    case Signal::vectorization:
      return std::clamp(thread.flops * 7 + 4 * noise, 0.0, 100.0);
    default:
      return peak_ / 100 * thread.busy * (1 + 0.2 * noise);
  }
}

double Instrument::of_socket(const NodeState& node, std::size_t socket, double noise) const {
  double busy = 0, bandwidth = 0;
  for (const std::int32_t id : sockets_.at(socket)) {
    const ThreadState& thread = node.threads.at(static_cast<std::size_t>(id));
    busy += thread.busy;
    bandwidth += thread.busy * thread.bandwidth;
  }
  if (signal_ == Signal::bandwidth) return (0.2 + bandwidth) * (1 + 0.03 * noise);
  if (signal_ == Signal::socket_power) return kSocketIdleWatts + kThreadWatts * busy + 2 * noise;
  return busy * (1 + 0.1 * noise);
}

double Instrument::of_gpu(const GpuState& gpu, double noise) const {
  switch (signal_) {
    case Signal::gpu_percent:
      return gpu.busy > 0 ? std::clamp(std::round(100 * gpu.busy + 4 * noise), 0.0, 100.0) : 0;
    case Signal::gpu_memory:
      return gpu.memory_gb * (gpu.busy > 0 ? 1 + 0.01 * noise : 1);
    default:  // milliwatts
      return std::round(1000 * (kGpuIdleWatts + kGpuWatts * gpu.busy + 6 * noise)) / 1000;
  }
}

double Instrument::of_node(const NodeState& node, double noise) const {
  switch (signal_) {
    case Signal::memory:  // kB
      return std::round(1e6 * (node.memory_gb + 0.05 * noise)) / 1e6;
    case Signal::network:
      return std::max(0.0, node.network_mb * (1 + 0.15 * noise));
    default: {
      double busy = 0;
      for (const ThreadState& thread : node.threads) busy += thread.busy;
      return std::max(0.0, std::round(100 * (busy + 0.3 + 0.25 * noise)) / 100);
    }
  }
}

}  // namespace jobledger::cli
